// Reciprocal and logarithm in gemmlowp's fixed point, as TensorFlow Lite's softmax and log-softmax use them. Qm.n: m bits before
// and n after the point, and a sign. Called once a row.
#pragma once

#include <cstdint>

#include "linnet/kernels/rounding.h"

namespace linnet::kernels {

inline int32_t WrappingSum(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}
inline int32_t Saturated(int64_t x) {
  return static_cast<int32_t>(x > 0x7FFFFFFF ? 0x7FFFFFFF : x < -0x80000000LL ? -0x80000000LL : x);
}
inline int32_t HalfSum(int32_t a, int32_t b) {
  const int64_t sum = int64_t{a} + b;
  return static_cast<int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
}

// 1 / (1 + x), x in 0..1, both Q0.31: three steps of Newton's division from 48/17 - 32/17 * (1 + x) / 2.
inline int32_t ReciprocalOfOnePlus(int32_t x) {
  const int32_t half = HalfSum(x, 0x7FFFFFFF);
  int32_t guess = WrappingSum(1515870810, DoublingHigh(half, -1010580540));  // Q2.29
  for (int i = 0; i < 3; ++i) {
    const int32_t error = WrappingSum(1 << 29, -DoublingHigh(half, guess));
    guess = WrappingSum(guess, Saturated(int64_t{DoublingHigh(guess, error)} * 4));
  }
  return Saturated(int64_t{guess} * 2);
}

// ln x for x >= 1 in Q12.19, the result in Q5.26. x = 2^power * r with r about 2^(-1/4), found twice: by the leading zeros of x and
// by those of x times the root of a half; then a rational function of r.
[[gnu::noinline]] inline int32_t LogOfSum(int32_t x) {
  constexpr int32_t kLog2 = 1488522236;
  constexpr int32_t kFourthRootOfHalf = 1805811301;
  constexpr int32_t kRootOfHalf = 1518500250;
  constexpr int32_t kQuarter = 1 << 23;  // in Q6.25, in which the powers are held
  const int zeros_a = __builtin_clz(static_cast<uint32_t>(x));
  const int32_t r_a = Saturated(int64_t{DoublingHigh(x * (1 << (zeros_a - 1)), kRootOfHalf)} * 2);
  const int32_t power_a = (12 - zeros_a) * (1 << 25) + kQuarter;
  const int zeros_b = __builtin_clz(static_cast<uint32_t>(DoublingHigh(x, kRootOfHalf))) - 1;
  const int32_t r_b = Saturated(int64_t{x} * (1 << zeros_b));
  const int32_t power_b = (12 - zeros_b) * (1 << 25) - kQuarter;
  const int32_t r = r_a < r_b ? r_a : r_b;
  const int32_t power = power_a > power_b ? power_a : power_b;

  const int32_t p = HalfSum(r, kFourthRootOfHalf);
  const int32_t half_q = r - kFourthRootOfHalf;
  const int32_t q = WrappingSum(half_q, half_q);
  const int32_t q2 = DoublingHigh(q, q);
  constexpr int32_t kAlphaN = 117049297;   // 11/240 * 2^(1/4)
  constexpr int32_t kAlphaD = 127690142;   // 1/20 * 2^(1/4)
  constexpr int32_t kAlphaI = 1057819769;  // 2 / 2^(1/4) - 2^(1/4)
  constexpr int32_t kAlphaF = 638450708;   // 1/4 * 2^(1/4)
  const int32_t numerator = WrappingSum(DoublingHigh(q, r), DoublingHigh(DoublingHigh(q, q2), kAlphaN));
  const int32_t inner = WrappingSum(WrappingSum(kAlphaI, q), DoublingHigh(kAlphaD, q2));
  const int32_t denominator = WrappingSum(DoublingHigh(p, inner), DoublingHigh(kAlphaF, q));
  const int32_t quotient = DoublingHigh(RoundingShift(numerator, 6), ReciprocalOfOnePlus(denominator));
  return Saturated(int64_t{WrappingSum(DoublingHigh(power, kLog2), quotient)} * 2);
}

}  // namespace linnet::kernels
