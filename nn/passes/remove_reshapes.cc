#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"
#include "rewrite.h"

namespace linnet::passes {

int RemoveReshapes(graph::Graph& graph) {
  int changes = 0;
  // A reshape of a reshape reads the first one's input; what nobody reads any more, dead code removal takes.
  const std::vector<int> producers = graph::Producers(graph);
  for (graph::Node& node : graph.nodes) {
    if (node.op != graph::OpKind::kReshape) continue;
    const int before = producers[static_cast<size_t>(node.inputs[0])];
    if (before < 0 || graph.nodes[static_cast<size_t>(before)].op != graph::OpKind::kReshape) continue;
    const graph::TensorId first = graph.nodes[static_cast<size_t>(before)].inputs[0];
    if (!MeanTheSame(graph.tensor(first), graph.tensor(node.inputs[0]))) continue;
    node.inputs[0] = first;
    ++changes;
  }
  std::vector<bool> dead(graph.nodes.size(), false);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const graph::Node& node = graph.nodes[i];
    if (node.op != graph::OpKind::kReshape) continue;
    if (graph.tensor(node.inputs[0]).shape != graph.tensor(node.outputs[0]).shape) continue;
    dead[i] = Bypass(graph, node.inputs[0], node.outputs[0]);
  }
  return changes + EraseNodes(graph, dead);
}

}  // namespace linnet::passes
