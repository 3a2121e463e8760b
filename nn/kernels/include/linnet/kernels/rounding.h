// TensorFlow Lite's fixed-point multiplication with its two roundings, as gemmlowp defines it: the doubled high half of a
// product, rounded, then a division by a power of two, rounded again. One form for both twins: dsp.h says what each
// instruction does.
#pragma once

#include <cstdint>

#include "linnet/kernels/dsp.h"

namespace linnet::kernels {

// (x * multiplier + 2^30) >> 31, which is gemmlowp's SaturatingRoundingDoublingHighMul for a multiplier >= 0.
[[gnu::always_inline]] inline int32_t DoublingHigh(int32_t x, int32_t multiplier) {
  return static_cast<int32_t>((int64_t{x} * multiplier + (int64_t{1} << 30)) >> 31);
}

// The same in one instruction: SMMLAR multiplies by 2 * multiplier - 2^32 and adds x * 2^32.
// REQUIRES: multiplier in [2^30, 2^31), or 0 as kZeroReduced (x - x = 0 needs -2^32, which no register holds).
constexpr int32_t Reduced(int32_t multiplier) { return static_cast<int32_t>(2 * static_cast<uint32_t>(multiplier)); }
[[gnu::always_inline]] inline int32_t DoublingHighReduced(int32_t x, int32_t reduced) {
  return dsp::Smmlar(x, reduced, x);
}

// x / 2^shift, halves away from zero (gemmlowp's RoundingDivideByPOT), for every x. REQUIRES: shift 0..31.
[[gnu::always_inline]] inline int32_t RoundingShift(int32_t x, int shift) {
  const auto mask = static_cast<int32_t>((1U << shift) - 1);
  return (x >> shift) + ((x & mask) > (mask >> 1) + (x < 0 ? 1 : 0) ? 1 : 0);
}

// A multiplier of TensorFlow Lite: real = multiplier * 2^(left - right - 31), one of left and right is 0.
struct TwiceMultiplier {
  int32_t multiplier = 0;  // 0 or in [2^30, 2^31)
  int8_t left = 0;
  int8_t right = 0;
};

// MultiplyByQuantizedMultiplier. REQUIRES: x * 2^left fits 32 bits.
[[gnu::always_inline]] inline int32_t ScaleTwice(int32_t x, const TwiceMultiplier& m) {
  const int32_t high = DoublingHigh(static_cast<int32_t>(static_cast<uint32_t>(x) << m.left), m.multiplier);
  return RoundingShift(high, m.right);
}

}  // namespace linnet::kernels
