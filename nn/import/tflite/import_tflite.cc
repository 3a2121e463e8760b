// A file becomes a graph: inputs, operators in their order, outputs; then what nothing reads is dropped.
#include "linnet/tflite/import_tflite.h"

#include <algorithm>

#include "linnet/graph/shapes.h"
#include "operators.h"

namespace linnet::tflite {
namespace {

using graph::DType;
using graph::TensorId;

std::string NameOfTensor(const schema::Tensor& tensor) {
  return tensor.name() == nullptr ? std::string() : ShortName({tensor.name()->c_str(), tensor.name()->size()});
}

Outcome<graph::Shape> InputShape(const schema::Tensor& source, const std::string& where) {
  auto shape = FileShape(source);
  if (!shape) return std::unexpected(shape.error().Within(where));
  const auto* signature = source.shape_signature();
  for (size_t d = 0; d < shape->size(); ++d) {
    const bool open =
        signature != nullptr && signature->size() == shape->size() && signature->Get(static_cast<unsigned>(d)) == -1;
    if (open && d > 0)
      return Fail(Status::kUnimplemented, where + ": dimension " + std::to_string(d) + " of its shape " +
                                              graph::ToString(*shape) +
                                              " is open; supported: an open batch. Fix the shape when converting");
    if (d == 0 && (open || (*shape)[0] == -1)) (*shape)[0] = 1;
    if ((*shape)[d] < 1)
      return Fail(Status::kInvalidArgument, where + ": its shape " + graph::ToString(*shape) + " is not possible");
  }
  if (graph::ElementCount(*shape) > graph::kMaxTensorElements)
    return Fail(Status::kResourceExhausted,
                where + ": " + graph::ToString(*shape) + " has more than 2^26 elements, too large for any board");
  return shape;
}

Outcome<void> TakeInput(Conversion& c, int index) {
  const schema::Tensor& source = c.file.tensor(index);
  std::string name = NameOfTensor(source);
  if (name.empty()) name = "input";
  const std::string where = "input '" + name + "'";
  TensorState& state = c.known[static_cast<size_t>(index)];
  if (state.made) return Fail(Status::kInvalidArgument, where + " stands twice in the list of inputs");
  state.made = true;
  if (source.type() != schema::TensorType::FLOAT32 && source.type() != schema::TensorType::INT8 &&
      source.type() != schema::TensorType::INT16)
    return Fail(Status::kUnimplemented,
                where + " is " + NameOf(source.type()) +
                    "; supported: float32, int8, and int16 in front of a QUANTIZE. Convert again with "
                    "inference_input_type = tf.int8 or tf.float32");
  LINNET_ASSIGN(graph::Shape shape, InputShape(source, where));
  LINNET_ASSIGN(const DType type, ReadType(source.type()));
  auto q = ReadQuantization(source, shape);
  if (!q) return std::unexpected(q.error().Within(where));
  if (type == DType::kFloat32) *q = {};
  if (type != DType::kFloat32 && (q->scales.size() != 1 || !(q->scales[0] > 0)))
    return Fail(Status::kInvalidArgument, where + " is " + NameOf(source.type()) + " and needs one scale above 0");
  if (type == DType::kInt8 && (q->zero_points[0] < -128 || q->zero_points[0] > 127))
    return Fail(Status::kInvalidArgument, where + " has a zero point outside -128..127");
  state.id = graph::AddInput(c.graph, c.names.Unique(std::move(name)), std::move(shape), type);
  c.graph.tensor(state.id).quantization = std::move(*q);
  return {};
}

// Every tensor is made once, before it is read.
Outcome<void> CheckOrder(Conversion& c, size_t index) {
  const OperatorView& op = c.file.operators()[index];
  const std::string where = "operator " + std::to_string(index) + " (" + NameOf(op) + ")";
  if (op.outputs.empty()) return Fail(Status::kInvalidArgument, where + " makes nothing");
  for (const int output : op.outputs) {
    TensorState& state = c.known[static_cast<size_t>(output)];
    if (state.made || state.id != graph::kNoTensor)
      return Fail(Status::kInvalidArgument,
                  where + " makes '" + NameOfTensor(c.file.tensor(output)) + "', which exists before");
    state.made = true;
  }
  return {};
}

Outcome<TensorId> OutputOf(const Conversion& c, int index) {
  const TensorState& state = c.known[static_cast<size_t>(index)];
  const std::string where = "output '" + NameOfTensor(c.file.tensor(index)) + "'";
  if (state.id != graph::kNoTensor && !c.graph.tensor(state.id).constant) return state.id;
  if (!state.made) return Fail(Status::kInvalidArgument, where + ": nothing makes it");
  return Fail(Status::kUnimplemented, where + " doesn't depend on the network's inputs; leave it out when converting");
}

Outcome<TensorId> NamedOutput(const graph::Graph& graph, const std::string& name) {
  for (const graph::Node& node : graph.nodes) {
    if (node.name == name) return node.outputs[0];
  }
  std::string known;
  for (const graph::Node& node : graph.nodes) known += (known.empty() ? "" : ", ") + node.name;
  return Fail(Status::kNotFound, "there is no layer '" + name + "'; layers: " + known.substr(0, 2000));
}

// What the outputs need stays.
void DropUnread(graph::Graph& graph) {
  std::vector<bool> needed(graph.tensors.size(), false);
  for (const TensorId id : graph.outputs) needed[static_cast<size_t>(id)] = true;
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    const graph::Node& node = graph.nodes[i];
    if (!needed[static_cast<size_t>(node.outputs[0])]) continue;
    for (const TensorId id : node.inputs) {
      if (id != graph::kNoTensor) needed[static_cast<size_t>(id)] = true;
    }
  }
  std::erase_if(graph.nodes, [&](const graph::Node& node) { return !needed[static_cast<size_t>(node.outputs[0])]; });
  for (const TensorId id : graph.inputs) needed[static_cast<size_t>(id)] = true;
  std::vector<TensorId> moved(graph.tensors.size(), graph::kNoTensor);
  size_t count = 0;
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    if (!needed[i]) continue;
    moved[i] = static_cast<TensorId>(count);
    if (i != count) graph.tensors[count] = std::move(graph.tensors[i]);
    ++count;
  }
  graph.tensors.resize(count);
  const auto move = [&](std::vector<TensorId>& ids) {
    for (TensorId& id : ids) id = id == graph::kNoTensor ? id : moved[static_cast<size_t>(id)];
  };
  move(graph.inputs);
  move(graph.outputs);
  for (graph::Node& node : graph.nodes) {
    move(node.inputs);
    move(node.outputs);
  }
}

