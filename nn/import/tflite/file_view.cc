#include "file_view.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace linnet::tflite {
namespace {

constexpr unsigned kSchemaVersion = 3;
constexpr unsigned kMaxDepth = 16;       // Model, SubGraph, Operator, options: the format nests 5 deep
constexpr unsigned kMaxTables = 500000;  // also bounds the time spent on tables that are referred to again and again

std::unexpected<Error> Wrong(const std::string& what, Status status = Status::kInvalidArgument) {
  return Fail(status, what);
}

Outcome<const schema::Model*> OpenModel(std::span<const uint8_t> file, const Options& options) {
  if (file.empty()) return Wrong("the file is empty", Status::kDataLoss);
  if (file.size() > options.max_file_bytes)
    return Wrong("the file is larger than " + std::to_string(options.max_file_bytes) + " bytes",
                 Status::kResourceExhausted);
  if (!IsTflite(file))
    return Wrong("not a TensorFlow Lite file: it doesn't say TFL3 at byte 4; other schemas are not supported");
  flatbuffers::Verifier verifier(file.data(), file.size(), kMaxDepth, kMaxTables);
  if (!schema::VerifyModelBuffer(verifier))
    return Wrong("cut short or damaged: its tables point outside the file of " + std::to_string(file.size()) +
                     " bytes; copy or export it again",
                 Status::kDataLoss);
  const schema::Model* model = schema::GetModel(file.data());
  if (model->version() != kSchemaVersion)
    return Wrong("schema version " + std::to_string(model->version()) + "; supported: 3", Status::kUnimplemented);
  return model;
}

// Copies tensor indices; `low` is -1 where a tensor may be absent.
Outcome<std::vector<int>> TakeIndices(const flatbuffers::Vector<int32_t>* indices, int low, int count,
                                      const std::string& what) {
  std::vector<int> taken;
  if (indices == nullptr) return taken;
  taken.reserve(indices->size());
  for (const int32_t index : *indices) {
    if (index < low || index >= count)
      return Wrong(what + " names tensor " + std::to_string(index) + " of " + std::to_string(count));
    taken.push_back(index);
  }
  return taken;
}

size_t SizeOf(const flatbuffers::Vector<int32_t>* indices) { return indices == nullptr ? 0 : indices->size(); }

}  // namespace

bool IsTflite(std::span<const uint8_t> file) {
  constexpr std::array<uint8_t, 4> kIdentifier = {'T', 'F', 'L', '3'};
  return file.size() >= 8 && std::equal(kIdentifier.begin(), kIdentifier.end(), file.begin() + 4);
}

std::string NameOf(const OperatorView& op) {
  if (op.op == schema::BuiltinOperator::CUSTOM) return "custom operator '" + op.custom + "'";
  const std::string name = schema::EnumNameBuiltinOperator(op.op);
  return name.empty() ? "operator " + std::to_string(static_cast<int>(op.op)) : name;
}

