// Transposed convolution: the weights of each phase of the stride packed on their own, so that generated code multiplies as an ordinary
// convolution does.
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/kernels/pack.h"
#include "linnet/kernels/transpose_conv.h"
#include "lower_parts.h"
#include "source_text.h"

namespace linnet::emit {
namespace {

using graph::Graph;
using graph::Node;

kernels::TransposeConvShape ShapeOf(const Graph& graph, const Node& node) {
  const graph::Shape& in = graph.tensor(node.inputs[0]).shape;
  const graph::Shape& kernel = graph.tensor(node.inputs[1]).shape;
  const graph::Shape& out = graph.tensor(node.outputs[0]).shape;
  const graph::Window& w = std::get<graph::TransposeConvAttributes>(node.attributes).window;
  return {.in_h = Dim(in, 1),
          .in_w = Dim(in, 2),
          .in_c = Dim(in, 3),
          .out_h = Dim(out, 1),
          .out_w = Dim(out, 2),
          .out_c = Dim(out, 3),
          .kernel_h = Dim(kernel, 0),
          .kernel_w = Dim(kernel, 1),
          .stride_h = w.stride_h,
          .stride_w = w.stride_w,
          .pad_top = w.pad_top,
          .pad_left = w.pad_left};
}

std::string ShapeText(const kernels::TransposeConvShape& s) {
  return fmt::format(
      ".in_h = {}, .in_w = {}, .in_c = {}, .out_h = {}, .out_w = {}, .out_c = {}, .kernel_h = {}, .kernel_w = {},\n"
      "      .stride_h = {}, .stride_w = {}",
      s.in_h, s.in_w, s.in_c, s.out_h, s.out_w, s.out_c, s.kernel_h, s.kernel_w, s.stride_h, s.stride_w);
}

// Weights of phase (p, q) as [taps][out_c], taps in the order in which the kernel gathers them.
std::vector<int8_t> PhaseWeights(const kernels::TransposeConvShape& s, const int8_t* weights, int p, int q) {
  std::vector<int8_t> phase;
  for (int ky = p; ky < s.kernel_h; ky += s.stride_h) {
    for (int kx = q; kx < s.kernel_w; kx += s.stride_w) {
      const int8_t* const tap = weights + static_cast<ptrdiff_t>(ky * s.kernel_w + kx) * s.in_c * s.out_c;
      phase.insert(phase.end(), tap, tap + static_cast<ptrdiff_t>(s.in_c) * s.out_c);
    }
  }
  return phase;
}

struct Phases {
  std::vector<int8_t> packed;
  std::vector<int32_t> offsets, bias;
};

Outcome<Phases> PackPhases(const Node& node, const kernels::TransposeConvShape& s, const int8_t* weights,
                           const std::vector<int32_t>& bias, int32_t zero_point) {
  Phases phases;
  const auto channels = static_cast<size_t>(s.out_c);
  for (int p = 0; p < s.stride_h; ++p) {
    for (int q = 0; q < s.stride_w; ++q) {
      const std::vector<int8_t> phase = PhaseWeights(s, weights, p, q);
      const kernels::WeightView view{phase.data(), static_cast<int>(phase.size() / channels), s.out_c};
      phases.offsets.push_back(static_cast<int32_t>(phases.packed.size()));
      phases.packed.resize(phases.packed.size() + kernels::PackedBytes(view.taps, view.channels));
      if (!phase.empty())
        kernels::PackWeights(view, kernels::Packing::kPlain, phases.packed.data() + phases.offsets.back());
      for (size_t c = 0; c < channels; ++c) {
        int64_t folded = bias[c];
        for (size_t i = c; i < phase.size(); i += channels) folded -= int64_t{zero_point} * phase[i];
        if (folded < std::numeric_limits<int32_t>::min() || folded > std::numeric_limits<int32_t>::max())
          return Unsupported(node,
                             fmt::format("the bias of channel {} does not fit 32 bits with the zero point in it", c));
        phases.bias.push_back(static_cast<int32_t>(folded));
      }
    }
  }
  phases.bias.push_back(0);
  return phases;
}

Outcome<std::vector<int32_t>> BiasOf(const Graph& graph, const Node& node, size_t channels) {
  std::vector<int32_t> bias(channels, 0);
  if (node.inputs.size() < 3 || node.inputs[2] == graph::kNoTensor) return bias;
  const graph::Tensor& tensor = graph.tensor(node.inputs[2]);
  if (!tensor.constant || tensor.type != graph::DType::kInt32 || tensor.data.size() != channels * 4)
    return Unsupported(node, fmt::format("bias '{}' must be {} constant int32 values", tensor.name, channels));
  std::memcpy(bias.data(), tensor.data.data(), tensor.data.size());
  return bias;
}

Outcome<std::string> MultiplierText(const Graph& graph, const Node& node, const PerTensor& input,
                                    const PerTensor& output) {
  const auto& scales = graph.tensor(node.inputs[1]).quantization.scales;
  const auto channels = static_cast<size_t>(graph.tensor(node.outputs[0]).shape[3]);
  if (scales.size() != 1 && scales.size() != channels)
    return Wrong(node, fmt::format("its weights have {} scales; expected 1 or {}", scales.size(), channels));
  std::vector<graph::tflite::Multiplier> multipliers;
  if (IsTflite(graph)) {
    multipliers = graph::tflite::ProductParametersOf(graph, node).multipliers;
  } else {
    for (size_t c = 0; c < channels; ++c) {
      const graph::Multiplier m = graph::QuantizeMultiplier(
          double{input.scale} * double{scales[scales.size() == 1 ? 0 : c]} / double{output.scale});
      multipliers.push_back({m.multiplier, 31 - m.shift});
    }
  }
  std::string text = "  static constexpr k::TwiceMultiplier multipliers[] = {\n";
  for (const auto& m : multipliers) text += "      " + TwiceText(m) + ",\n";
  return text + "  };\n";
}

Outcome<void> LowerFloatTransposeConv(const Graph& graph, const Node& node, const kernels::TransposeConvShape& s,
                                      Layer& layer) {
  LINNET_ASSIGN(const std::string weights, AddOperand(graph, node, 1, layer));
  std::string bias = "nullptr";
  if (node.inputs.size() > 2 && node.inputs[2] != graph::kNoTensor) {
    LINNET_ASSIGN(bias, AddOperand(graph, node, 2, layer));
  }
  layer.operands = {node.inputs[0]};
  layer.body += fmt::format(
      "  static constexpr k::FloatConvShape shape = {{{}, .pad_top = {}, .pad_left = {},\n      .clamp = {}}};\n"
      "  k::FloatTransposeConv(shape, input, {}, {}, output);\n",
      ShapeText(s), s.pad_top, s.pad_left, FloatClampText(graph::ActivationOf(node)), weights, bias);
  return {};
}

}  // namespace

Outcome<void> LowerTransposeConv(const Graph& graph, const Node& node, Layer& layer) {
  const graph::Tensor& weights = graph.tensor(node.inputs[1]);
  const graph::Shape& in = graph.tensor(node.inputs[0]).shape;
  const graph::Window& window = std::get<graph::TransposeConvAttributes>(node.attributes).window;
  if (in[0] != 1) return Unsupported(node, "supported is batch 1, found input " + graph::ToString(in));
  if (window.dilation_h != 1 || window.dilation_w != 1) return Unsupported(node, "supported is dilation 1");
  if (!weights.constant) return Unsupported(node, "weights '" + weights.name + "' must be constant");
  kernels::TransposeConvShape s = ShapeOf(graph, node);
  layer.macs = graph::ElementCount(in) * s.kernel_h * s.kernel_w * s.out_c;
  if (IsFloat(graph, node.inputs[0])) return LowerFloatTransposeConv(graph, node, s, layer);

  LINNET_ASSIGN(const PerTensor input, QuantizationOf(graph, node, node.inputs[0]));
  LINNET_ASSIGN(const Stage stage, StageOf(graph, node, graph::ActivationOf(node)));
  if (weights.type != graph::DType::kInt8) return Unsupported(node, "weights '" + weights.name + "' must be int8");
  const auto channels = static_cast<size_t>(s.out_c);
  LINNET_ASSIGN(const std::vector<int32_t> bias, BiasOf(graph, node, channels));
  std::vector<int8_t> values(weights.data.size());
  std::memcpy(values.data(), weights.data.data(), values.size());
  LINNET_ASSIGN(const Phases phases, PackPhases(node, s, values.data(), bias, input.zero_point));
  LINNET_ASSIGN(const std::string multipliers, MultiplierText(graph, node, input, stage.output));
  layer.operands = {node.inputs[0]};
  layer.scratch_bytes = static_cast<size_t>(std::max(4, kernels::TransposeConvScratchBytes(s)));
  layer.weight_bytes = phases.packed.size() + 4 * (phases.offsets.size() + phases.bias.size()) + 8 * channels;
  layer.weight_bits = 8;
  layer.body =
      Constant("weights", phases.packed) + Constant("offsets", phases.offsets) + Constant("bias", phases.bias) +
      multipliers +
      fmt::format(
          "  static constexpr k::TransposeConvShape shape = {{{}, .pad_top = {}, .pad_left = {}, .pad_value = {},\n"
          "      .stage = {}}};\n"
          "  k::TransposeConv<k::Target, {}>(shape, input, weights, offsets, bias, multipliers, scratch, output);\n",
          ShapeText(s), s.pad_top, s.pad_left, input.zero_point, stage.text, IsTflite(graph));
  return {};
}

}  // namespace linnet::emit
