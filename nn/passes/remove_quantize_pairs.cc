// Float between two int8 parts of a network that is only passed through: a Dequantize whose number is quantised again with the
// scale it had. scale * (q - zero_point) divided by the same scale rounds to q - zero_point again, so no bit changes. (A
// Quantize and a Dequantize in that order do round; they stay.)
#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"
#include "rewrite.h"

namespace linnet::passes {

int RemoveQuantizePairs(graph::Graph& graph) {
  std::vector<bool> dead(graph.nodes.size(), false);
  const std::vector<int> producers = graph::Producers(graph);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const graph::Node& node = graph.nodes[i];
    if (node.op != graph::OpKind::kQuantize) continue;
    const int producer = producers[static_cast<size_t>(node.inputs[0])];
    if (producer < 0 || graph.nodes[static_cast<size_t>(producer)].op != graph::OpKind::kDequantize) continue;
    const graph::Node& dequantize = graph.nodes[static_cast<size_t>(producer)];
    if (graph.tensor(dequantize.inputs[0]).quantization.scales.size() != 1) continue;
    dead[i] = Bypass(graph, dequantize.inputs[0], node.outputs[0]);
  }
  return EraseNodes(graph, dead);
}

}  // namespace linnet::passes