Outcome<graph::Graph> Convert(const FileView& file, const Options& options) {
  Conversion c{file, options, options.max_constant_bytes};
  c.graph.name = options.name;
  c.known.resize(static_cast<size_t>(file.tensor_count()));
  for (const int input : file.inputs()) {
    if (auto ok = TakeInput(c, input); !ok) return std::unexpected(ok.error());
  }
  for (size_t i = 0; i < file.operators().size(); ++i) {
    if (auto ok = CheckOrder(c, i); !ok) return std::unexpected(ok.error());
    if (auto ok = ConvertOperator(c, i); !ok) return std::unexpected(ok.error());
  }
  if (options.outputs.empty()) {
    for (const int output : file.outputs()) {
      LINNET_ASSIGN(const TensorId id, OutputOf(c, output));
      c.graph.outputs.push_back(id);
    }
  }
  for (const std::string& name : options.outputs) {
    LINNET_ASSIGN(const TensorId id, NamedOutput(c.graph, name));
    c.graph.outputs.push_back(id);
  }
  DropUnread(c.graph);
  if (c.graph.nodes.empty())
    return Fail(Status::kInvalidArgument, "there is no layer between the inputs and the outputs");
  for (const graph::Tensor& tensor : c.graph.tensors) {
    if (!tensor.constant && tensor.type == DType::kInt8) c.graph.arithmetic = graph::Arithmetic::kTflite;
  }
  if (auto ok = graph::Verify(c.graph); !ok) return std::unexpected(ok.error());
  return std::move(c.graph);
}

}  // namespace

Outcome<graph::Graph> ImportTflite(std::span<const uint8_t> file, const Options& options) {
  std::vector<uint64_t> aligned;  // numbers are read where they lie
  if (reinterpret_cast<uintptr_t>(file.data()) % alignof(uint64_t) != 0 && file.size() <= options.max_file_bytes) {
    aligned.resize(file.size() / sizeof(uint64_t) + 1);
    std::copy(file.begin(), file.end(), reinterpret_cast<uint8_t*>(aligned.data()));
    file = {reinterpret_cast<const uint8_t*>(aligned.data()), file.size()};
  }
  LINNET_ASSIGN(const FileView view, FileView::Open(file, options));
  return Convert(view, options);
}

}  // namespace linnet::tflite
