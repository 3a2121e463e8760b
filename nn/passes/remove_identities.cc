#include "linnet/passes/passes.h"
#include "rewrite.h"

namespace linnet::passes {

int RemoveIdentities(graph::Graph& graph) {
  std::vector<bool> dead(graph.nodes.size(), false);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const graph::Node& node = graph.nodes[i];
    if (node.op != graph::OpKind::kIdentity) continue;
    const graph::TensorId in = node.inputs[0];
    const graph::TensorId out = node.outputs[0];
    if (IsGraphOutput(graph, out) && IsGraphInput(graph, in)) continue;  // a network of no layers keeps its one
    ReplaceUses(graph, out, in);
    dead[i] = true;
  }
  return EraseNodes(graph, dead);
}

}  // namespace linnet::passes
