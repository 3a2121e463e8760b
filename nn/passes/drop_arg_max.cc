// A network that ends in ArgMax answers an index; devices report how sure they are as well, so the answer becomes the scores
// and whoever wants the index takes the greatest. A Softmax before it stays: it is the network's own idea of its scores.
#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"

namespace linnet::passes {

int DropArgMax(graph::Graph& graph) {
  const std::vector<int> producers = graph::Producers(graph);
  int changes = 0;
  for (graph::TensorId& output : graph.outputs) {
    const int producer = producers[static_cast<size_t>(output)];
    if (producer < 0) continue;
    const graph::Node& node = graph.nodes[static_cast<size_t>(producer)];
    if (node.op != graph::OpKind::kArgMax) continue;
    const graph::Shape& scores = graph.tensor(node.inputs[0]).shape;
    const int axis = std::get<graph::ReduceAttributes>(node.attributes).axes[0];
    if (static_cast<size_t>(axis) + 1 != scores.size()) continue;
    output = node.inputs[0];
    ++changes;
  }
  return changes;
}

}  // namespace linnet::passes
