#include "linnet/passes/passes.h"
#include "rewrite.h"

namespace linnet::passes {
namespace {

// A slice that takes every element in order.
bool TakesEverything(const graph::Graph& graph, const graph::Node& node) {
  if (graph.tensor(node.inputs[0]).shape != graph.tensor(node.outputs[0]).shape) return false;
  const auto& ranges = std::get<graph::SliceAttributes>(node.attributes).ranges;
  return std::ranges::all_of(ranges, [](const auto& range) { return range.begin == 0; });
}

bool IsIdentity(const graph::Graph& graph, const graph::Node& node) {
  const graph::Shape& in = graph.tensor(node.inputs[0]).shape;
  const graph::Shape& out = graph.tensor(node.outputs[0]).shape;
  switch (node.op) {
    case graph::OpKind::kIdentity: return true;
    case graph::OpKind::kSlice: return TakesEverything(graph, node);
    case graph::OpKind::kPad: return in == out;
    case graph::OpKind::kResizeNearest: return in == out;
    case graph::OpKind::kQuantize: return true;  // Bypass refuses one that changes the scale
    default: return false;
  }
}

}  // namespace

int RemoveIdentities(graph::Graph& graph) {
  std::vector<bool> dead(graph.nodes.size(), false);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const graph::Node& node = graph.nodes[i];
    if (IsIdentity(graph, node)) dead[i] = Bypass(graph, node.inputs[0], node.outputs[0]);
  }
  return EraseNodes(graph, dead);
}

}  // namespace linnet::passes
