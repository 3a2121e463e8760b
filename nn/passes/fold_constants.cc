#include <algorithm>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"
#include "linnet/reference/float_interpreter.h"

namespace linnet::passes {
namespace {

constexpr int64_t kMaxFoldedElements = int64_t{1}
                                       << 22;  // 16 MB: more would not fit a board, and a chain must not eat the host

bool CanFold(const graph::Graph& graph, const graph::Node& node) {
  if (node.op == graph::OpKind::kArgMax || node.op == graph::OpKind::kQuantize || node.op == graph::OpKind::kDequantize)
    return false;
  if (graph::ElementCount(graph.tensor(node.outputs[0]).shape) > kMaxFoldedElements) return false;
  return std::all_of(node.inputs.begin(), node.inputs.end(), [&](graph::TensorId id) {
    return id == graph::kNoTensor || (graph.tensor(id).constant && graph.tensor(id).type == graph::DType::kFloat32);
  });
}

}  // namespace

int FoldConstants(graph::Graph& graph) {
  std::vector<graph::Node> kept;
  int changes = 0;
  for (graph::Node& node : graph.nodes) {  // in running order, so that a chain folds in one go
    if (!CanFold(graph, node)) {
      kept.push_back(std::move(node));
      continue;
    }
    graph::Tensor& output = graph.tensor(node.outputs[0]);
    graph::SetFloatValues(output, reference::EvaluateConstant(graph, node));
    output.constant = true;
    ++changes;
  }
  graph.nodes = std::move(kept);
  return changes;
}

}  // namespace linnet::passes
