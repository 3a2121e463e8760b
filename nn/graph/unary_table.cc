#include "linnet/graph/unary_table.h"

#include <algorithm>
#include <cmath>

#include "linnet/base/check.h"
#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/graph/tflite_arithmetic.h"

namespace linnet::graph {
namespace {

using Table = std::array<int8_t, 256>;

struct Scales {
  float in, out;
  int32_t in_zero, out_zero;
};

Scales ScalesOf(const Tensor& from, const Tensor& to) {
  return {from.quantization.scales.at(0), to.quantization.scales.at(0), from.quantization.zero_points.at(0),
          to.quantization.zero_points.at(0)};
}

template <typename Function>
Table TableOf(Function function) {  // function(q), q in -128..127
  Table table;
  for (int q = -128; q < 128; ++q)
    table[static_cast<size_t>(q + 128)] = static_cast<int8_t>(std::clamp<int32_t>(function(q), -128, 127));
  return table;
}

// --- kSingleRounding: the real function.

template <typename Function>
Table RealTable(const Scales& s, Function function) {
  return TableOf([&](int q) {
    const double real = function(static_cast<double>(s.in) * (q - s.in_zero)) / static_cast<double>(s.out);
    const double rounded = real < 0 ? -std::floor(-real + 0.5) : std::floor(real + 0.5);
    return static_cast<int32_t>(std::clamp(rounded, -1e6, 1e6)) + s.out_zero;
  });
}

Table Real(const Node& node, const Scales& s) {
  switch (node.op) {
    case OpKind::kSigmoid: return RealTable(s, [](double x) { return 1.0 / (1.0 + Exp(-x)); });
    case OpKind::kTanh: return RealTable(s, [](double x) { return 1.0 - 2.0 / (Exp(2.0 * x) + 1.0); });
    case OpKind::kRelu: return RealTable(s, [](double x) { return std::max(x, 0.0); });
    case OpKind::kRelu6: return RealTable(s, [](double x) { return std::clamp(x, 0.0, 6.0); });
    case OpKind::kClamp: {
      const auto& a = std::get<ClampAttributes>(node.attributes);
      return RealTable(
          s, [&](double x) { return std::min(std::max(x, static_cast<double>(a.lo)), static_cast<double>(a.hi)); });
    }
    case OpKind::kLeakyRelu: {
      const double alpha = std::get<LeakyReluAttributes>(node.attributes).alpha;
      return RealTable(s, [=](double x) { return x < 0 ? x * alpha : x; });
    }
    case OpKind::kHardSwish: return RealTable(s, [](double x) { return x * std::clamp(x + 3.0, 0.0, 6.0) / 6.0; });
    default: return RealTable(s, [](double x) { return x; });
  }
}

// --- kTflite.

using tflite::MultiplyByQuantizedMultiplier;
using tflite::QuantizeMultiplier;

Table Requantized(const Scales& s, tflite::Multiplier m) {
  return TableOf([&](int q) { return s.out_zero + MultiplyByQuantizedMultiplier(q - s.in_zero, m); });
}

// Below this radius of the input the function is computed, beyond it saturates: 15 in Q4.27.
Table SigmoidOrTanh(OpKind op, const Scales& s) {
  const double real = static_cast<double>(s.in) * static_cast<double>(1 << 27);
  const tflite::Multiplier m = QuantizeMultiplier(real);
  const double radius = std::floor(15.0 * static_cast<double>(1 << 27) / static_cast<double>(int64_t{1} << m.shift));
  return TableOf([&](int q) {
    const int32_t x = q - s.in_zero;
    if (x <= -radius) return -128;
    if (x >= radius) return 127;
    const int32_t scaled = MultiplyByQuantizedMultiplier(x, m);
    if (op == OpKind::kTanh) return tflite::RoundingDivideByPOT(tflite::Tanh(scaled), 24);
    return tflite::RoundingDivideByPOT(tflite::Logistic(scaled), 23) - 128;
  });
}

Table Relu(const Scales& s, float lo, float hi) {
  const auto at = [&](float value) {
    return s.out_zero + static_cast<int32_t>(std::clamp(std::round(value / s.out), -1e6F, 1e6F));
  };
  const int32_t lowest = std::max(at(lo), -128);
  const int32_t highest = std::min(at(hi), 127);
  const tflite::Multiplier m = QuantizeMultiplier(static_cast<double>(s.in / s.out));
  return TableOf([&](int q) {
    return std::min(std::max(lowest, s.out_zero + MultiplyByQuantizedMultiplier(q - s.in_zero, m)), highest);
  });
}

Table LeakyRelu(const Scales& s, float alpha) {
  const tflite::Multiplier identity = QuantizeMultiplier(static_cast<double>(s.in / s.out));
  tflite::Multiplier slope = QuantizeMultiplier(static_cast<double>(s.in * alpha / s.out));
  const int32_t sign = slope.multiplier < 0 ? -1 : 1;
  slope.multiplier *= sign;
  return TableOf([&](int q) {
    const int32_t x = q - s.in_zero;
    return s.out_zero +
           (x >= 0 ? MultiplyByQuantizedMultiplier(x, identity) : sign * MultiplyByQuantizedMultiplier(x, slope));
  });
}

// The int16 arithmetic of kHardSwish.
int16_t Saturated16(int64_t x) { return static_cast<int16_t>(std::clamp<int64_t>(x, -32768, 32767)); }
int16_t RoundedHighMul16(int16_t a, int16_t b) {
  const int32_t product = int32_t{a} * b;
  return Saturated16((product + (product >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15));
}
int16_t Multiplier16(tflite::Multiplier m) {
  return static_cast<int16_t>(std::min<int64_t>((int64_t{m.multiplier} + (1 << 15)) >> 16, 32767));
}

Table HardSwish(const Scales& s, tflite::Multiplier output) {
  const float fine = (1.0F / 128) * s.in;
  const tflite::Multiplier relu = QuantizeMultiplier(static_cast<double>(fine / (3.0F / 32768)));
  const int16_t output_multiplier = Multiplier16(output);
  const int16_t relu_multiplier = Multiplier16(relu);
  return TableOf([&](int q) {
    const auto x = static_cast<int16_t>((q - s.in_zero) * 128);
    const int16_t on_output_scale = RoundedHighMul16(x, output_multiplier);
    int16_t share = x;  // relu6(x + 3) / 6 as Q0.15, first as x / 3 saturated at 1
    if (relu.shift > 0) share = Saturated16(int64_t{share} * (int64_t{1} << (relu.shift - 1)));
    share = RoundedHighMul16(share, relu_multiplier);
    if (relu.shift > 0) share = Saturated16(int64_t{share} * 2);
    if (relu.shift < 0) share = static_cast<int16_t>(tflite::RoundingDivideByPOT(share, -relu.shift));
    share = static_cast<int16_t>((share + (1 << 15)) >> 1);
    const auto product = static_cast<int16_t>(int32_t{share} * on_output_scale / (1 << 15));  // towards zero
    return tflite::RoundingDivideByPOT(product, -output.shift) + s.out_zero;
  });
}

std::unexpected<Error> Refused(const Node& node, const std::string& what) {
  return Fail(Status::kUnimplemented, Describe(node) + ": " + what);
}

// The checks are TensorFlow Lite Micro's own.
Outcome<Table> Tflite(const Node& node, const Scales& s) {
  if (!(s.in / s.out < 1e6F)) return Refused(node, "its output is more than 10^6 times finer than its input");
  switch (node.op) {
    case OpKind::kSigmoid:
      if (s.out_zero != -128) return Refused(node, "its int8 output needs the zero point -128");
      [[fallthrough]];
    case OpKind::kTanh:
      if (s.in < 1e-7F) return Refused(node, "the scale of its input is below 1e-7");
      return SigmoidOrTanh(node.op, s);
    case OpKind::kRelu: return Relu(s, 0, 1e9F);
    case OpKind::kClamp: {
      const auto& a = std::get<ClampAttributes>(node.attributes);
      return Relu(s, a.lo, a.hi);
    }
    case OpKind::kRelu6: {  // compares the numbers with the input's scale and copies them, whatever the output's
      const auto six = static_cast<int32_t>(std::clamp(std::round(6.0F / s.in), 0.0F, 1e6F)) + s.in_zero;
      return TableOf([&](int q) { return q > std::min(six, 127) ? std::min(six, 127) : std::max(q, s.in_zero); });
    }
    case OpKind::kLeakyRelu: {
      const float alpha = std::get<LeakyReluAttributes>(node.attributes).alpha;
      if (!(std::fabs(s.in * alpha / s.out) < 1e6F)) return Refused(node, "its slope is too steep for its scales");
      return LeakyRelu(s, alpha);
    }
    case OpKind::kHardSwish: {
      const tflite::Multiplier output = QuantizeMultiplier(static_cast<double>((1.0F / 128) * s.in / s.out));
      if (output.shift > 0) return Refused(node, "its output is more than 128 times finer than its input");
      return HardSwish(s, output);
    }
    case OpKind::kIdentity: return TableOf([](int q) { return q; });
    default: break;
  }
  return Requantized(s, QuantizeMultiplier(static_cast<double>(s.in) / static_cast<double>(s.out)));
}

}  // namespace

bool IsUnaryTable(const Graph& graph, const Node& node) {
  switch (node.op) {
    case OpKind::kSigmoid:
    case OpKind::kTanh:
    case OpKind::kRelu:
    case OpKind::kRelu6:
    case OpKind::kClamp:
    case OpKind::kLeakyRelu:
    case OpKind::kHardSwish:
    case OpKind::kIdentity:
    case OpKind::kQuantize:
      return graph.tensor(node.inputs[0]).type == DType::kInt8 && graph.tensor(node.outputs[0]).type == DType::kInt8;
    default: return false;
  }
}

Outcome<Table> UnaryTable(const Graph& graph, const Node& node) {
  LINNET_CHECK(IsUnaryTable(graph, node));
  const auto* leaky = std::get_if<LeakyReluAttributes>(&node.attributes);
  if (leaky != nullptr && !std::isfinite(leaky->alpha)) return Refused(node, "its slope is not a finite number");
  const auto* clamp = std::get_if<ClampAttributes>(&node.attributes);
  if (clamp != nullptr && !(clamp->lo <= clamp->hi)) return Refused(node, "its lower end is not below its upper end");
  const Scales s = ScalesOf(graph.tensor(node.inputs[0]), graph.tensor(node.outputs[0]));
  if (graph.arithmetic == Arithmetic::kTflite) return Tflite(node, s);
  return Real(node, s);
}

Table RescaleTable(Arithmetic arithmetic, const Tensor& from, const Tensor& to) {
  const Scales s = ScalesOf(from, to);
  if (arithmetic == Arithmetic::kSingleRounding) return RealTable(s, [](double x) { return x; });
  return Requantized(s, tflite::QuantizeMultiplier(static_cast<double>(s.in) / static_cast<double>(s.out)));
}

}  // namespace linnet::graph
