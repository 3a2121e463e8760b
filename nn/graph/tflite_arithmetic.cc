#include "linnet/graph/tflite_arithmetic.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "linnet/base/check.h"

namespace linnet::graph::tflite {
namespace {

float ScaleOf(const Graph& graph, TensorId id) { return graph.tensor(id).quantization.scales.at(0); }
int32_t ZeroPointOf(const Graph& graph, TensorId id) { return graph.tensor(id).quantization.zero_points.at(0); }
double Wide(float value) { return static_cast<double>(value); }

ClampRange OutputRange(const Graph& graph, const Node& node) {
  const TensorId out = node.outputs[0];
  return ActivationRangeQuantized(ActivationOf(node), ScaleOf(graph, out), ZeroPointOf(graph, out));
}

// zero_point + round(value / scale), in float but for the sum.
int64_t Quantized(float value, float scale, int32_t zero_point) {
  constexpr float kFar = 1e9F;  // beyond int8 whatever the zero point
  return zero_point + static_cast<int64_t>(std::clamp(std::round(value / scale), -kFar, kFar));
}

// How many differences d = max - q take part in a softmax: all whose d * scale stays below 2^5 - 1.
struct ScaledDifference {
  Multiplier multiplier;  // of Q5.26 to an int8 difference
  int32_t lowest = 0;
};

ScaledDifference ScaledDifferenceOf(float scale, float beta) {
  constexpr int kIntegerBits = 5;
  ScaledDifference result;
  const double real = std::min(Wide(beta) * Wide(scale) * static_cast<double>(1 << (31 - kIntegerBits)), 2147483647.0);
  result.multiplier = QuantizeMultiplier(real);
  const double radius = 1.0 * ((1 << kIntegerBits) - 1) * static_cast<double>(int64_t{1} << (31 - kIntegerBits)) /
                        static_cast<double>(int64_t{1} << result.multiplier.shift);
  result.lowest = static_cast<int32_t>(-std::floor(radius));
  return result;
}

std::array<int32_t, 256> ExpTable(const ScaledDifference& scaled) {
  std::array<int32_t, 256> table{};
  for (int32_t d = 0; d < 256 && -d >= scaled.lowest; ++d)
    table[static_cast<size_t>(d)] = ExpOnNegativeValues(MultiplyByQuantizedMultiplier(-d, scaled.multiplier), 5);
  return table;
}

// A fully-connected layer multiplies the two scales in float when its weights have one scale for all.
Multiplier TensorwiseMultiplier(float input, float weights, double output) {
  return QuantizeMultiplier(Wide(input * weights) / output);
}

}  // namespace

Multiplier QuantizeMultiplier(double real) {
  if (real == 0.0) return {};
  int shift = 0;
  const double fraction = std::frexp(real, &shift);
  auto multiplier = static_cast<int64_t>(std::round(fraction * 2147483648.0));
  if (multiplier == int64_t{1} << 31) {
    multiplier /= 2;
    ++shift;
  }
  LINNET_CHECK(shift <= 31);
  if (shift < -31) return {};
  return {static_cast<int32_t>(multiplier), shift};
}

int32_t MultiplyByQuantizedMultiplier(int32_t x, Multiplier m) {
  const int left = std::max(m.shift, 0);
  const auto shifted = static_cast<int32_t>(static_cast<uint32_t>(x) << left);
  return RoundingDivideByPOT(SaturatingRoundingDoublingHighMul(shifted, m.multiplier), std::max(-m.shift, 0));
}

ClampRange ActivationRangeQuantized(Activation activation, float scale, int32_t zero_point) {
  const auto at = [&](float value) { return Quantized(value, scale, zero_point); };
  int64_t lo = -128;
  int64_t hi = 127;
  if (activation == Activation::kRelu || activation == Activation::kRelu6) lo = at(0);
  if (activation == Activation::kRelu6) hi = at(6);
  if (activation == Activation::kReluN1To1) {
    lo = at(-1);
    hi = at(1);
  }
  return {static_cast<int32_t>(std::max<int64_t>(lo, -128)), static_cast<int32_t>(std::min<int64_t>(hi, 127))};
}

int8_t QuantizeFloat(float real, float scale, int32_t zero_point) {
  if (real != real) return -128;
  return static_cast<int8_t>(std::clamp<int64_t>(Quantized(real, scale, zero_point), -128, 127));
}

ProductParameters ProductParametersOf(const Graph& graph, const Node& node) {
  ProductParameters p;
  p.input_zero_point = ZeroPointOf(graph, node.inputs[0]);
  p.output_zero_point = ZeroPointOf(graph, node.outputs[0]);
  p.clamp = OutputRange(graph, node);
  const float input = ScaleOf(graph, node.inputs[0]);
  const double output = Wide(ScaleOf(graph, node.outputs[0]));
  const std::vector<float>& weights = graph.tensor(node.inputs[1]).quantization.scales;
  const auto channels = static_cast<size_t>(graph.tensor(node.outputs[0]).shape.back());
  for (size_t c = 0; c < channels; ++c) {
    if (weights.size() == 1 && node.op == OpKind::kFullyConnected)
      p.multipliers.push_back(TensorwiseMultiplier(input, weights[0], output));
    else
      p.multipliers.push_back(QuantizeMultiplier(Wide(input) * Wide(weights[weights.size() == 1 ? 0 : c]) / output));
  }
  return p;
}

AddParameters AddParametersOf(const Graph& graph, const Node& node) {
  AddParameters p;
  p.subtract = node.op == OpKind::kSub;
  p.a_zero_point = ZeroPointOf(graph, node.inputs[0]);
  p.b_zero_point = ZeroPointOf(graph, node.inputs[1]);
  p.output_zero_point = ZeroPointOf(graph, node.outputs[0]);
  p.clamp = OutputRange(graph, node);
  const float a = ScaleOf(graph, node.inputs[0]);
  const float b = ScaleOf(graph, node.inputs[1]);
  const float output = ScaleOf(graph, node.outputs[0]);
  const auto steps = static_cast<float>(1 << p.left_shift);
  if (p.subtract) {  // TensorFlow Lite Micro computes these three in float, those of an addition in double
    const float twice = 2 * std::max(a, b);
    p.a = QuantizeMultiplier(Wide(a / twice));
    p.b = QuantizeMultiplier(Wide(b / twice));
    p.output = QuantizeMultiplier(Wide(twice / (steps * output)));
  } else {
    const double twice = 2 * Wide(std::max(a, b));
    p.a = QuantizeMultiplier(Wide(a) / twice);
    p.b = QuantizeMultiplier(Wide(b) / twice);
    p.output = QuantizeMultiplier(twice / (Wide(steps) * Wide(output)));
  }
  return p;
}

MulParameters MulParametersOf(const Graph& graph, const Node& node) {
  MulParameters p;
  p.a_zero_point = ZeroPointOf(graph, node.inputs[0]);
  p.b_zero_point = ZeroPointOf(graph, node.inputs[1]);
  p.output_zero_point = ZeroPointOf(graph, node.outputs[0]);
  p.clamp = OutputRange(graph, node);
  p.output = QuantizeMultiplier(Wide(ScaleOf(graph, node.inputs[0])) * Wide(ScaleOf(graph, node.inputs[1])) /
                                Wide(ScaleOf(graph, node.outputs[0])));
  return p;
}

ReduceParameters ReduceParametersOf(const Graph& graph, const Node& node) {
  ReduceParameters p;
  const int64_t count =
      ElementCount(graph.tensor(node.inputs[0]).shape) / ElementCount(graph.tensor(node.outputs[0]).shape);
  p.zero_points = static_cast<int32_t>(ZeroPointOf(graph, node.inputs[0]) * count);
  p.output_zero_point = ZeroPointOf(graph, node.outputs[0]);
  p.output = QuantizeMultiplier(Wide(ScaleOf(graph, node.inputs[0])) / Wide(ScaleOf(graph, node.outputs[0])));
  if (node.op == OpKind::kSum) return p;
  int shift = 63 - std::countl_zero(static_cast<uint64_t>(count));
  shift = std::min({shift, 32, 31 + p.output.shift});
  p.output.multiplier = static_cast<int32_t>((int64_t{p.output.multiplier} << shift) / count);
  p.output.shift -= shift;
  return p;
}

QuantizeParameters QuantizeParametersOf(const Graph& graph, const Node& node) {
  const TensorId in = node.inputs[0];
  const TensorId out = node.outputs[0];
  return {ZeroPointOf(graph, in), ZeroPointOf(graph, out),
          QuantizeMultiplier(Wide(ScaleOf(graph, in)) / Wide(ScaleOf(graph, out)))};
}

SoftmaxParameters SoftmaxParametersOf(const Graph& graph, const Node& node) {
  const auto* attributes = std::get_if<SoftmaxAttributes>(&node.attributes);
  const float beta = attributes != nullptr ? attributes->beta : 1.0F;
  return {ExpTable(ScaledDifferenceOf(ScaleOf(graph, node.inputs[0]), beta))};
}

LogSoftmaxParameters LogSoftmaxParametersOf(const Graph& graph, const Node& node) {
  LogSoftmaxParameters p;
  const ScaledDifference scaled = ScaledDifferenceOf(ScaleOf(graph, node.inputs[0]), 1.0F);
  p.exp = ExpTable(scaled);
  p.lowest_difference = scaled.lowest;
  for (int32_t d = 0; d < 256 && -d >= scaled.lowest; ++d)
    p.difference[static_cast<size_t>(d)] = MultiplyByQuantizedMultiplier(-d, scaled.multiplier);
  p.reverse = QuantizeMultiplier(static_cast<double>(1 << (31 - scaled.multiplier.shift)) /
                                 static_cast<double>(scaled.multiplier.multiplier));
  return p;
}

LstmParameters LstmParametersOf(const Graph& graph, const Node& node) {
  constexpr float kGateScale = 1.0F / 4096;       // Q3.12, what the gates' functions read
  constexpr float kFunctionScale = 1.0F / 32768;  // Q0.15, what they give
  const auto& a = std::get<LstmAttributes>(node.attributes);
  LstmParameters p;
  p.input_zero_point = ZeroPointOf(graph, node.inputs[0]);
  p.hidden_zero_point = a.hidden_zero_point;
  const float input = ScaleOf(graph, node.inputs[0]);
  LstmGate* gates[] = {&p.input, &p.forget, &p.cell, &p.output};
  for (size_t g = 0; g < 4; ++g) {
    gates[g]->input = TensorwiseMultiplier(input, ScaleOf(graph, node.inputs[1 + g]), Wide(kGateScale));
    gates[g]->recurrent = TensorwiseMultiplier(a.hidden_scale, ScaleOf(graph, node.inputs[5 + g]), Wide(kGateScale));
  }
  const double function = Wide(kFunctionScale);
  p.forget_cell = QuantizeMultiplier(function * Wide(a.cell_scale) / Wide(a.cell_scale));
  p.input_cell = QuantizeMultiplier(function * function / Wide(a.cell_scale));
  p.hidden = QuantizeMultiplier(function * function / Wide(a.hidden_scale));
  if (a.cell_clip > 0)
    p.cell_clip = static_cast<int32_t>(std::clamp(Wide(a.cell_clip) / Wide(a.cell_scale), -32768.0, 32767.0));
  p.cell_left_shift = static_cast<int>(std::round(std::log2(a.cell_scale))) + 12;
  return p;
}

SvdfParameters SvdfParametersOf(const Graph& graph, const Node& node) {
  const auto& a = std::get<SvdfAttributes>(node.attributes);
  SvdfParameters p;
  p.input_zero_point = ZeroPointOf(graph, node.inputs[0]);
  p.state_zero_point = a.state_zero_point;
  p.output_zero_point = ZeroPointOf(graph, node.outputs[0]);
  p.feature = QuantizeMultiplier(Wide(ScaleOf(graph, node.inputs[0]) * ScaleOf(graph, node.inputs[1]) / a.state_scale));
  p.output = QuantizeMultiplier(Wide(a.state_scale * ScaleOf(graph, node.inputs[2]) / ScaleOf(graph, node.outputs[0])));
  return p;
}

}  // namespace linnet::graph::tflite
