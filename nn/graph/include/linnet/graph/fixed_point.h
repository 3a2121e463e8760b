// The integer arithmetic of our own quantised networks, defined once: the quantiser chooses the numbers with it, the int8
// interpreter runs it as written here, and generated kernels must give the same bits on every target.
// Single rounding: one product of 64 bits, one add of a half, one arithmetic shift. Host only; pure functions.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "linnet/graph/graph.h"

namespace linnet::graph {

// real = multiplier * 2^-shift, multiplier 0 or in [2^30, 2^31), shift in 1..62 (31..62 for every real < 1).
struct Multiplier {
  int32_t multiplier = 0;
  int shift = 31;
  bool operator==(const Multiplier&) const = default;
};

// The nearest Multiplier. A `real` of zero (a channel whose weights are all zero), NaN, or so small that no 32-bit
// accumulator could reach one step gives multiplier 0.
// REQUIRES: real < 2^30.
Multiplier QuantizeMultiplier(double real);

// clamp(zero_point + round(acc * real), lo, hi), halves rounded up (towards plus infinity).
inline int8_t Requantize(int32_t acc, Multiplier m, int32_t zero_point, int32_t lo = -128, int32_t hi = 127) {
  const int64_t half = int64_t{1} << (m.shift - 1);
  const int64_t value = zero_point + ((int64_t{acc} * m.multiplier + half) >> m.shift);
  return static_cast<int8_t>(std::clamp<int64_t>(value, lo, hi));
}

// Add and subtract: both operands brought to the output's scale with one common shift, summed in 64 bits, rounded once:
//   out = clamp(zero_point + (((qa - za) * a + (qb - zb) * b + 2^(shift-1)) >> shift))
// The larger of |real_a|, |real_b| has a multiplier in [2^30, 2^31); for a - b pass -real_b.
struct AddMultipliers {
  int32_t a = 0;
  int32_t b = 0;
  int shift = 31;
  bool operator==(const AddMultipliers&) const = default;
};
AddMultipliers QuantizeAddMultipliers(double real_a, double real_b);

inline int8_t RequantizeSum(int32_t a, int32_t b, AddMultipliers m, int32_t zero_point, int32_t lo = -128,
                            int32_t hi = 127) {
  const int64_t half = int64_t{1} << (m.shift - 1);
  const int64_t value = zero_point + ((int64_t{a} * m.a + int64_t{b} * m.b + half) >> m.shift);
  return static_cast<int8_t>(std::clamp<int64_t>(value, lo, hi));
}

// Average pool and mean: the sum of `count` int8 values (padding left out of both) divided, halves rounded away from zero,
// as TensorFlow Lite does. Input and output share scale and zero point, so the zero point cancels.
inline int8_t RoundedAverage(int32_t sum, int32_t count) {
  return static_cast<int8_t>(sum >= 0 ? (sum + count / 2) / count : (sum - count / 2) / count);
}

// Where a fused activation clamps the int8 output: {lo, hi}.
struct ClampRange {
  int32_t lo = -128;
  int32_t hi = 127;
  bool operator==(const ClampRange&) const = default;
};
ClampRange ActivationRange(Activation activation, float scale, int32_t zero_point);

// Softmax over the last dimension. table[d] = round(exp(-d * scale) * 2^20), d = max - q in 0..255; then with `sum` the
// 64-bit sum of the table's values over the row:
//   out = min(127, int((uint64(table[d]) * 256 + sum / 2) / sum) - 128),   output scale 1/256, zero point -128.
inline constexpr float kSoftmaxOutputScale = 1.0F / 256;
inline constexpr int32_t kSoftmaxOutputZeroPoint = -128;
std::array<uint32_t, 256> SoftmaxTable(float scale);

inline int8_t SoftmaxValue(uint32_t table_value, uint64_t sum) {
  const auto share = static_cast<int64_t>((uint64_t{table_value} * 256 + sum / 2) / sum);
  return static_cast<int8_t>(std::min<int64_t>(127, share - 128));
}

// Sigmoid and tanh are tables too: out = table[q + 128]. Output scale 1/256 and zero point -128, or 1/128 and 0.
inline constexpr float kSigmoidOutputScale = 1.0F / 256;
inline constexpr int32_t kSigmoidOutputZeroPoint = -128;
inline constexpr float kTanhOutputScale = 1.0F / 128;
inline constexpr int32_t kTanhOutputZeroPoint = 0;
std::array<int8_t, 256> SigmoidTable(float input_scale, int32_t input_zero_point);
std::array<int8_t, 256> TanhTable(float input_scale, int32_t input_zero_point);

// Operators whose int8 output has the scale and zero point of their input: they compare or copy numbers as they are.
bool KeepsScale(OpKind op);

// round(real / scale) + zero_point, clamped to int8; halves away from zero. How float inputs become int8.
int8_t QuantizeValue(float real, float scale, int32_t zero_point);

// e^x with the same bits on every host (basic IEEE operations only, never libm). Relative error below 1e-14;
// 0 below -745, infinity above 709.7.
double Exp(double x);

}  // namespace linnet::graph