std::string NameOf(schema::TensorType type) {
  std::string name = schema::EnumNameTensorType(type);
  if (name.empty()) return "type " + std::to_string(static_cast<int>(type));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

Outcome<std::vector<int64_t>> FileShape(const schema::Tensor& tensor) {
  std::vector<int64_t> shape;
  if (tensor.shape() == nullptr) return shape;
  if (tensor.shape()->size() > 8)
    return Wrong("a tensor of " + std::to_string(tensor.shape()->size()) + " dimensions; supported: 8",
                 Status::kUnimplemented);
  for (const int32_t d : *tensor.shape()) shape.push_back(d);
  return shape;
}

Outcome<FileView> FileView::Open(std::span<const uint8_t> file, const Options& options) {
  FileView view;
  view.file_ = file;
  LINNET_ASSIGN(view.model_, OpenModel(file, options));
  if (auto ok = view.TakeSubgraph(); !ok) return std::unexpected(ok.error());
  if (auto ok = view.TakeOperators(options); !ok) return std::unexpected(ok.error());
  return view;
}

Outcome<void> FileView::TakeSubgraph() {
  const auto* subgraphs = model_->subgraphs();
  if (subgraphs == nullptr || subgraphs->size() == 0) return Wrong("the file holds no network (no subgraph)");
  if (subgraphs->size() > 1)
    return Wrong("the file holds " + std::to_string(subgraphs->size()) +
                     " subgraphs (control flow, or several signatures); supported: one. Unroll loops (for recurrent "
                     "layers unroll=True or UNIDIRECTIONAL_SEQUENCE_LSTM), and convert one signature",
                 Status::kUnimplemented);
  subgraph_ = subgraphs->Get(0);
  if (subgraph_->tensors() == nullptr) return Wrong("the network has no tensors");
  if (SizeOf(subgraph_->inputs()) == 0) return Wrong("the network has no input");
  if (SizeOf(subgraph_->outputs()) == 0) return Wrong("the network has no output");
  if (SizeOf(subgraph_->inputs()) > 256 || SizeOf(subgraph_->outputs()) > 256)
    return Wrong("more than 256 inputs or outputs", Status::kResourceExhausted);
  LINNET_ASSIGN(inputs_, TakeIndices(subgraph_->inputs(), 0, tensor_count(), "the list of inputs"));
  LINNET_ASSIGN(outputs_, TakeIndices(subgraph_->outputs(), 0, tensor_count(), "the list of outputs"));
  return {};
}

Outcome<void> FileView::TakeOperators(const Options& options) {
  const auto* operators = subgraph_->operators();
  const size_t count = operators == nullptr ? 0 : operators->size();
  if (count > options.max_operators)
    return Wrong("more than " + std::to_string(options.max_operators) + " operators", Status::kResourceExhausted);
  size_t edges = 0;
  for (size_t i = 0; i < count; ++i) {
    const schema::Operator& table = *operators->Get(static_cast<unsigned>(i));
    edges += SizeOf(table.inputs()) + SizeOf(table.outputs()) + SizeOf(table.intermediates());
    if (edges > options.max_edges)
      return Wrong("the operators have more than " + std::to_string(options.max_edges) + " inputs and outputs",
                   Status::kResourceExhausted);
    LINNET_ASSIGN(OperatorView op, TakeOperator(table, i, edges));
    operators_.push_back(std::move(op));
  }
  return {};
}

Outcome<OperatorView> FileView::TakeOperator(const schema::Operator& table, size_t index, size_t& edges) const {
  const auto* codes = model_->operator_codes();
  const std::string where = "operator " + std::to_string(index);
  if (codes == nullptr || table.opcode_index() >= codes->size())
    return Wrong(where + " names operator code " + std::to_string(table.opcode_index()) + ", which doesn't exist");
  const schema::OperatorCode& code = *codes->Get(table.opcode_index());
  OperatorView op;
  op.table = &table;
  // Files older than the wide field have the number in the narrow one alone; in newer ones the larger is right.
  op.op = static_cast<schema::BuiltinOperator>(
      std::max<int32_t>(code.deprecated_builtin_code(), static_cast<int32_t>(code.builtin_code())));
  if (op.op == schema::BuiltinOperator::CUSTOM && code.custom_code() != nullptr)
    op.custom = code.custom_code()->str().substr(0, 64);
  edges += op.custom.size() / 8;
  LINNET_ASSIGN(op.inputs, TakeIndices(table.inputs(), -1, tensor_count(), where));
  LINNET_ASSIGN(op.outputs, TakeIndices(table.outputs(), 0, tensor_count(), where));
  LINNET_ASSIGN(op.intermediates, TakeIndices(table.intermediates(), -1, tensor_count(), where));
  return op;
}

Outcome<std::span<const uint8_t>> FileView::Data(int index) const {
  const schema::Tensor& t = tensor(index);
  const auto* buffers = model_->buffers();
  if (t.external_buffer() != 0)
    return Wrong("its data lies in another file (external buffer); convert into one file", Status::kUnimplemented);
  if (buffers == nullptr || t.buffer() >= buffers->size())
    return Wrong("its data is buffer " + std::to_string(t.buffer()) + ", which doesn't exist");
  const schema::Buffer& buffer = *buffers->Get(t.buffer());
  if (buffer.offset() > 1) {  // data behind the tables, as very large models have it
    if (buffer.offset() > file_.size() || buffer.size() > file_.size() - buffer.offset())
      return Wrong("its data lies outside the file", Status::kDataLoss);
    return file_.subspan(static_cast<size_t>(buffer.offset()), static_cast<size_t>(buffer.size()));
  }
  if (buffer.data() == nullptr) return std::span<const uint8_t>();
  return std::span<const uint8_t>(buffer.data()->data(), buffer.data()->size());
}

}  // namespace linnet::tflite
