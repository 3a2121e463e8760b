// The transcendental functions of TensorFlow Lite Micro's int8 kernels, after gemmlowp's fixedpoint.h and lite's common.h.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "linnet/base/check.h"
#include "linnet/graph/tflite_arithmetic.h"

namespace linnet::graph::tflite {
namespace {

constexpr int32_t kMax = std::numeric_limits<int32_t>::max();
constexpr int32_t kMin = std::numeric_limits<int32_t>::min();
constexpr int32_t kOneQ31 = kMax;     // the nearest to 1 that Q0.31 has
constexpr int32_t kOneQ29 = 1 << 29;  // 1 in Q2.29

int32_t Mul(int32_t a, int32_t b) { return SaturatingRoundingDoublingHighMul(a, b); }
int32_t Add(int32_t a, int32_t b) { return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b)); }
int32_t Sub(int32_t a, int32_t b) { return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b)); }
int32_t Saturated(int64_t x) { return static_cast<int32_t>(std::clamp<int64_t>(x, kMin, kMax)); }

// x * 2^bits, saturating from half a step before the end on, as gemmlowp does. REQUIRES: 0 <= bits <= 31.
int32_t SaturatingShiftLeft(int32_t x, int bits) {
  if (bits == 0) return x;
  const int64_t threshold = (int64_t{1} << (31 - bits)) - 1;
  if (x > threshold) return kMax;
  if (x < -threshold) return kMin;
  return static_cast<int32_t>(static_cast<uint32_t>(x) << bits);
}

int32_t HalfSum(int32_t a, int32_t b) {
  const int64_t sum = int64_t{a} + b;
  return static_cast<int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
}

// e^x for x in [-1/4, 0), Q0.31: a Taylor polynomial of degree 4 about -1/8.
int32_t ExpAboutMinusEighth(int32_t x) {
  constexpr int32_t kExpMinusEighth = 1895147668;
  constexpr int32_t kThird = 715827883;
  const int32_t t = Add(x, 1 << 28);
  const int32_t t2 = Mul(t, t);
  const int32_t t3 = Mul(t2, t);
  const int32_t t4 = Mul(t2, t2);
  const int32_t rest = RoundingDivideByPOT(Add(Mul(Add(RoundingDivideByPOT(t4, 2), t3), kThird), t2), 1);
  return Add(kExpMinusEighth, Mul(kExpMinusEighth, Add(t, rest)));
}

// 2 / (1 + x) in Q2.29 by three steps of Newton's division.
int32_t TwoOverOnePlus(int32_t x) {
  constexpr int32_t k48Over17 = 1515870810;
  constexpr int32_t kMinus32Over17 = -1010580540;
  const int32_t half_denominator = HalfSum(x, kOneQ31);
  int32_t result = Add(k48Over17, Mul(half_denominator, kMinus32Over17));
  for (int i = 0; i < 3; ++i) {
    const int32_t error = Sub(kOneQ29, Mul(half_denominator, result));
    result = Add(result, SaturatingShiftLeft(Mul(result, error), 2));  // the product is Q4.27
  }
  return result;
}

// One segment of the int16 functions: between table values u and u + 1, `bits` bits of position in `t`; a value of 16 + bits bits.
uint32_t Interpolate(uint32_t t, int bits) {
  static const std::array<uint16_t, 256> kTable = SigmoidTable16();
  const uint32_t u = t >> bits;
  LINNET_CHECK(u < 255);
  const uint32_t a = kTable[u];
  const uint32_t b = kTable[u + 1];
  return (a << bits) + (t & ((1U << bits) - 1)) * (b - a);
}

}  // namespace

int32_t SaturatingRoundingDoublingHighMul(int32_t a, int32_t b) {
  if (a == b && a == kMin) return kMax;
  const int64_t product = int64_t{a} * b;
  const int64_t nudge = product >= 0 ? int64_t{1} << 30 : 1 - (int64_t{1} << 30);
  return static_cast<int32_t>((product + nudge) / (int64_t{1} << 31));  // towards zero
}

int32_t RoundingDivideByPOT(int32_t x, int exponent) {
  const int64_t mask = (int64_t{1} << exponent) - 1;
  const int64_t remainder = x & mask;
  const int64_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return static_cast<int32_t>((int64_t{x} >> exponent) + (remainder > threshold ? 1 : 0));
}

int32_t ExpOnNegativeValues(int32_t x, int integer_bits) {
  LINNET_CHECK(x <= 0 && (integer_bits == 4 || integer_bits == 5));
  if (x == 0) return kOneQ31;
  const int fraction_bits = 31 - integer_bits;
  const int32_t quarter = 1 << (fraction_bits - 2);
  const int32_t below_quarter = (x & (quarter - 1)) - quarter;  // x modulo 1/4, in [-1/4, 0)
  int32_t result = ExpAboutMinusEighth(SaturatingShiftLeft(below_quarter, integer_bits));
  const int32_t rest = Sub(below_quarter, x);  // a multiple of 1/4: e^(-1/4), e^(-1/2), e^-1 ...
  constexpr int32_t kFactors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  for (int i = 0; i < integer_bits + 2; ++i) {
    if ((rest & (quarter << i)) != 0) result = Mul(result, kFactors[i]);
  }
  return result;
}

int32_t ReciprocalOfOnePlus(int32_t x) { return SaturatingShiftLeft(TwoOverOnePlus(x), 1); }

