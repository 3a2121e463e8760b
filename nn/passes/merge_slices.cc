// Slices of slices become one, a slice that lies in one operand of a concatenation reads that operand, and a concatenation of
// concatenations along the same axis becomes one.
#include <optional>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"
#include "rewrite.h"

namespace linnet::passes {
namespace {

using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::TensorId;

std::vector<graph::SliceAttributes::Range>& RangesOf(Node& slice) {
  return std::get<graph::SliceAttributes>(slice.attributes).ranges;
}

bool SliceOfSlice(const Graph& graph, Node& first, Node& second) {
  if (!MeanTheSame(graph.tensor(first.inputs[0]), graph.tensor(first.outputs[0]))) return false;
  auto& outer = RangesOf(second);
  for (size_t d = 0; d < outer.size(); ++d) {
    const auto& inner = RangesOf(first)[d];
    outer[d].begin = inner.begin + outer[d].begin * inner.step;
    outer[d].step *= inner.step;
  }
  second.inputs[0] = first.inputs[0];
  return true;
}

// The lowest and highest position that a range reads.
std::pair<int64_t, int64_t> Reach(const graph::SliceAttributes::Range& range) {
  const int64_t last = range.begin + (range.count - 1) * range.step;
  return {std::min(range.begin, last), std::max(range.begin, last)};
}

bool SliceOfConcat(const Graph& graph, const Node& concat, Node& slice) {
  const auto& attributes = std::get<graph::ConcatAttributes>(concat.attributes);
  if (attributes.activation != graph::Activation::kNone) return false;
  const auto axis = static_cast<size_t>(attributes.axis);
  auto& range = RangesOf(slice)[axis];
  const auto [low, high] = Reach(range);
  int64_t start = 0;
  for (const TensorId id : concat.inputs) {
    const int64_t extent = graph.tensor(id).shape[axis];
    if (low >= start && high < start + extent) {
      if (!MeanTheSame(graph.tensor(id), graph.tensor(concat.outputs[0]))) return false;  // it was given another scale
      range.begin -= start;
      slice.inputs[0] = id;
      return true;
    }
    start += extent;
  }
  return false;
}

bool ConcatOfConcat(const Graph& graph, const std::vector<int>& producers, const std::vector<int>& uses, Node& outer) {
  const auto& attributes = std::get<graph::ConcatAttributes>(outer.attributes);
  std::vector<TensorId> inputs;
  for (const TensorId id : outer.inputs) {
    const int producer = producers[static_cast<size_t>(id)];
    const Node* inner = producer >= 0 ? &graph.nodes[static_cast<size_t>(producer)] : nullptr;
    const bool opens = inner != nullptr && inner->op == OpKind::kConcat && uses[static_cast<size_t>(id)] == 1 &&
                       std::get<graph::ConcatAttributes>(inner->attributes).axis == attributes.axis &&
                       graph::ActivationOf(*inner) == graph::Activation::kNone &&
                       std::ranges::all_of(inner->inputs, [&](TensorId part) {
                         return MeanTheSame(graph.tensor(part), graph.tensor(id));
                       });
    if (opens)
      inputs.insert(inputs.end(), inner->inputs.begin(), inner->inputs.end());
    else
      inputs.push_back(id);
  }
  if (inputs.size() == outer.inputs.size()) return false;
  outer.inputs = std::move(inputs);
  return true;
}

}  // namespace

int MergeSlices(Graph& graph) {
  const std::vector<int> producers = graph::Producers(graph);
  const std::vector<int> uses = graph::UseCounts(graph);
  int changes = 0;
  for (Node& node : graph.nodes) {
    if (node.op == OpKind::kConcat) changes += ConcatOfConcat(graph, producers, uses, node) ? 1 : 0;
    if (node.op != OpKind::kSlice) continue;
    for (bool again = true; again;) {
      const int producer = producers[static_cast<size_t>(node.inputs[0])];
      Node* before = producer >= 0 ? &graph.nodes[static_cast<size_t>(producer)] : nullptr;
      again = before != nullptr && ((before->op == OpKind::kSlice && SliceOfSlice(graph, *before, node)) ||
                                    (before->op == OpKind::kConcat && SliceOfConcat(graph, *before, node)));
      changes += again ? 1 : 0;
    }
  }
  return changes;
}

}  // namespace linnet::passes
