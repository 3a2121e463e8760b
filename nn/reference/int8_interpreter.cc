#include "linnet/reference/int8_interpreter.h"

#include <algorithm>
#include <cstring>

#include "layer.h"
#include "linnet/base/check.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/graph/unary_table.h"
#include "moves.h"
#include "tensors.h"
#include "total_size.h"

namespace linnet::reference {
namespace {

using graph::DType;
using graph::Graph;
using graph::Node;
using graph::OpKind;

std::unique_ptr<Layer> MakeNodeLayer(const Graph& graph, const Node& node) {
  if (IsMove(node.op) || node.op == OpKind::kArgMax || IsFloatNode(graph, node)) return MakeTypedLayer(graph, node);
  switch (node.op) {
    case OpKind::kConv2D:
    case OpKind::kDepthwiseConv2D:
    case OpKind::kFullyConnected:
    case OpKind::kTransposeConv: return MakeProductLayer(graph, node);
    case OpKind::kMean:
    case OpKind::kSum:
    case OpKind::kSoftmax:
    case OpKind::kLogSoftmax: return MakeReductionLayer(graph, node);
    case OpKind::kLstm:
    case OpKind::kSvdf: return MakeRecurrentLayer(graph, node);
    case OpKind::kDequantize: return MakeTypedLayer(graph, node);
    case OpKind::kQuantize:
      if (!graph::IsUnaryTable(graph, node)) return MakeTypedLayer(graph, node);
      break;
    default: break;
  }
  return MakeElementLayer(graph, node);
}

}  // namespace

// Layers point into the graph: it stays where it is when the interpreter is moved.
struct Int8Interpreter::Parts {
  explicit Parts(const Graph& source) : graph(source), tensors(source) {}
  Graph graph;
  Tensors tensors;
  std::vector<std::unique_ptr<Layer>> layers;
};

Int8Interpreter::Int8Interpreter(const Graph& graph) : parts_(std::make_unique<Parts>(graph)) {}
Int8Interpreter::Int8Interpreter(Int8Interpreter&&) noexcept = default;
Int8Interpreter& Int8Interpreter::operator=(Int8Interpreter&&) noexcept = default;
Int8Interpreter::~Int8Interpreter() = default;

Outcome<Int8Interpreter> Int8Interpreter::Create(const Graph& graph) {
  if (auto ok = graph::Verify(graph); !ok) return std::unexpected(ok.error());
  if (auto ok = CheckTotalSize(graph); !ok) return std::unexpected(ok.error());
  Int8Interpreter interpreter(graph);
  Parts& parts = *interpreter.parts_;
  for (const Node& node : parts.graph.nodes) {
    if (auto ok = CheckNode(parts.graph, node); !ok) return std::unexpected(ok.error());
    parts.layers.push_back(MakeNodeLayer(parts.graph, node));
  }
  return interpreter;
}

void Int8Interpreter::SetInput(size_t index, std::span<const std::byte> values) {
  const std::span<std::byte> target = parts_->tensors.bytes(parts_->graph.inputs.at(index));
  LINNET_CHECK(values.size() == target.size());
  if (!values.empty()) std::memcpy(target.data(), values.data(), values.size());
}

void Int8Interpreter::SetFloatInput(size_t index, std::span<const float> values) {
  const graph::TensorId id = parts_->graph.inputs.at(index);
  const DType type = parts_->graph.tensor(id).type;
  if (type == DType::kFloat32) return SetInput(index, std::as_bytes(values));
  const Scale scale = ScaleOf(parts_->graph, id);
  const std::span<int8_t> target = parts_->tensors.as<int8_t>(id);
  LINNET_CHECK(type == DType::kInt8 && values.size() == target.size());
  std::transform(values.begin(), values.end(), target.begin(),
                 [&](float x) { return graph::QuantizeValue(x, scale.scale, scale.zero_point); });
}

void Int8Interpreter::Run() {
  for (const auto& layer : parts_->layers) layer->Run(parts_->tensors);
}

void Int8Interpreter::Run(std::span<const int8_t> input) {
  LINNET_CHECK(parts_->graph.inputs.size() == 1);
  SetInput(0, std::as_bytes(input));
  Run();
}

void Int8Interpreter::RunFloat(std::span<const float> input) {
  LINNET_CHECK(parts_->graph.inputs.size() == 1);
  SetFloatInput(0, input);
  Run();
}

void Int8Interpreter::Reset() {
  for (const auto& layer : parts_->layers) layer->Reset();
}

std::span<const std::byte> Int8Interpreter::bytes(graph::TensorId id) const {
  return std::as_const(parts_->tensors).bytes(id);
}

std::span<const int8_t> Int8Interpreter::value(graph::TensorId id) const {
  LINNET_CHECK(parts_->graph.tensor(id).type == DType::kInt8);
  return std::as_const(parts_->tensors).as<int8_t>(id);
}

std::span<const float> Int8Interpreter::float_value(graph::TensorId id) const {
  LINNET_CHECK(parts_->graph.tensor(id).type == DType::kFloat32);
  return std::as_const(parts_->tensors).as<float>(id);
}

std::span<const int8_t> Int8Interpreter::output(size_t index) const { return value(parts_->graph.outputs.at(index)); }

const Graph& Int8Interpreter::graph() const { return parts_->graph; }

}  // namespace linnet::reference
