// What depends on constants only is computed now: float layers by the reference interpreter, int8 constants turned to float by
// their scale, layers that only move elements by moving them.
#include <algorithm>
#include <cstring>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"
#include "linnet/reference/float_interpreter.h"
#include "rewrite.h"

namespace linnet::passes {
namespace {

using graph::Graph;
using graph::Node;
using graph::OpKind;

// 16 MB: more would not fit a board, and a chain must not eat the host.
constexpr int64_t kMaxFoldedElements = int64_t{1} << 22;

bool AllConstant(const Graph& graph, const Node& node) {
  return std::ranges::all_of(node.inputs,
                             [&](graph::TensorId id) { return id == graph::kNoTensor || graph.tensor(id).constant; });
}

bool AllFloat(const Graph& graph, const Node& node) {
  const auto real = [&](graph::TensorId id) {
    return id == graph::kNoTensor || graph.tensor(id).type == graph::DType::kFloat32;
  };
  return std::ranges::all_of(node.inputs, real) && real(node.outputs[0]);
}

// The elements of an int8 constant as numbers; empty where the scales aren't one, or one for each slice of `axis`.
std::vector<float> Dequantized(const graph::Tensor& tensor) {
  const graph::Quantization& q = tensor.quantization;
  if (tensor.type != graph::DType::kInt8 || q.empty()) return {};
  size_t inner = 1;
  if (q.scales.size() > 1) {
    if (static_cast<int64_t>(q.scales.size()) != tensor.shape[static_cast<size_t>(q.axis)]) return {};
    for (size_t d = static_cast<size_t>(q.axis) + 1; d < tensor.shape.size(); ++d)
      inner *= static_cast<size_t>(tensor.shape[d]);
  }
  std::vector<float> values(tensor.data.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t c = i / inner % q.scales.size();
    values[i] = q.scales[c] * static_cast<float>(static_cast<int8_t>(tensor.data[i]) - q.zero_points[c]);
  }
  return values;
}

bool FoldReshape(Graph& graph, const Node& node) {
  const graph::Tensor& input = graph.tensor(node.inputs[0]);
  graph::Tensor& output = graph.tensor(node.outputs[0]);
  if (!MeanTheSame(input, output) || input.quantization.scales.size() > 1) return false;
  output.data = input.data;
  return true;
}

bool FoldNode(Graph& graph, const Node& node) {
  graph::Tensor& output = graph.tensor(node.outputs[0]);
  if (!AllConstant(graph, node) || graph::ElementCount(output.shape) > kMaxFoldedElements) return false;
  if (node.op == OpKind::kReshape && output.type != graph::DType::kFloat32) return FoldReshape(graph, node);
  if (node.op == OpKind::kDequantize) {
    const std::vector<float> values = Dequantized(graph.tensor(node.inputs[0]));
    if (values.empty()) return false;
    graph::SetFloatValues(output, values);
    return true;
  }
  if (node.op == OpKind::kArgMax || !AllFloat(graph, node)) return false;
  graph::SetFloatValues(output, reference::EvaluateConstant(graph, node));
  return true;
}

}  // namespace

int FoldConstants(Graph& graph) {
  std::vector<bool> dead(graph.nodes.size(), false);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {  // in running order, so that a chain folds in one go
    dead[i] = FoldNode(graph, graph.nodes[i]);
    if (dead[i]) graph.tensor(graph.nodes[i].outputs[0]).constant = true;
  }
  return EraseNodes(graph, dead);
}

}  // namespace linnet::passes
