#include "linnet/graph/shapes.h"

#include <algorithm>

#include "linnet/graph/build.h"
#include "window_shapes.h"

namespace linnet::graph {
namespace {

std::unexpected<Error> Wrong(const Node& node, const std::string& what) {
  return Fail(Status::kInvalidArgument, Describe(node) + ": " + what);
}

const Shape& InputShape(const Graph& graph, const Node& node, size_t i) { return graph.tensor(node.inputs[i]).shape; }

Outcome<Shape> FullyConnectedShape(const Graph& graph, const Node& node) {
  const Shape& input = InputShape(graph, node, 0);
  const Shape& weights = InputShape(graph, node, 1);
  if (input.size() != 2 || weights.size() != 2 || input[1] != weights[0]) {
    return Wrong(node, "input " + ToString(input) + " and weights " + ToString(weights) +
                           " don't fit: expects [batch,in] and [in,out]");
  }
  return Shape{input[0], weights[1]};
}

Outcome<void> CheckBias(const Graph& graph, const Node& node, int64_t channels) {
  if (node.inputs.size() < 3 || node.inputs[2] == kNoTensor) return {};
  const Shape& bias = InputShape(graph, node, 2);
  if (bias == Shape{channels}) return {};
  return Wrong(node, "expects a bias of [" + std::to_string(channels) + "], found " + ToString(bias));
}

Outcome<Shape> BroadcastShape(const Graph& graph, const Node& node) {
  const Shape& a = InputShape(graph, node, 0);
  const Shape& b = InputShape(graph, node, 1);
  Shape result(std::max(a.size(), b.size()), 1);
  for (size_t i = 0; i < result.size(); ++i) {  // from the last dimension
    const int64_t da = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t db = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (da != db && da != 1 && db != 1)
      return Wrong(node, "shapes " + ToString(a) + " and " + ToString(b) + " don't broadcast");
    result[result.size() - 1 - i] = da == 1 ? db : da;
  }
  return result;
}

Outcome<Shape> PadShape(const Graph& graph, const Node& node) {
  const Shape& input = InputShape(graph, node, 0);
  const auto& amounts = std::get<PadAttributes>(node.attributes).amounts;
  if (amounts.size() != input.size())
    return Wrong(node, "expects a pair of amounts for each of " + std::to_string(input.size()) + " dimensions");
  Shape result = input;
  for (size_t i = 0; i < result.size(); ++i) {
    if (amounts[i].first < 0 || amounts[i].second < 0) return Wrong(node, "negative amount of padding");
    result[i] += int64_t{amounts[i].first} + amounts[i].second;
  }
  return result;
}

Outcome<Shape> ReducedShape(const Graph& graph, const Node& node) {
  const Shape& input = InputShape(graph, node, 0);
  const auto& reduce = std::get<ReduceAttributes>(node.attributes);
  std::vector<bool> reduced(input.size(), false);
  for (const int axis : reduce.axes) {
    if (axis < 0 || static_cast<size_t>(axis) >= input.size()) {
      return Wrong(node, "axis " + std::to_string(axis) + " is not a dimension of " + ToString(input));
    }
    reduced[static_cast<size_t>(axis)] = true;
  }
  if (node.op == OpKind::kArgMax && reduce.axes.size() != 1) return Wrong(node, "expects exactly one axis");
  Shape result;
  for (size_t i = 0; i < input.size(); ++i) {
    if (!reduced[i])
      result.push_back(input[i]);
    else if (reduce.keep_dims)
      result.push_back(1);
  }
  return result;
}

Outcome<Shape> ReshapeShape(const Graph& graph, const Node& node) {
  const Shape& target = graph.tensor(node.outputs[0]).shape;
  const Shape& input = InputShape(graph, node, 0);
  if (ElementCount(target) != ElementCount(input)) {
    return Wrong(node,
                 "can't turn " + ToString(input) + " into " + ToString(target) + ": the number of elements differs");
  }
  return target;
}

Outcome<Shape> ConcatShape(const Graph& graph, const Node& node) {
  const int axis = std::get<ConcatAttributes>(node.attributes).axis;
  Shape result = InputShape(graph, node, 0);
  if (axis < 0 || static_cast<size_t>(axis) >= result.size())
    return Wrong(node, "axis " + std::to_string(axis) + " is not a dimension of " + ToString(result));
  const auto at = static_cast<size_t>(axis);
  for (size_t i = 1; i < node.inputs.size(); ++i) {
    Shape other = InputShape(graph, node, i);
    if (other.size() != result.size()) return Wrong(node, "its inputs have different numbers of dimensions");
    const int64_t extent = other[at];
    other[at] = result[at];
    if (other != result)
      return Wrong(node, "shapes " + ToString(InputShape(graph, node, 0)) + " and " +
                             ToString(InputShape(graph, node, i)) + " differ outside axis " + std::to_string(axis));
    result[at] += extent;
    if (result[at] > kMaxTensorElements) return Wrong(node, "its output has more than 2^26 elements");
  }
  return result;
}

Outcome<Shape> TransposeShape(const Graph& graph, const Node& node) {
  const Shape& input = InputShape(graph, node, 0);
  const auto& permutation = std::get<TransposeAttributes>(node.attributes).permutation;
  std::vector<bool> seen(input.size(), false);
  Shape result;
  for (const int d : permutation) {
    if (d < 0 || static_cast<size_t>(d) >= input.size() || seen[static_cast<size_t>(d)]) break;
    seen[static_cast<size_t>(d)] = true;
    result.push_back(input[static_cast<size_t>(d)]);
  }
  if (permutation.size() != input.size() || result.size() != input.size())
    return Wrong(node,
                 "expects a permutation of the " + std::to_string(input.size()) + " dimensions of " + ToString(input));
  return result;
}

Outcome<Shape> SliceShape(const Graph& graph, const Node& node) {
  const Shape& input = InputShape(graph, node, 0);
  const auto& ranges = std::get<SliceAttributes>(node.attributes).ranges;
  if (ranges.size() != input.size())
    return Wrong(node, "expects a range for each of " + std::to_string(input.size()) + " dimensions");
  Shape result;
  for (size_t i = 0; i < input.size(); ++i) {
    const auto& r = ranges[i];
    const bool sane = r.count >= 1 && r.count <= input[i] && r.step != 0 && r.step >= -kMaxTensorElements &&
                      r.step <= kMaxTensorElements && r.begin >= 0 && r.begin < input[i];
    const int64_t last = sane ? r.begin + (r.count - 1) * r.step : -1;
    if (last < 0 || last >= input[i])
      return Wrong(node, "its range of dimension " + std::to_string(i) + " leaves the input " + ToString(input));
    result.push_back(r.count);
  }
  return result;
}

Outcome<Shape> ResizeShape(const Graph& graph, const Node& node) {
  const Shape& input = InputShape(graph, node, 0);
  const auto& a = std::get<ResizeAttributes>(node.attributes);
  if (input.size() != 4) return Wrong(node, "expects an input of 4 dimensions, found " + ToString(input));
  if (a.out_h < 1 || a.out_w < 1 || a.out_h > (1 << 20) || a.out_w > (1 << 20))
    return Wrong(node, "an output of " + std::to_string(a.out_h) + "x" + std::to_string(a.out_w) + " makes no sense");
  return Shape{input[0], a.out_h, a.out_w, input[3]};
}

Outcome<Shape> LstmShape(const Graph& graph, const Node& node) {
  const Shape& input = InputShape(graph, node, 0);
  const Shape& first = InputShape(graph, node, 1);
  if (input.size() != 3 || first.size() != 2)
    return Wrong(node, "expects an input of 3 dimensions and weights of 2, found " + ToString(input) + " and " +
                           ToString(first));
  const int64_t units = first[0];
  for (size_t i = 1; i < 13; ++i) {
    const Shape wanted = i < 5 ? Shape{units, input[2]} : i < 9 ? Shape{units, units} : Shape{units};
    if (InputShape(graph, node, i) != wanted)
      return Wrong(node, "its constant " + std::to_string(i) + " is " + ToString(InputShape(graph, node, i)) +
                             ", expected " + ToString(wanted));
  }
  return Shape{input[0], input[1], units};
}

Outcome<Shape> SvdfShape(const Graph& graph, const Node& node) {
  const Shape& input = InputShape(graph, node, 0);
  const Shape& feature = InputShape(graph, node, 1);
  const Shape& time = InputShape(graph, node, 2);
  const auto& a = std::get<SvdfAttributes>(node.attributes);
  if (input.size() != 2 || feature.size() != 2 || time.size() != 2 || feature[1] != input[1] || feature[0] != time[0] ||
      a.rank < 1 || feature[0] % a.rank != 0) {
    return Wrong(node, "input " + ToString(input) + ", feature weights " + ToString(feature) + ", time weights " +
                           ToString(time) + " and rank " + std::to_string(a.rank) + " don't fit");
  }
  const int64_t units = feature[0] / a.rank;
  if (node.inputs.size() > 3 && node.inputs[3] != kNoTensor && InputShape(graph, node, 3) != Shape{units})
    return Wrong(node,
                 "expects a bias of [" + std::to_string(units) + "], found " + ToString(InputShape(graph, node, 3)));
  return Shape{input[0], units};
}

size_t InputsWanted(OpKind op) {
  switch (op) {
    case OpKind::kLstm: return 13;
    case OpKind::kSvdf: return 3;
    case OpKind::kTransposeConv:
    case OpKind::kConcat:
    case OpKind::kConv2D:
    case OpKind::kDepthwiseConv2D:
    case OpKind::kFullyConnected:
    case OpKind::kAdd:
    case OpKind::kSub:
    case OpKind::kMul:
    case OpKind::kDiv:
    case OpKind::kMaximum:
    case OpKind::kMinimum: return 2;
    default: return 1;
  }
}

bool AttributesFit(const Node& node) {
  const bool none = std::holds_alternative<NoAttributes>(node.attributes);
  switch (node.op) {
    case OpKind::kAdd:
    case OpKind::kSub:
    case OpKind::kMul:
    case OpKind::kDiv: return none || std::holds_alternative<ActivationAttributes>(node.attributes);
    case OpKind::kSoftmax: return none || std::holds_alternative<SoftmaxAttributes>(node.attributes);
    case OpKind::kTransposeConv: return std::holds_alternative<TransposeConvAttributes>(node.attributes);
    case OpKind::kConcat: return std::holds_alternative<ConcatAttributes>(node.attributes);
    case OpKind::kTranspose: return std::holds_alternative<TransposeAttributes>(node.attributes);
    case OpKind::kSlice: return std::holds_alternative<SliceAttributes>(node.attributes);
    case OpKind::kResizeNearest: return std::holds_alternative<ResizeAttributes>(node.attributes);
    case OpKind::kSum: return std::holds_alternative<ReduceAttributes>(node.attributes);
    case OpKind::kLeakyRelu: return std::holds_alternative<LeakyReluAttributes>(node.attributes);
    case OpKind::kClamp: return std::holds_alternative<ClampAttributes>(node.attributes);
    case OpKind::kLstm: return std::holds_alternative<LstmAttributes>(node.attributes);
    case OpKind::kSvdf: return std::holds_alternative<SvdfAttributes>(node.attributes);
    case OpKind::kConv2D:
    case OpKind::kDepthwiseConv2D: return std::holds_alternative<ConvAttributes>(node.attributes);
    case OpKind::kFullyConnected: return std::holds_alternative<FullyConnectedAttributes>(node.attributes);
    case OpKind::kMaxPool:
    case OpKind::kAveragePool: return std::holds_alternative<PoolAttributes>(node.attributes);
    case OpKind::kPad: return std::holds_alternative<PadAttributes>(node.attributes);
    case OpKind::kMean:
    case OpKind::kArgMax: return std::holds_alternative<ReduceAttributes>(node.attributes);
    default: return none;
  }
}

Outcome<void> CheckForm(const Graph& graph, const Node& node) {
  const size_t wanted = InputsWanted(node.op);
  const bool weighted = IsConvolution(node.op) || node.op == OpKind::kFullyConnected ||
                        node.op == OpKind::kTransposeConv || node.op == OpKind::kSvdf;
  const bool many = node.op == OpKind::kConcat;
  if (node.inputs.size() < wanted || (!many && node.inputs.size() > wanted + (weighted ? 1 : 0))) {
    return Wrong(node, "expects " + std::to_string(wanted) + (weighted ? " or " + std::to_string(wanted + 1) : "") +
                           " inputs, found " + std::to_string(node.inputs.size()));
  }
  if (node.outputs.size() != 1) return Wrong(node, "expects one output");
  if (!AttributesFit(node)) return Wrong(node, "carries the attributes of another operator");
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const TensorId id = node.inputs[i];
    if (id == kNoTensor && weighted && i == wanted) continue;
    if (id < 0 || static_cast<size_t>(id) >= graph.tensors.size())
      return Wrong(node, "input " + std::to_string(i) + " is not a tensor of the graph");
    for (const int64_t d : graph.tensor(id).shape) {
      if (d < 1)
        return Wrong(node, "input '" + graph.tensor(id).name + "' has shape " + ToString(graph.tensor(id).shape) +
                               ": every dimension must be known and 1 or more");
    }
  }
  const TensorId out = node.outputs[0];
  if (out < 0 || static_cast<size_t>(out) >= graph.tensors.size())
    return Wrong(node, "its output is not a tensor of the graph");
  return {};
}

Outcome<Shape> ShapeOf(const Graph& graph, const Node& node) {
  switch (node.op) {
    case OpKind::kConv2D:
    case OpKind::kDepthwiseConv2D: return ConvolutionShape(graph, node);
    case OpKind::kFullyConnected: return FullyConnectedShape(graph, node);
    case OpKind::kMaxPool:
    case OpKind::kAveragePool: return PoolShape(graph, node);
    case OpKind::kAdd:
    case OpKind::kSub:
    case OpKind::kMul:
    case OpKind::kDiv:
    case OpKind::kMaximum:
    case OpKind::kMinimum: return BroadcastShape(graph, node);
    case OpKind::kReshape: return ReshapeShape(graph, node);
    case OpKind::kPad: return PadShape(graph, node);
    case OpKind::kTransposeConv: return TransposeConvShape(graph, node);
    case OpKind::kConcat: return ConcatShape(graph, node);
    case OpKind::kTranspose: return TransposeShape(graph, node);
    case OpKind::kSlice: return SliceShape(graph, node);
    case OpKind::kResizeNearest: return ResizeShape(graph, node);
    case OpKind::kLstm: return LstmShape(graph, node);
    case OpKind::kSvdf: return SvdfShape(graph, node);
    case OpKind::kSum:
    case OpKind::kMean:
    case OpKind::kArgMax: return ReducedShape(graph, node);
    case OpKind::kLogSoftmax:
    case OpKind::kSoftmax:
      if (InputShape(graph, node, 0).empty()) return Wrong(node, "expects at least one dimension");
      return InputShape(graph, node, 0);
    default: return InputShape(graph, node, 0);
  }
}

}  // namespace