int32_t Logistic(int32_t x) {
  if (x == 0) return 1 << 30;
  const int32_t of_magnitude = ReciprocalOfOnePlus(ExpOnNegativeValues(x > 0 ? Sub(0, x) : x, 4));
  return x > 0 ? of_magnitude : kOneQ31 - of_magnitude;
}

int32_t Tanh(int32_t x) {
  if (x == 0) return 0;
  // The same number read as Q5.26 is 2x: tanh x = (1 - e^-2x) / (1 + e^-2x) = 2 / (1 + e^-2x) - 1.
  const int32_t shares = TwoOverOnePlus(ExpOnNegativeValues(x > 0 ? Sub(0, x) : x, 5));
  const int32_t of_magnitude = SaturatingShiftLeft(Sub(shares, kOneQ29), 2);
  return x > 0 ? of_magnitude : Sub(0, of_magnitude);
}

int32_t LogOfSum(int32_t x) {
  LINNET_CHECK(x > 0);
  constexpr int kIntegerBits = 12;
  constexpr int kResultBits = 6;  // one more than the result's, against saturation
  constexpr int32_t kLog2 = 1488522236;
  constexpr int32_t kFourthRootOfHalf = 1805811301;
  constexpr int32_t kRootOfHalf = 1518500250;
  constexpr int32_t kAlphaN = 117049297;   // 11/240 * 2^(1/4)
  constexpr int32_t kAlphaD = 127690142;   // 1/20 * 2^(1/4)
  constexpr int32_t kAlphaI = 1057819769;  // 2 / 2^(1/4) - 2^(1/4)
  constexpr int32_t kAlphaF = 638450708;   // 1/4 * 2^(1/4)
  constexpr int32_t kQuarter = 1 << (31 - kResultBits - 2);

  // x = 2^power * r with r about 2^(-1/4): once by x's own leading zeros, once by those of x times the root of a half.
  const int zeros_a = std::countl_zero(static_cast<uint32_t>(x));
  const int32_t r_a = SaturatingShiftLeft(Mul(SaturatingShiftLeft(x, zeros_a - 1), kRootOfHalf), 1);
  const int32_t power_a = Saturated(int64_t{SaturatingShiftLeft(kIntegerBits - zeros_a, 31 - kResultBits)} + kQuarter);
  const int zeros_b = std::countl_zero(static_cast<uint32_t>(Mul(x, kRootOfHalf))) - 1;
  const int32_t r_b = SaturatingShiftLeft(x, zeros_b);
  const int32_t power_b = Saturated(int64_t{SaturatingShiftLeft(kIntegerBits - zeros_b, 31 - kResultBits)} - kQuarter);
  const int32_t r = std::min(r_a, r_b);
  const int32_t power = std::max(power_a, power_b);

  const int32_t p = HalfSum(r, kFourthRootOfHalf);
  const int32_t half_q = Sub(r, kFourthRootOfHalf);
  const int32_t q = Add(half_q, half_q);
  const int32_t q2 = Mul(q, q);
  const int32_t numerator = Add(Mul(q, r), Mul(Mul(q, q2), kAlphaN));
  const int32_t denominator = Add(Mul(p, Add(Add(kAlphaI, q), Mul(kAlphaD, q2))), Mul(kAlphaF, q));
  const int32_t quotient = Mul(RoundingDivideByPOT(numerator, kResultBits), ReciprocalOfOnePlus(denominator));
  return SaturatingShiftLeft(Add(Mul(power, kLog2), quotient), 1);
}

std::array<uint16_t, 256> SigmoidTable16() {
  // TensorFlow Lite's table is one above the nearest value where these bits are set (bit i % 64 of word i / 64).
  constexpr uint64_t kAbove[] = {0xc0467baefa7bd110, 0x0011009020440005, 0x80, 0x8000000000000000};
  std::array<uint16_t, 256> table;
  for (size_t i = 0; i < table.size(); ++i) {
    const double nearest = std::floor(65536.0 / (1.0 + Exp(-static_cast<double>(i) / 24.0)) + 0.5);
    table[i] = static_cast<uint16_t>(nearest + static_cast<double>((kAbove[i / 64] >> (i % 64)) & 1));
  }
  return table;
}

int16_t Sigmoid16(int16_t x) {
  const int32_t t = x * 3;
  const auto magnitude = static_cast<uint32_t>(t < 0 ? -t : t);
  auto value = static_cast<int32_t>((magnitude >> 9) >= 255 ? 32767U << 10 : Interpolate(magnitude, 9));
  if (t < 0) value = (1 << 25) - value - 1;
  return static_cast<int16_t>((value + 512) >> 10);
}

int16_t Tanh16(int16_t x, int left_shift) {
  LINNET_CHECK(left_shift >= -15 && left_shift <= 14);
  const int32_t half = left_shift < 0 ? 1 << (-left_shift - 1) : 0;
  const int32_t t = left_shift < 0 ? (x * 3 + half) >> -left_shift : (x * 3) * (1 << left_shift);
  const auto magnitude = static_cast<uint32_t>(t < 0 ? -t : t);
  auto value = static_cast<int32_t>((magnitude >> 8) >= 255 ? 65535U << 8 : Interpolate(magnitude, 8)) - (1 << 23);
  if (t < 0) value = -value - 1;
  return static_cast<int16_t>((value + 128) >> 8);
}

}  // namespace linnet::graph::tflite
