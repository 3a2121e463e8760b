#include "float_functions.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>

namespace linnet::reference {
namespace {

constexpr float kLn2High = 0.693145752F;    // the 15 leading bits of ln 2
constexpr float kLn2Low = 1.42860677e-06F;  // and the rest
constexpr float kInfinity = std::numeric_limits<float>::infinity();

float TwoTo(int n) { return std::bit_cast<float>(static_cast<uint32_t>(n + 127) << 23); }

// e^x = 2^n * (1 + rest)
struct Reduced {
  int n;
  float rest;
};

Reduced Reduce(float x) {
  const float scaled = x * 1.44269504F;
  const int n = static_cast<int>(x < 0 ? scaled - 0.5F : scaled + 0.5F);
  const auto k = static_cast<float>(n);
  const float r = (x - k * kLn2High) - k * kLn2Low;
  float taylor = 1.0F / 5040;
  for (const float coefficient : {1.0F / 720, 1.0F / 120, 1.0F / 24, 1.0F / 6, 1.0F / 2})
    taylor = taylor * r + coefficient;
  return {n, (taylor * r) * r + r};
}

}  // namespace

float Exp(float x) {
  if (std::isnan(x)) return x;
  if (x > 89.0F) return kInfinity;
  if (x < -104.0F) return 0;
  const Reduced e = Reduce(x);
  const int first = e.n / 2;
  const float once = (e.rest + 1.0F) * TwoTo(first);
  return once * TwoTo(e.n - first);
}

float Log(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  int n = static_cast<int>(bits >> 23) - 127;
  auto m = std::bit_cast<float>((bits & 0x007FFFFFU) | 0x3F800000U);  // 1..2
  if (m > 1.41421354F) {
    m *= 0.5F;
    ++n;
  }
  const float s = (m - 1) / (m + 1);
  const float z = s * s;
  float series = 2.0F / 9;
  for (const float coefficient : {2.0F / 7, 2.0F / 5, 2.0F / 3}) series = series * z + coefficient;
  const auto k = static_cast<float>(n);
  const float small = (series * z) * s + k * kLn2Low;
  return k * kLn2High + (2 * s + small);
}

float Logistic(float x) {
  if (std::isnan(x)) return x;
  if (x >= 0) return 1 / (1 + Exp(-x));
  const float e = Exp(x);
  return e / (1 + e);
}

float Tanh(float x) {
  if (std::isnan(x)) return x;
  const float magnitude = x < 0 ? -x : x;
  if (!(magnitude < 10)) return x < 0 ? -1 : 1;
  const Reduced e = Reduce(2 * magnitude);
  const float power = TwoTo(e.n);
  const float minus_one = power * e.rest + (power - 1);
  const float value = minus_one / (minus_one + 2);
  return x < 0 ? -value : value;
}

}  // namespace linnet::reference
