#include "ranges.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/reference/float_interpreter.h"

namespace linnet::quantize {
namespace {

using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::TensorId;

// Tensors that must have one scale, as a forest: each tensor points to another of its set, the root to itself.
class Sets {
 public:
  explicit Sets(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), size_t{0}); }
  size_t Root(size_t i) const {
    while (parent_[i] != i) i = parent_[i];
    return i;
  }
  void Join(TensorId a, TensorId b) { parent_[Root(static_cast<size_t>(a))] = Root(static_cast<size_t>(b)); }

 private:
  std::vector<size_t> parent_;
};

// What the operator's arithmetic fixes for its output.
std::optional<Scale> FixedScale(OpKind op) {
  if (op == OpKind::kSoftmax) return Scale{graph::kSoftmaxOutputScale, graph::kSoftmaxOutputZeroPoint};
  if (op == OpKind::kSigmoid) return Scale{graph::kSigmoidOutputScale, graph::kSigmoidOutputZeroPoint};
  if (op == OpKind::kTanh) return Scale{graph::kTanhOutputScale, graph::kTanhOutputZeroPoint};
  return std::nullopt;
}

// Layers after which a value beyond the output's range makes no difference: clamping before or after them is the same.
bool IsMonotone(OpKind op) {
  return op == OpKind::kMaxPool || op == OpKind::kRelu || op == OpKind::kRelu6 || op == OpKind::kReshape;
}

Outcome<Range> ConstantRange(const graph::Tensor& tensor) {
  Range range;
  for (const float v : graph::FloatValues(tensor)) {
    if (!std::isfinite(v))
      return Fail(Status::kInvalidArgument, "constant '" + tensor.name + "' holds a number that is not finite");
    range.Include(v);
  }
  return range;
}

}  // namespace

Scale ChooseScale(Range range) {
  const double span = static_cast<double>(range.max) - static_cast<double>(range.min);
  const auto scale = static_cast<float>(span / 255.0);
  if (!(scale > 0) || !std::isfinite(scale)) return {1.0F, 0};  // a tensor that is always zero
  const double zero_point = std::floor(-128.0 - static_cast<double>(range.min) / static_cast<double>(scale) + 0.5);
  return {scale, static_cast<int32_t>(std::clamp(zero_point, -128.0, 127.0))};
}

Outcome<std::vector<Range>> MeasureRanges(const Graph& graph, const Calibration& calibration) {
  LINNET_ASSIGN(auto network, reference::FloatInterpreter::Create(graph));
  if (graph.inputs.size() != 1) {
    return Fail(Status::kUnimplemented,
                "the graph has " + std::to_string(graph.inputs.size()) + " inputs; calibration works with exactly one");
  }
  const int64_t elements = graph::ElementCount(graph.tensor(graph.inputs[0]).shape);
  if (calibration.inputs.empty())
    return Fail(Status::kInvalidArgument, "no calibration inputs: the ranges of the activations can't be known");
  std::vector<Range> ranges(graph.tensors.size());
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    if (!graph.tensors[i].constant) continue;
    LINNET_ASSIGN(ranges[i], ConstantRange(graph.tensors[i]));
  }
  for (const std::vector<float>& input : calibration.inputs) {
    if (static_cast<int64_t>(input.size()) != elements) {
      return Fail(Status::kInvalidArgument, "a calibration input has " + std::to_string(input.size()) +
                                                " elements, the network takes " + std::to_string(elements));
    }
    network.Run(input);
    for (size_t i = 0; i < ranges.size(); ++i) {
      if (graph.tensors[i].constant) continue;
      for (const float v : network.value(static_cast<TensorId>(i))) {
        if (!std::isfinite(v))
          return Fail(Status::kInvalidArgument, "'" + graph.tensors[i].name + "' reaches a number that is not finite");
        ranges[i].Include(v);
      }
    }
  }
  return ranges;
}

Outcome<std::vector<Scale>> ChooseScales(const Graph& graph, const std::vector<Range>& ranges) {
  const size_t count = graph.tensors.size();
  Sets sets(count);
  std::vector<bool> counts(count, true);  // whether a tensor's own range matters to its set
  const std::vector<int> uses = graph::UseCounts(graph);
  for (const Node& node : graph.nodes) {
    if (!graph::KeepsScale(node.op)) continue;
    for (const TensorId id : node.inputs) sets.Join(id, node.outputs[0]);
    if (IsMonotone(node.op) && uses[static_cast<size_t>(node.inputs[0])] == 1)
      counts[static_cast<size_t>(node.inputs[0])] = false;
  }
  std::vector<Range> joined(count);
  for (size_t i = 0; i < count; ++i) {
    if (!counts[i]) continue;
    joined[sets.Root(i)].Include(ranges[i].min);
    joined[sets.Root(i)].Include(ranges[i].max);
  }
  std::vector<std::optional<Scale>> fixed(count);
  for (const Node& node : graph.nodes) {
    const std::optional<Scale> scale = FixedScale(node.op);
    if (!scale) continue;
    std::optional<Scale>& of_set = fixed[sets.Root(static_cast<size_t>(node.outputs[0]))];
    if (of_set && (of_set->scale != scale->scale || of_set->zero_point != scale->zero_point)) {
      return Fail(Status::kUnimplemented,
                  graph::Describe(node) +
                      ": its answer meets that of another sigmoid, tanh or softmax where one scale must serve both");
    }
    of_set = scale;
  }
  std::vector<Scale> scales(count);
  for (size_t i = 0; i < count; ++i) scales[i] = fixed[sets.Root(i)].value_or(ChooseScale(joined[sets.Root(i)]));
  return scales;
}

}  // namespace linnet::quantize
