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
    node.inputs[0] = graph.nodes[static_cast<size_t>(before)].inputs[0];
    ++changes;
  }
  std::vector<bool> dead(graph.nodes.size(), false);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const graph::Node& node = graph.nodes[i];
    if (node.op != graph::OpKind::kReshape) continue;
    const graph::TensorId in = node.inputs[0];
    const graph::TensorId out = node.outputs[0];
    if (graph.tensor(in).shape != graph.tensor(out).shape) continue;
    if (IsGraphOutput(graph, out) && IsGraphInput(graph, in)) continue;
    ReplaceUses(graph, out, in);
    dead[i] = true;
  }
  return changes + EraseNodes(graph, dead);
}

}  // namespace linnet::passes
