// Fully connected, convolution, depthwise: layers with weights. Packs them, folds zero points into the bias and turns scales
// into multipliers.
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/kernels/pack.h"
#include "linnet/kernels/shapes.h"
#include "lower_parts.h"
#include "source_text.h"

namespace linnet::emit {
namespace {

using graph::Graph;
using graph::Node;

// The constant weights as [taps][channels], and what each channel needs to finish its sum.
struct Weighted {
  std::vector<int8_t> weights;
  int taps = 0;
  int channels = 0;
  std::vector<int32_t> bias;  // the input's zero point folded in
  std::vector<int32_t> multipliers;
  std::vector<uint8_t> shifts;
  PerTensor input{};
  Stage stage{};
};

Outcome<std::vector<int64_t>> ReadBias(const Graph& graph, const Node& node, int channels) {
  std::vector<int64_t> bias(static_cast<size_t>(channels), 0);
  if (node.inputs.size() < 3 || node.inputs[2] == graph::kNoTensor) return bias;
  const graph::Tensor& tensor = graph.tensor(node.inputs[2]);
  if (!tensor.constant || tensor.type != graph::DType::kInt32 || tensor.data.size() != bias.size() * 4) {
    return Unsupported(node,
                       "bias '" + tensor.name + "' must be " + std::to_string(channels) + " constant int32 values");
  }
  for (size_t c = 0; c < bias.size(); ++c) {
    int32_t value;
    std::memcpy(&value, &tensor.data[c * 4], 4);
    bias[c] = value;
  }
  return bias;
}

Outcome<Weighted> ReadWeighted(const Graph& graph, const Node& node, int taps, int channels,
                               graph::Activation activation) {
  Weighted w{.weights = {}, .taps = taps, .channels = channels, .bias = {}, .multipliers = {}, .shifts = {}};
  LINNET_ASSIGN(w.input, QuantizationOf(graph, node, node.inputs[0]));
  LINNET_ASSIGN(w.stage, StageOf(graph, node, activation));

  const graph::Tensor& tensor = graph.tensor(node.inputs[1]);
  const size_t count = static_cast<size_t>(taps) * static_cast<size_t>(channels);
  if (!tensor.constant || tensor.type != graph::DType::kInt8 || tensor.data.size() != count) {
    return Unsupported(node,
                       "weights '" + tensor.name + "' must be " + std::to_string(count) + " constant int8 values");
  }
  w.weights.resize(count);
  std::memcpy(w.weights.data(), tensor.data.data(), count);

  const auto& q = tensor.quantization;
  if (q.scales.size() != 1 && q.scales.size() != static_cast<size_t>(channels)) {
    return Wrong(node,
                 fmt::format("weights '{}' have {} scales; expected 1 or {}", tensor.name, q.scales.size(), channels));
  }
  for (const int32_t zero : q.zero_points) {
    if (zero != 0)
      return Unsupported(node, "weights '" + tensor.name + "' have a zero point; only symmetric weights are supported");
  }
  LINNET_ASSIGN(std::vector<int64_t> bias, ReadBias(graph, node, channels));
  for (size_t i = 0; i < count; ++i)
    bias[i % static_cast<size_t>(channels)] -= int64_t{w.input.zero_point} * w.weights[i];
  for (int c = 0; c < channels; ++c) {
    const int64_t folded = bias[static_cast<size_t>(c)];
    if (folded < std::numeric_limits<int32_t>::min() || folded > std::numeric_limits<int32_t>::max()) {
      return Unsupported(node,
                         fmt::format("the bias of channel {} does not fit 32 bits with the zero point folded in", c));
    }
    w.bias.push_back(static_cast<int32_t>(folded));
    const float scale = q.scales[q.scales.size() == 1 ? 0 : static_cast<size_t>(c)];
    const graph::Multiplier m =
        graph::QuantizeMultiplier(double{w.input.scale} * double{scale} / double{w.stage.output.scale});
    w.multipliers.push_back(m.multiplier);
    w.shifts.push_back(static_cast<uint8_t>(m.shift));
  }
  return w;
}

std::string ChannelConstants(const Weighted& w) {
  return Constant("bias", w.bias) + Constant("multipliers", w.multipliers) + Constant("shifts", w.shifts);
}
constexpr size_t kBytesAChannel = 4 + 4 + 1;

// Packs the weights for MultiplyVector. Returns the name of the packing.
std::string_view PackInto(const Weighted& w, std::vector<int8_t>& packed) {
  const kernels::WeightView view{w.weights.data(), w.taps, w.channels};
  const bool raw_pair = kernels::FitsRawPair(view);
  packed.resize(kernels::PackedBytes(w.taps, w.channels));
  kernels::PackWeights(view, raw_pair ? kernels::Packing::kRawPair : kernels::Packing::kPlain, packed.data());
  return raw_pair ? "k::Packing::kRawPair" : "k::Packing::kPlain";
}

}  // namespace

Outcome<void> LowerFullyConnected(const Graph& graph, const Node& node, Layer& layer) {
  const graph::Shape& shape = graph.tensor(node.inputs[1]).shape;
  const int inputs = Dim(shape, 0), outputs = Dim(shape, 1);
  if (graph::ElementCount(graph.tensor(node.inputs[0]).shape) != inputs) {
    return Unsupported(node, "input " + graph::ToString(graph.tensor(node.inputs[0]).shape) +
                                 " has more than one row; supported is batch 1");
  }
  const auto activation = std::get<graph::FullyConnectedAttributes>(node.attributes).activation;
  LINNET_ASSIGN(const Weighted w, ReadWeighted(graph, node, inputs, outputs, activation));
  std::vector<int8_t> packed;
  const std::string_view packing = PackInto(w, packed);
  layer.body = Constant("weights", packed) + ChannelConstants(w) +
               fmt::format(
                   "  constexpr k::FullyConnectedShape shape = {{.inputs = {}, .outputs = {}, .stage = {}}};\n"
                   "  k::FullyConnected<k::Target, {}>(shape, input, weights, bias, multipliers, shifts, output);\n",
                   inputs, outputs, w.stage.text, packing);
  layer.operands = {node.inputs[0]};
  layer.macs = int64_t{inputs} * outputs;
  layer.weight_bytes = packed.size() + kBytesAChannel * static_cast<size_t>(outputs);
  return {};
}

Outcome<void> LowerConvolution(const Graph& graph, const Node& node, Layer& layer) {
  const bool depthwise = node.op == graph::OpKind::kDepthwiseConv2D;
  const graph::Shape& in = graph.tensor(node.inputs[0]).shape;
  const graph::Shape& out = graph.tensor(node.outputs[0]).shape;
  const graph::Shape& kernel = graph.tensor(node.inputs[1]).shape;
  const auto& attributes = std::get<graph::ConvAttributes>(node.attributes);
  const graph::Window& window = attributes.window;
  if (in[0] != 1) return Unsupported(node, "supported is batch 1, found input " + graph::ToString(in));

  kernels::ConvShape s{.in_h = Dim(in, 1),
                       .in_w = Dim(in, 2),
                       .in_c = Dim(in, 3),
                       .out_h = Dim(out, 1),
                       .out_w = Dim(out, 2),
                       .out_c = Dim(out, 3),
                       .kernel_h = Dim(kernel, 0),
                       .kernel_w = Dim(kernel, 1),
                       .stride_h = window.stride_h,
                       .stride_w = window.stride_w,
                       .dilation_h = window.dilation_h,
                       .dilation_w = window.dilation_w,
                       .pad_top = window.pad_top,
                       .pad_left = window.pad_left};
  const int taps = s.kernel_h * s.kernel_w * (depthwise ? 1 : s.in_c);
  LINNET_ASSIGN(const Weighted w, ReadWeighted(graph, node, taps, s.out_c, attributes.activation));
  const std::string shape_text = fmt::format(
      "{{.in_h = {}, .in_w = {}, .in_c = {}, .out_h = {}, .out_w = {}, .out_c = {}, .kernel_h = {}, .kernel_w = {},\n"
      "      .stride_h = {}, .stride_w = {}, .dilation_h = {}, .dilation_w = {}, .pad_top = {}, .pad_left = {}, "
      ".pad_value = {},\n"
      "      .stage = {}}}",
      s.in_h, s.in_w, s.in_c, s.out_h, s.out_w, s.out_c, s.kernel_h, s.kernel_w, s.stride_h, s.stride_w, s.dilation_h,
      s.dilation_w, s.pad_top, s.pad_left, w.input.zero_point, w.stage.text);
  layer.operands = {node.inputs[0]};
  layer.macs = int64_t{s.out_h} * s.out_w * s.out_c * taps;
  layer.weight_bytes = kBytesAChannel * static_cast<size_t>(s.out_c);

  if (depthwise) {
    const kernels::DepthwiseShape d{.conv = s, .multiplier = Dim(kernel, 3)};
    layer.scratch_bytes = static_cast<size_t>(kernels::DepthwiseScratchBytes(d));
    layer.weight_bytes += w.weights.size();
    layer.body =
        Constant("weights", w.weights) + ChannelConstants(w) +
        fmt::format(
            "  constexpr k::DepthwiseShape shape = {{.conv = {}, .multiplier = {}}};\n"
            "  k::DepthwiseConv2D<k::Target>(shape, input, weights, bias, multipliers, shifts, scratch, output);\n",
            shape_text, d.multiplier);
    return {};
  }
  std::vector<int8_t> packed;
  const std::string_view packing = PackInto(w, packed);
  layer.scratch_bytes = static_cast<size_t>(kernels::ConvScratchBytes(s));
  layer.weight_bytes += packed.size();
  layer.body = Constant("weights", packed) + ChannelConstants(w) +
               fmt::format(
                   "  constexpr k::ConvShape shape = {};\n"
                   "  k::Conv2D<k::Target, {}>(shape, input, weights, bias, multipliers, shifts, {}, output);\n",
                   shape_text, packing, layer.scratch_bytes > 0 ? "scratch" : "nullptr");
  return {};
}

}  // namespace linnet::emit
