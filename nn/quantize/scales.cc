#include "scales.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/graph/learned.h"

namespace linnet::quantize {
namespace {

using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::TensorId;

// What the operator's arithmetic fixes for its output.
std::optional<Scale> FixedScale(OpKind op) {
  if (op == OpKind::kSoftmax) return Scale{graph::kSoftmaxOutputScale, graph::kSoftmaxOutputZeroPoint};
  if (op == OpKind::kSigmoid) return Scale{graph::kSigmoidOutputScale, graph::kSigmoidOutputZeroPoint};
  if (op == OpKind::kTanh) return Scale{graph::kTanhOutputScale, graph::kTanhOutputZeroPoint};
  if (op == OpKind::kLogSoftmax) return Scale{1.0F / 16, 127};
  return std::nullopt;
}

// What training learned for a value. Weights and values of other than 8 bits are no int8 values.
std::optional<Scale> LearnedScale(const graph::Tensor& tensor) {
  if (tensor.learned.min.size() != 1 || tensor.learned.bits != 8) return std::nullopt;
  const graph::Steps steps = graph::StepsOf(tensor.learned);
  if (!(steps.scale > 0)) return Scale{1, 0, true};  // always zero
  return Scale{steps.scale, steps.zero_step - 128, true};
}

// Layers after which a value beyond the output's range makes no difference: clamping before or after them is the same.
bool IsMonotone(OpKind op) {
  return op == OpKind::kMaxPool || op == OpKind::kRelu || op == OpKind::kRelu6 || op == OpKind::kReshape ||
         op == OpKind::kTranspose;
}

// Tensors that have one scale, as a forest: each tensor points to another of its set, the root to itself. A set may have a scale
// that an operator fixes.
class Sets {
 public:
  explicit Sets(size_t count) : parent_(count), fixed_(count) { std::iota(parent_.begin(), parent_.end(), size_t{0}); }
  size_t Root(TensorId id) const {
    auto i = static_cast<size_t>(id);
    while (parent_[i] != i) i = parent_[i];
    return i;
  }
  void Fix(TensorId id, Scale scale) { fixed_[Root(id)] = scale; }
  const std::optional<Scale>& fixed(TensorId id) const { return fixed_[Root(id)]; }
  void Join(TensorId a, TensorId b) {
    const size_t from = Root(a);
    const size_t to = Root(b);
    if (fixed_[from]) fixed_[to] = fixed_[from];
    parent_[from] = to;
  }

 private:
  std::vector<size_t> parent_;
  std::vector<std::optional<Scale>> fixed_;
};

Sets SharingSets(const Graph& graph) {
  Sets sets(graph.tensors.size());
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    if (const auto learned = LearnedScale(graph.tensors[i])) sets.Fix(static_cast<TensorId>(i), *learned);
  }
  for (const Node& node : graph.nodes) {  // in running order: what fixes a scale comes before who would share it
    const TensorId out = node.outputs[0];
    if (const auto fixed = FixedScale(node.op)) sets.Fix(out, *fixed);
    if (!SharesScale(node.op)) continue;
    const bool same =
        std::ranges::all_of(node.inputs, [&](TensorId id) { return sets.fixed(id) == sets.fixed(node.inputs[0]); });
    for (const TensorId id : node.inputs) {
      // An operand with a scale of its own among others is brought to theirs on the way: they may not fit into its.
      if (!sets.fixed(id) || (same && (!sets.fixed(out) || sets.fixed(out) == sets.fixed(id)))) sets.Join(id, out);
    }
  }
  return sets;
}

}  // namespace

bool SharesScale(OpKind op) {
  switch (op) {
    case OpKind::kConcat:
    case OpKind::kTranspose:
    case OpKind::kSlice:
    case OpKind::kResizeNearest: return true;
    default: return graph::KeepsScale(op);
  }
}

Scale ChooseScale(Range range) {
  const double span = static_cast<double>(range.max) - static_cast<double>(range.min);
  const auto scale = static_cast<float>(span / 255.0);
  if (!(scale > 0) || !std::isfinite(scale)) return {1.0F, 0};  // a tensor that is always zero
  const double zero_point = std::floor(-128.0 - static_cast<double>(range.min) / static_cast<double>(scale) + 0.5);
  return {scale, static_cast<int32_t>(std::clamp(zero_point, -128.0, 127.0))};
}

std::vector<std::optional<Scale>> KnownScales(const Graph& graph) {
  const Sets sets = SharingSets(graph);
  std::vector<std::optional<Scale>> known;
  for (size_t i = 0; i < graph.tensors.size(); ++i) known.push_back(sets.fixed(static_cast<TensorId>(i)));
  return known;
}

std::vector<Scale> ChooseScales(const Graph& graph, const std::vector<Range>& ranges) {
  const size_t count = graph.tensors.size();
  const Sets sets = SharingSets(graph);
  std::vector<bool> counts(count, true);  // whether a tensor's own range matters to its set
  const std::vector<int> uses = graph::UseCounts(graph);
  for (const Node& node : graph.nodes) {
    if (SharesScale(node.op) && IsMonotone(node.op) && uses[static_cast<size_t>(node.inputs[0])] == 1)
      counts[static_cast<size_t>(node.inputs[0])] = false;
  }
  std::vector<Range> joined(count);
  for (size_t i = 0; i < count; ++i) {
    if (!counts[i]) continue;
    Range& range = joined[sets.Root(static_cast<TensorId>(i))];
    range.Include(ranges[i].min);
    range.Include(ranges[i].max);
  }
  std::vector<Scale> scales(count);
  for (size_t i = 0; i < count; ++i) {
    const auto id = static_cast<TensorId>(i);
    scales[i] = sets.fixed(id).value_or(ChooseScale(joined[sets.Root(id)]));
  }
  return scales;
}

}  // namespace linnet::quantize
