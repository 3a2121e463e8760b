#include "window_shapes.h"

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
  if (auto* conv = std::get_if<TransposeConvAttributes>(&node.attributes)) return &conv->window;
  return nullptr;
}

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

Outcome<Slide> SlideOver(const Graph& graph, const Node& node, const Window& window, const Shape& input) {
  if (input.size() != 4)
    return Wrong(node, "expects an input of 4 dimensions [batch,height,width,channels], found " + ToString(input));
  int64_t kernel_h = window.kernel_h;
  int64_t kernel_w = window.kernel_w;
  if (IsConvolution(node.op) || node.op == OpKind::kTransposeConv) {
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

Outcome<Slide> SlideOver(const Graph& graph, const Node& node, const Window& window) {
  return SlideOver(graph, node, window, InputShape(graph, node, 0));
}

// The window of a transposed convolution slides over its output and stops once for each input pixel.
Outcome<Slide> SlideOverOutput(const Graph& graph, const Node& node) {
  const auto& a = std::get<TransposeConvAttributes>(node.attributes);
  if (a.out_h < 1 || a.out_w < 1 || a.out_h > (1 << 20) || a.out_w > (1 << 20))
    return Wrong(node, "an output of " + std::to_string(a.out_h) + "x" + std::to_string(a.out_w) + " makes no sense");
  return SlideOver(graph, node, a.window, Shape{1, a.out_h, a.out_w, 1});
}

}  // namespace

bool IsConvolution(OpKind op) { return op == OpKind::kConv2D || op == OpKind::kDepthwiseConv2D; }
bool HasWindow(OpKind op) {
  return IsConvolution(op) || op == OpKind::kMaxPool || op == OpKind::kAveragePool || op == OpKind::kTransposeConv;
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

Outcome<Shape> TransposeConvShape(const Graph& graph, const Node& node) {
  const auto& a = std::get<TransposeConvAttributes>(node.attributes);
  const Shape& input = InputShape(graph, node, 0);
  const Shape& weights = InputShape(graph, node, 1);
  if (input.size() != 4 || weights.size() != 4 || weights[2] != input[3]) {
    return Wrong(node, "input " + ToString(input) + " and weights " + ToString(weights) +
                           " don't fit: expects [batch,height,width,in] and [kh,kw,in,out]");
  }
  LINNET_ASSIGN(const Slide slide, SlideOverOutput(graph, node));
  if (slide.rows.output != input[1] || slide.columns.output != input[2]) {
    return Wrong(node, "an output of " + std::to_string(a.out_h) + "x" + std::to_string(a.out_w) +
                           " doesn't belong to an input of " + ToString(input) + " with this window");
  }
  return Shape{input[0], a.out_h, a.out_w, weights[3]};
}

Outcome<Shape> PoolShape(const Graph& graph, const Node& node) {
  LINNET_ASSIGN(const Slide slide, SlideOver(graph, node, std::get<PoolAttributes>(node.attributes).window));
  const Shape& input = graph.tensor(node.inputs[0]).shape;
  return Shape{input[0], slide.rows.output, slide.columns.output, input[3]};
}

Outcome<void> SetPadding(const Graph& graph, Node& node) {
  Window* window = MutableWindow(node);
  LINNET_ASSIGN(const Slide slide,
                node.op == OpKind::kTransposeConv ? SlideOverOutput(graph, node) : SlideOver(graph, node, *window));
  window->pad_top = static_cast<int>(slide.rows.before);
  window->pad_bottom = static_cast<int>(slide.rows.after);
  window->pad_left = static_cast<int>(slide.columns.before);
  window->pad_right = static_cast<int>(slide.columns.after);
  if (IsConvolution(node.op) || node.op == OpKind::kTransposeConv) {
    const Shape& weights = InputShape(graph, node, 1);
    window->kernel_h = static_cast<int>(weights[0]);
    window->kernel_w = static_cast<int>(weights[1]);
  }
  return {};
}

}  // namespace linnet::graph
