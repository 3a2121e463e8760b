// Operators that have arithmetic of their own on floats and no table: layers with weights, functions of one element, softmax.
#include <fmt/format.h>

#include "linnet/graph/build.h"
#include "lower_parts.h"
#include "source_text.h"

namespace linnet::emit {
namespace {

using graph::Graph;
using graph::Node;
using graph::OpKind;

Outcome<std::string> Weights(const Graph& graph, const Node& node, size_t index, Layer& layer) {
  const graph::Tensor& tensor = graph.tensor(node.inputs[index]);
  if (!tensor.constant || tensor.type != graph::DType::kFloat32)
    return Unsupported(node, "'" + tensor.name + "' must be constant and float32 as the input is");
  return AddOperand(graph, node, index, layer);
}

Outcome<std::string> Bias(const Graph& graph, const Node& node, Layer& layer) {
  if (node.inputs.size() < 3 || node.inputs[2] == graph::kNoTensor) return "nullptr";
  return Weights(graph, node, 2, layer);
}

// A fully-connected layer of several rows is the pointwise convolution of as many pixels.
Outcome<void> LowerFullyConnectedFloat(const Graph& graph, const Node& node, Layer& layer) {
  const graph::Shape& weights = graph.tensor(node.inputs[1]).shape;
  const int rows = Count(graph, node.outputs[0]) / Dim(weights, 1);
  LINNET_ASSIGN(const std::string w, Weights(graph, node, 1, layer));
  LINNET_ASSIGN(const std::string b, Bias(graph, node, layer));
  layer.operands = {node.inputs[0]};
  layer.macs = rows * graph::ElementCount(weights);
  layer.body += fmt::format(
      "  static constexpr k::FloatConvShape shape = {{.in_h = {0}, .in_w = 1, .in_c = {1}, .out_h = {0}, .out_w = 1, "
      ".out_c = {2},\n"
      "      .kernel_h = 1, .kernel_w = 1, .clamp = {3}}};\n"
      "  k::FloatConv2D(shape, input, {4}, {5}, output);\n",
      rows, weights[0], weights[1], FloatClampText(graph::ActivationOf(node)), w, b);
  return {};
}

Outcome<void> LowerConvolutionFloat(const Graph& graph, const Node& node, Layer& layer) {
  const bool depthwise = node.op == OpKind::kDepthwiseConv2D;
  const graph::Shape& in = graph.tensor(node.inputs[0]).shape;
  const graph::Shape& out = graph.tensor(node.outputs[0]).shape;
  const graph::Shape& kernel = graph.tensor(node.inputs[1]).shape;
  const graph::Window& window = std::get<graph::ConvAttributes>(node.attributes).window;
  if (in[0] != 1) return Unsupported(node, "supported is batch 1, found input " + graph::ToString(in));
  LINNET_ASSIGN(const std::string w, Weights(graph, node, 1, layer));
  LINNET_ASSIGN(const std::string b, Bias(graph, node, layer));
  layer.operands = {node.inputs[0]};
  layer.macs = out[1] * out[2] * out[3] * kernel[0] * kernel[1] * (depthwise ? 1 : in[3]);
  layer.body += fmt::format(
      "  static constexpr k::FloatConvShape shape = {{.in_h = {}, .in_w = {}, .in_c = {}, .out_h = {}, .out_w = {}, "
      ".out_c = {},\n"
      "      .kernel_h = {}, .kernel_w = {}, .stride_h = {}, .stride_w = {}, .dilation_h = {}, .dilation_w = {},\n"
      "      .pad_top = {}, .pad_left = {}, .clamp = {}}};\n"
      "  k::{}(shape,{} input, {}, {}, output);\n",
      in[1], in[2], in[3], out[1], out[2], out[3], kernel[0], kernel[1], window.stride_h, window.stride_w,
      window.dilation_h, window.dilation_w, window.pad_top, window.pad_left, FloatClampText(graph::ActivationOf(node)),
      depthwise ? "FloatDepthwiseConv2D" : "FloatConv2D", depthwise ? fmt::format(" {},", kernel[3]) : "", w, b);
  return {};
}

std::string Function(const Node& node) {
  switch (node.op) {
    case OpKind::kSigmoid: return "k::FloatSigmoidFunction{}";
    case OpKind::kTanh: return "k::FloatTanhFunction{}";
    case OpKind::kHardSwish: return "k::FloatHardSwish{}";
    case OpKind::kLeakyRelu:
      return fmt::format("k::FloatLeakyRelu{{{}}}",
                         FloatLiteral(std::get<graph::LeakyReluAttributes>(node.attributes).alpha));
    case OpKind::kClamp: {
      const auto& a = std::get<graph::ClampAttributes>(node.attributes);
      return "k::FloatClampFunction{" + FloatClampText(a.lo, a.hi) + "}";
    }
    case OpKind::kRelu: return "k::FloatClampFunction{" + FloatClampText(graph::Activation::kRelu) + "}";
    case OpKind::kRelu6: return "k::FloatClampFunction{" + FloatClampText(graph::Activation::kRelu6) + "}";
    default: return {};
  }
}

void LowerSoftmaxFloat(const Graph& graph, const Node& node, Layer& layer) {
  const graph::Shape& shape = graph.tensor(node.inputs[0]).shape;
  const int count = shape.empty() ? 1 : Dim(shape, shape.size() - 1), rows = Count(graph, node.inputs[0]) / count;
  if (node.op == OpKind::kLogSoftmax) {
    layer.body = fmt::format("  k::FloatLogSoftmax({}, {}, input, output);\n", rows, count);
    return;
  }
  const auto* attributes = std::get_if<graph::SoftmaxAttributes>(&node.attributes);
  layer.body = fmt::format("  k::FloatSoftmax({}, {}, {}, input, output);\n", rows, count,
                           FloatLiteral(attributes != nullptr ? attributes->beta : 1.0F));
}

}  // namespace

Outcome<void> LowerFloat(const Graph& graph, const Node& node, Layer& layer) {
  if (!IsFloat(graph, node.outputs[0]))
    return Unsupported(node, "its input is float32 and its output is not; a Quantize has to stand between");
  switch (node.op) {
    case OpKind::kFullyConnected: return LowerFullyConnectedFloat(graph, node, layer);
    case OpKind::kConv2D:
    case OpKind::kDepthwiseConv2D: return LowerConvolutionFloat(graph, node, layer);
    default: break;
  }
  layer.operands = {node.inputs[0]};
  AllowInPlace(graph, 0, layer);
  if (node.op == OpKind::kSoftmax || node.op == OpKind::kLogSoftmax) {
    LowerSoftmaxFloat(graph, node, layer);
    return {};
  }
  const std::string function = Function(node);
  if (function.empty())
    return Unsupported(node, "there is no float kernel for this operator; quantise the network to int8");
  layer.body = fmt::format("  k::FloatUnary({}, {}, input, output);\n", function, Count(graph, node.inputs[0]));
  return {};
}

}  // namespace linnet::emit