Outcome<Shape> InferOutputShape(const Graph& graph, const Node& node) {
  if (auto form = CheckForm(graph, node); !form) return std::unexpected(form.error());
  LINNET_ASSIGN(Shape shape, ShapeOf(graph, node));
  if (IsConvolution(node.op) || node.op == OpKind::kFullyConnected || node.op == OpKind::kTransposeConv) {
    if (auto bias = CheckBias(graph, node, shape.back()); !bias) return std::unexpected(bias.error());
  }
  if (ElementCount(shape) > kMaxTensorElements) {
    return Fail(Status::kResourceExhausted, Describe(node) + ": an output of " + ToString(shape) +
                                                " has more than 2^26 elements, too large for any board");
  }
  return shape;
}

Outcome<void> ResolvePadding(const Graph& graph, Node& node) {
  if (!HasWindow(node.op)) return {};
  if (auto form = CheckForm(graph, node); !form) return std::unexpected(form.error());
  return SetPadding(graph, node);
}

Outcome<void> ResolveShapes(Graph& graph, int64_t batch) {
  int64_t old_batch = 0;
  for (const TensorId id : graph.inputs) {
    Shape& shape = graph.tensor(id).shape;
    if (shape.empty()) continue;
    old_batch = shape[0];
    shape[0] = batch;
  }
  for (Node& node : graph.nodes) {
    if (node.op == OpKind::kReshape && node.outputs.size() == 1) {
      Shape& target = graph.tensor(node.outputs[0]).shape;
      if (!target.empty() && target[0] == old_batch) target[0] = batch;
    }
    if (auto padded = ResolvePadding(graph, node); !padded) return padded;
    LINNET_ASSIGN(Shape shape, InferOutputShape(graph, node));
    graph.tensor(node.outputs[0]).shape = std::move(shape);
  }
  return {};
}

}  // namespace linnet::graph
