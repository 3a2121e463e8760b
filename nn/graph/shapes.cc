#include "linnet/graph/shapes.h"

#include <algorithm>

#include "linnet/graph/build.h"

namespace linnet::graph {
namespace {

std::unexpected<Error> Wrong(const Node& node, const std::string& what) {
  return Fail(Status::kInvalidArgument, Describe(node) + ": " + what);
}

const Shape& InputShape(const Graph& graph, const Node& node, size_t i) { return graph.tensor(node.inputs[i]).shape; }

Window* MutableWindow(Node& node) {
  if (auto* conv = std::get_if<ConvAttributes>(&node.attributes)) return &conv->window;
  if (auto* pool = std::get_if<PoolAttributes>(&node.attributes)) return &pool->window;
  return nullptr;
}

bool IsConvolution(OpKind op) { return op == OpKind::kConv2D || op == OpKind::kDepthwiseConv2D; }
bool HasWindow(OpKind op) { return IsConvolution(op) || op == OpKind::kMaxPool || op == OpKind::kAveragePool; }

// One axis of a window: kernel extent with dilation, output size, and what SAME needs before and after.
struct Axis {
  int64_t output = 0;
  int64_t before = 0;
  int64_t after = 0;
};

Axis SlideWindow(int64_t input, int64_t kernel, int64_t stride, int64_t dilation, Padding padding, int64_t before,
                 int64_t after) {
  const int64_t extent = (kernel - 1) * dilation + 1;
  Axis axis{0, before, after};
  if (padding == Padding::kSame) {
    axis.output = (input + stride - 1) / stride;
    const int64_t total = std::max<int64_t>(0, (axis.output - 1) * stride + extent - input);
    axis.before = total / 2;  // the odd one goes to the end, as TensorFlow has it
    axis.after = total - axis.before;
    return axis;
  }
  if (padding == Padding::kValid) axis.before = axis.after = 0;
  const int64_t padded = input + axis.before + axis.after;
  axis.output = padded < extent ? 0 : (padded - extent) / stride + 1;
  return axis;
}

struct Slide {
  Axis rows;
  Axis columns;
};

Outcome<Slide> SlideOver(const Graph& graph, const Node& node, const Window& window) {
  const Shape& input = InputShape(graph, node, 0);
  if (input.size() != 4)
    return Wrong(node, "expects an input of 4 dimensions [batch,height,width,channels], found " + ToString(input));
  int64_t kernel_h = window.kernel_h;
  int64_t kernel_w = window.kernel_w;
  if (IsConvolution(node.op)) {
    const Shape& weights = InputShape(graph, node, 1);
    if (weights.size() != 4) return Wrong(node, "expects weights of 4 dimensions, found " + ToString(weights));
    kernel_h = weights[0];
    kernel_w = weights[1];
  }
  constexpr int64_t kLimit = 1 << 20;  // keeps every product below in 64 bits
  const auto in_range = [](int64_t value, int64_t low) { return value >= low && value <= kLimit; };
  if (!in_range(kernel_h, 1) || !in_range(kernel_w, 1) || !in_range(window.stride_h, 1) ||
      !in_range(window.stride_w, 1) || !in_range(window.dilation_h, 1) || !in_range(window.dilation_w, 1) ||
      !in_range(window.pad_top, 0) || !in_range(window.pad_bottom, 0) || !in_range(window.pad_left, 0) ||
      !in_range(window.pad_right, 0)) {
    return Wrong(node, "window sizes, strides and dilations must be 1 or more, paddings 0 or more, none above 2^20");
  }
  Slide slide;
  slide.rows = SlideWindow(input[1], kernel_h, window.stride_h, window.dilation_h, window.padding, window.pad_top,
                           window.pad_bottom);
  slide.columns = SlideWindow(input[2], kernel_w, window.stride_w, window.dilation_w, window.padding, window.pad_left,
                              window.pad_right);
  if (slide.rows.output < 1 || slide.columns.output < 1) {
    return Wrong(node, "the window of " + std::to_string(kernel_h) + "x" + std::to_string(kernel_w) +
                           " is larger than the input " + ToString(input));
  }
  return slide;
}

Outcome<Shape> ConvolutionShape(const Graph& graph, const Node& node) {
  LINNET_ASSIGN(const Slide slide, SlideOver(graph, node, std::get<ConvAttributes>(node.attributes).window));
  const Shape& input = InputShape(graph, node, 0);
  const Shape& weights = InputShape(graph, node, 1);
  if (weights[2] != input[3]) {
    return Wrong(node, "weights " + ToString(weights) + " want " + std::to_string(weights[2]) +
                           " input channels, the input is " + ToString(input));
  }
  const int64_t channels = node.op == OpKind::kConv2D ? weights[3] : weights[2] * weights[3];
  return Shape{input[0], slide.rows.output, slide.columns.output, channels};
}

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

size_t InputsWanted(OpKind op) {
  switch (op) {
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
  switch (node.op) {
    case OpKind::kConv2D:
    case OpKind::kDepthwiseConv2D: return std::holds_alternative<ConvAttributes>(node.attributes);
    case OpKind::kFullyConnected: return std::holds_alternative<FullyConnectedAttributes>(node.attributes);
    case OpKind::kMaxPool:
    case OpKind::kAveragePool: return std::holds_alternative<PoolAttributes>(node.attributes);
    case OpKind::kPad: return std::holds_alternative<PadAttributes>(node.attributes);
    case OpKind::kMean:
    case OpKind::kArgMax: return std::holds_alternative<ReduceAttributes>(node.attributes);
    default: return std::holds_alternative<NoAttributes>(node.attributes);
  }
}

Outcome<void> CheckForm(const Graph& graph, const Node& node) {
  const size_t wanted = InputsWanted(node.op);
  const bool weighted = IsConvolution(node.op) || node.op == OpKind::kFullyConnected;
  if (node.inputs.size() < wanted || node.inputs.size() > wanted + (weighted ? 1 : 0)) {
    return Wrong(node, "expects " + std::to_string(wanted) + (weighted ? " or " + std::to_string(wanted + 1) : "") +
                           " inputs, found " + std::to_string(node.inputs.size()));
  }
  if (node.outputs.size() != 1) return Wrong(node, "expects one output");
  if (!AttributesFit(node)) return Wrong(node, "carries the attributes of another operator");
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const TensorId id = node.inputs[i];
    if (id == kNoTensor && weighted && i == 2) continue;
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
    case OpKind::kAveragePool: {
      LINNET_ASSIGN(const Slide slide, SlideOver(graph, node, std::get<PoolAttributes>(node.attributes).window));
      const Shape& input = InputShape(graph, node, 0);
      return Shape{input[0], slide.rows.output, slide.columns.output, input[3]};
    }
    case OpKind::kAdd:
    case OpKind::kSub:
    case OpKind::kMul:
    case OpKind::kDiv:
    case OpKind::kMaximum:
    case OpKind::kMinimum: return BroadcastShape(graph, node);
    case OpKind::kReshape: return ReshapeShape(graph, node);
    case OpKind::kPad: return PadShape(graph, node);
    case OpKind::kMean:
    case OpKind::kArgMax: return ReducedShape(graph, node);
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
  if (IsConvolution(node.op) || node.op == OpKind::kFullyConnected) {
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
  Window* window = MutableWindow(node);
  LINNET_ASSIGN(const Slide slide, SlideOver(graph, node, *window));
  window->pad_top = static_cast<int>(slide.rows.before);
  window->pad_bottom = static_cast<int>(slide.rows.after);
  window->pad_left = static_cast<int>(slide.columns.before);
  window->pad_right = static_cast<int>(slide.columns.after);
  if (IsConvolution(node.op)) {
    const Shape& weights = InputShape(graph, node, 1);
    window->kernel_h = static_cast<int>(weights[0]);
    window->kernel_w = static_cast<int>(weights[1]);
  }
  return {};
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
