#include "linnet/graph/fixed_point.h"

#include <bit>
#include <cmath>
#include <limits>

#include "linnet/base/check.h"

namespace linnet::graph {
namespace {

int8_t ClampedByte(double value) {
  // Written so that NaN becomes the low end instead of undefined behaviour.
  if (!(value > -128.0)) return -128;
  if (value > 127.0) return 127;
  return static_cast<int8_t>(value);
}

double RoundHalfAway(double value) { return value < 0 ? -std::floor(-value + 0.5) : std::floor(value + 0.5); }

// 2^k for k in -1022..1023, by its bits.
double PowerOfTwo(int k) { return std::bit_cast<double>(static_cast<uint64_t>(k + 1023) << 52); }

template <typename Function>
std::array<int8_t, 256> TableOf(float input_scale, int32_t input_zero_point, float output_scale,
                                int32_t output_zero_point, Function function) {
  std::array<int8_t, 256> table;
  for (int i = 0; i < 256; ++i) {
    const double real = static_cast<double>(input_scale) * (i - 128 - input_zero_point);
    table[static_cast<size_t>(i)] =
        ClampedByte(RoundHalfAway(function(real) / static_cast<double>(output_scale)) + output_zero_point);
  }
  return table;
}

}  // namespace

Multiplier QuantizeMultiplier(double real) {
  if (!(real > 0)) return {};
  LINNET_CHECK(real < 1073741824.0);
  int exponent = 0;
  const double fraction = std::frexp(real, &exponent);  // real = fraction * 2^exponent, fraction in [0.5, 1)
  auto multiplier = static_cast<int64_t>(RoundHalfAway(fraction * 2147483648.0));
  if (multiplier == int64_t{1} << 31) {  // 0.99999999999 rounds up to the next power of two
    multiplier /= 2;
    ++exponent;
  }
  const int shift = 31 - exponent;
  if (shift > 62) return {};  // |acc| * real < 1/2 for every int32 acc but the extreme
  return {static_cast<int32_t>(multiplier), shift};
}

AddMultipliers QuantizeAddMultipliers(double real_a, double real_b) {
  const double a = std::fabs(real_a);
  const double b = std::fabs(real_b);
  const Multiplier larger = QuantizeMultiplier(std::max(a, b));
  if (larger.multiplier == 0) return {};
  const auto scaled = [&](double real) {
    // The other operand may round up to 2^31 as well; one less is exact to 5e-10.
    const double value = RoundHalfAway(std::ldexp(std::fabs(real), larger.shift));
    const auto magnitude = static_cast<int32_t>(std::min(value, 2147483647.0));
    return real < 0 ? -magnitude : magnitude;
  };
  return {scaled(real_a), scaled(real_b), larger.shift};
}

ClampRange ActivationRange(Activation activation, float scale, int32_t zero_point) {
  ClampRange range;
  if (activation == Activation::kNone) return range;
  range.lo = std::clamp(zero_point, -128, 127);
  if (activation == Activation::kRelu6) range.hi = QuantizeValue(6.0F, scale, zero_point);
  if (activation == Activation::kReluN1To1) {
    range.lo = QuantizeValue(-1.0F, scale, zero_point);
    range.hi = QuantizeValue(1.0F, scale, zero_point);
  }
  return range;
}

std::array<uint32_t, 256> SoftmaxTable(float scale) {
  std::array<uint32_t, 256> table;
  for (int d = 0; d < 256; ++d) {
    table[static_cast<size_t>(d)] =
        static_cast<uint32_t>(std::floor(Exp(-d * static_cast<double>(scale)) * 1048576.0 + 0.5));
  }
  return table;
}

std::array<int8_t, 256> SigmoidTable(float input_scale, int32_t input_zero_point) {
  return TableOf(input_scale, input_zero_point, kSigmoidOutputScale, kSigmoidOutputZeroPoint,
                 [](double x) { return 1.0 / (1.0 + Exp(-x)); });
}

std::array<int8_t, 256> TanhTable(float input_scale, int32_t input_zero_point) {
  return TableOf(input_scale, input_zero_point, kTanhOutputScale, kTanhOutputZeroPoint,
                 [](double x) { return 1.0 - 2.0 / (Exp(2.0 * x) + 1.0); });
}

int8_t QuantizeValue(float real, float scale, int32_t zero_point) {
  return ClampedByte(RoundHalfAway(static_cast<double>(real) / static_cast<double>(scale)) + zero_point);
}

double Exp(double x) {
  if (x != x) return x;
  if (x < -745.0) return 0.0;
  if (x > 709.7) return std::numeric_limits<double>::infinity();
  // x = k ln 2 + r, |r| <= ln 2 / 2; ln 2 in two parts so that k * high is exact.
  constexpr double kLog2E = 1.4426950408889634;
  constexpr double kLn2High = 6.93147180369123816490e-01;
  constexpr double kLn2Low = 1.90821492927058770002e-10;
  const double k = std::floor(x * kLog2E + 0.5);
  const double r = (x - k * kLn2High) - k * kLn2Low;
  double sum = 1.0;  // Taylor by Horner: r^14 / 14! < 5e-18
  for (int i = 14; i >= 1; --i) sum = 1.0 + sum * r / i;
  const int exponent = static_cast<int>(k);
  if (exponent < -1000) return sum * PowerOfTwo(exponent + 100) * PowerOfTwo(-100);
  if (exponent > 1000) return sum * PowerOfTwo(exponent - 100) * PowerOfTwo(100);
  return sum * PowerOfTwo(exponent);
}

bool KeepsScale(OpKind op) {
  switch (op) {
    case OpKind::kMaxPool:
    case OpKind::kAveragePool:
    case OpKind::kMean:
    case OpKind::kReshape:
    case OpKind::kPad:
    case OpKind::kRelu:
    case OpKind::kRelu6:
    case OpKind::kMaximum:
    case OpKind::kMinimum: return true;
    default: return false;
  }
}

}  // namespace linnet::graph
