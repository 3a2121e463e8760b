// Exponential, logarithm, sigmoid and tanh of single-precision floats: the same bits on every target, because nothing but
// IEEE additions, subtractions, multiplications, divisions, comparisons and conversions is used, in the order in which it
// stands here. Compile with -ffp-contract=off; never with -ffast-math. Bits of a NaN are not part of the promise.
// The float interpreter of nn/reference computes the same sequences by itself; a test there compares the bits. Error bounds are
// in units of the last place of the true result and are tested against long double over the whole range (float_math_test.cc).
// No C library, no tables.
//
// Exp: x = n ln 2 + r with n the nearest integer and |r| <= ln 2 / 2 (ln 2 in two parts, the first with 15 bits, so that
// n * high is exact), e^r - 1 by the Taylor polynomial of degree 7 (remainder below 2^-27), scaled by 2^n in two steps so that
// results below the normal range round once more. Log: x = 2^n m, m in [sqrt(1/2), sqrt(2)), ln m = 2 artanh((m - 1) / (m + 1)).
#pragma once

#include <cstdint>

namespace linnet::kernels {

inline float FloatOfBits(uint32_t bits) {
  float value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}
inline uint32_t BitsOfFloat(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits;
}

// 2^n. REQUIRES: n in -126..127.
inline float FloatPowerOfTwo(int n) { return FloatOfBits(static_cast<uint32_t>(n + 127) << 23); }

// e^x = 2^exponent * (1 + rest), |rest| < 0.42.
struct FloatExpParts {
  int exponent;
  float rest;
};
// REQUIRES: |x| < 150.
inline FloatExpParts SplitFloatExp(float x) {
  constexpr float kLog2E = 1.44269504F;
  constexpr float kLn2High = 0.693145752F;  // 0x3F317200: the 15 leading bits
  constexpr float kLn2Low = 1.42860677e-06F;
  const int n = static_cast<int>(x * kLog2E + (x < 0 ? -0.5F : 0.5F));
  const float k = static_cast<float>(n);
  const float r = (x - k * kLn2High) - k * kLn2Low;
  float p = 1.0F / 5040;
  p = p * r + 1.0F / 720;
  p = p * r + 1.0F / 120;
  p = p * r + 1.0F / 24;
  p = p * r + 1.0F / 6;
  p = p * r + 0.5F;
  return {n, (p * r) * r + r};
}

// e^x within 1.1 units of the last place; infinity above 88.7228, 0 below -104.
inline float FloatExp(float x) {
  if (x != x) return x;
  if (x > 89.0F) return FloatOfBits(0x7F800000U);
  if (x < -104.0F) return 0.0F;
  const FloatExpParts e = SplitFloatExp(x);
  const int half = e.exponent / 2;
  return ((e.rest + 1.0F) * FloatPowerOfTwo(half)) * FloatPowerOfTwo(e.exponent - half);
}

// 1 / (1 + e^-x) within 3 units of the last place.
inline float FloatSigmoid(float x) {
  if (x != x) return x;
  if (x < 0) {
    const float e = FloatExp(x);
    return e / (1.0F + e);
  }
  return 1.0F / (1.0F + FloatExp(-x));
}

// Within 3 units of the last place: (e^2x - 1) / (e^2x + 1) with e^2x - 1 = 2^n rest + (2^n - 1), which loses nothing near 0.
inline float FloatTanh(float x) {
  if (x != x) return x;
  const float positive = x < 0 ? -x : x;
  float value = 1.0F;
  if (positive < 10.0F) {
    const FloatExpParts e = SplitFloatExp(2.0F * positive);
    const float power = FloatPowerOfTwo(e.exponent);
    const float minus_one = power * e.rest + (power - 1.0F);
    value = minus_one / (minus_one + 2.0F);
  }
  return x < 0 ? -value : value;
}

// ln x within 1.5 units of the last place where x is outside 0.5..2, within 2^-24 * 1.5 else. REQUIRES: x is positive, finite and
// not below 2^-126.
inline float FloatLog(float x) {
  constexpr float kLn2High = 0.693145752F;
  constexpr float kLn2Low = 1.42860677e-06F;
  const uint32_t bits = BitsOfFloat(x);
  int n = static_cast<int>(bits >> 23) - 127;
  float m = FloatOfBits((bits & 0x7FFFFFU) | 0x3F800000U);
  if (m > 1.41421354F) {
    m = m * 0.5F;
    n = n + 1;
  }
  const float s = (m - 1.0F) / (m + 1.0F);
  const float z = s * s;
  float p = 2.0F / 9;
  p = p * z + 2.0F / 7;
  p = p * z + 2.0F / 5;
  p = p * z + 2.0F / 3;
  const float k = static_cast<float>(n);
  return k * kLn2High + (2.0F * s + ((p * z) * s + k * kLn2Low));
}

}  // namespace linnet::kernels
