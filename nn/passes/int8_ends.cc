// A network that takes float and quantises it at once takes the int8 instead, and one that ends in turning int8 to float answers
// the int8: the caller then does what the two layers did, or does without. Only on request: it changes what the ends are.
#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"
#include "rewrite.h"

namespace linnet::passes {

int Int8Ends(graph::Graph& graph) {
  std::vector<bool> dead(graph.nodes.size(), false);
  const std::vector<int> uses = graph::UseCounts(graph);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const graph::Node& node = graph.nodes[i];
    const graph::TensorId in = node.inputs[0];
    const graph::TensorId out = node.outputs[0];
    if (graph.tensor(in).constant || graph.tensor(in).type == graph.tensor(out).type) continue;
    if (node.op == graph::OpKind::kQuantize && IsGraphInput(graph, in) && uses[static_cast<size_t>(in)] == 1) {
      std::ranges::replace(graph.inputs, in, out);
      dead[i] = true;
    } else if (node.op == graph::OpKind::kDequantize && IsGraphOutput(graph, out) &&
               uses[static_cast<size_t>(out)] == 1 && !IsGraphInput(graph, in)) {
      std::ranges::replace(graph.outputs, out, in);
      dead[i] = true;
    }
  }
  return EraseNodes(graph, dead);
}

}  // namespace linnet::passes
