// Sums, products and extremes against their definitions over random operands, scales and ways of broadcasting. Every failure
// prints the seed; LINNET_TEST_SEED=n runs that seed alone.
#include "linnet/kernels/arithmetic.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "linnet/kernels/cortex_m4.h"
#include "linnet/kernels/portable.h"
#include "random_cases.h"

namespace linnet::kernels {
namespace {

// gemmlowp's definitions, written with its truncating division and its threshold.
int32_t DoublingHighDefined(int32_t a, int32_t b) {
  const int64_t product = int64_t{a} * b;
  const int64_t nudge = product >= 0 ? int64_t{1} << 30 : 1 - (int64_t{1} << 30);
  return static_cast<int32_t>((product + nudge) / (int64_t{1} << 31));
}
int32_t RoundingShiftDefined(int32_t x, int shift) {
  const auto half = std::ldexp(0.5, shift);
  const double quotient = (x >= 0 ? x + half : x - half) / std::ldexp(1.0, shift);
  return static_cast<int32_t>(std::trunc(quotient));
}

TEST(Rounding, OneInstructionFormsEqualTheDefinitions) {
  std::mt19937 rng(1);
  for (int i = 0; i < 200000; ++i) {
    const auto x = static_cast<int32_t>(rng()) >> Pick(rng, 1, 24);
    const int32_t multiplier = Pick(rng, 1 << 30, 0x7FFFFFFF);
    const int shift = Pick(rng, 1, 31);
    ASSERT_EQ(DoublingHigh(x, multiplier), DoublingHighDefined(x, multiplier)) << x << " " << multiplier;
    ASSERT_EQ(DoublingHighReduced(x, Reduced(multiplier)), DoublingHighDefined(x, multiplier))
        << x << " " << multiplier;
    ASSERT_EQ(RoundingShift(x / 2, shift), RoundingShiftDefined(x / 2, shift)) << x / 2 << " " << shift;
    const TwiceMultiplier m{multiplier, 0, static_cast<int8_t>(shift)};
    ASSERT_EQ(ScaleTwice(x, m), RoundingShiftDefined(DoublingHighDefined(x, multiplier), shift));
    const TwiceMultiplier left{multiplier, 3, 0};
    ASSERT_EQ(ScaleTwice(x / 8, left), DoublingHighDefined(x / 8 * 8, multiplier));
  }
}

// A shape of up to three broadcast dimensions around a run, and where each output element's operands lie.
struct Case {
  BroadcastShape shape;
  Moving moving = Moving::kBoth;
  std::vector<int> a_index, b_index;
  int a_size = 1, b_size = 1;
};

Case RandomCase(std::mt19937& rng) {
  Case c;
  c.shape.run = Pick(rng, 1, 11);
  c.shape.dimensions = Pick(rng, 0, 3);
  c.moving = static_cast<Moving>(Pick(rng, 0, 2));
  const bool a_moves = c.moving != Moving::kB, b_moves = c.moving != Moving::kA;
  c.a_size = a_moves ? c.shape.run : 1;
  c.b_size = b_moves ? c.shape.run : 1;
  for (int d = c.shape.dimensions - 1; d >= 0; --d) {
    c.shape.counts[d] = Pick(rng, 1, 4);
    if (Pick(rng, 0, 1) == 0) c.shape.a_steps[d] = c.a_size, c.a_size *= c.shape.counts[d];
    if (Pick(rng, 0, 1) == 0) c.shape.b_steps[d] = c.b_size, c.b_size *= c.shape.counts[d];
  }
  std::vector<int> a{0}, b{0};
  for (int d = 0; d < c.shape.dimensions; ++d) {
    std::vector<int> a_next, b_next;
    for (size_t i = 0; i < a.size(); ++i) {
      for (int k = 0; k < c.shape.counts[d]; ++k) {
        a_next.push_back(a[i] + k * c.shape.a_steps[d]);
        b_next.push_back(b[i] + k * c.shape.b_steps[d]);
      }
    }
    a = a_next, b = b_next;
  }
  for (size_t i = 0; i < a.size(); ++i) {
    for (int k = 0; k < c.shape.run; ++k) {
      c.a_index.push_back(a[i] + (a_moves ? k : 0));
      c.b_index.push_back(b[i] + (b_moves ? k : 0));
    }
  }
  return c;
}

// Runs Op over a random case and compares with defined(a, b).
template <typename Op, typename Defined>
void ExpectDefined(std::mt19937& rng, const typename Op::Parameters& parameters, Defined defined) {
  const Case c = RandomCase(rng);
  std::vector<int8_t> a(static_cast<size_t>(c.a_size)), b(static_cast<size_t>(c.b_size));
  for (auto& x : a) x = static_cast<int8_t>(Pick(rng, -128, 127));
  for (auto& x : b) x = static_cast<int8_t>(Pick(rng, -128, 127));
  std::vector<int8_t> expected, output(c.a_index.size());
  for (size_t i = 0; i < output.size(); ++i)
    expected.push_back(
        static_cast<int8_t>(defined(a[static_cast<size_t>(c.a_index[i])], b[static_cast<size_t>(c.b_index[i])])));
  switch (c.moving) {
    case Moving::kBoth: Elementwise<Op, Moving::kBoth>(c.shape, parameters, a.data(), b.data(), output.data()); break;
    case Moving::kA: Elementwise<Op, Moving::kA>(c.shape, parameters, a.data(), b.data(), output.data()); break;
    case Moving::kB: Elementwise<Op, Moving::kB>(c.shape, parameters, a.data(), b.data(), output.data()); break;
  }
  ASSERT_EQ(output, expected);
}

struct Range {
  int lo = -128, hi = 127;
};
Range RandomRange(std::mt19937& rng) {
  if (Pick(rng, 0, 1) == 0) return {};
  return {Pick(rng, -128, 0), Pick(rng, 0, 127)};
}

TEST(Arithmetic, SumRoundedOnceEqualsItsDefinition) {
  for (const uint32_t seed : Seeds(400)) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    const int shift = Pick(rng, 12, 53), left = std::max(0, 33 - shift);
    const int32_t ma = Pick(rng, 1 << 30, 0x7FFFFFFF) * (Pick(rng, 0, 1) * 2 - 1),
                  mb = Pick(rng, -0x7FFFFFFF, 0x7FFFFFFF);
    const int za = Pick(rng, -128, 127), zb = Pick(rng, -128, 127), zo = Pick(rng, -128, 127);
    const Range r = RandomRange(rng);
    const int64_t start = (int64_t{1} << (shift + left - 1)) + int64_t{zo} * (int64_t{1} << (shift + left)) -
                          (int64_t{za} * ma + int64_t{zb} * mb) * (int64_t{1} << left);
    const AddOnceParameters p{ma,   mb,  start, static_cast<int8_t>(left), static_cast<int8_t>(shift + left - 32),
                              r.lo, r.hi};
    ExpectDefined<AddOnce>(rng, p, [&](int a, int b) {
      const int64_t sum = int64_t{a - za} * ma + int64_t{b - zb} * mb;
      return std::clamp<int64_t>(zo + ((sum + (int64_t{1} << (shift - 1))) >> shift), r.lo, r.hi);
    });
  }
}

template <SumSign kSign>
void ExpectSumRoundedTwice(uint32_t seed) {
  std::mt19937 rng(seed);
  // The scale of b is at most that of a: a's multiplier is a half, b's at most a half.
  const bool equal_scales = Pick(rng, 0, 3) == 0;
  const int32_t mb = equal_scales ? 1 << 30 : Pick(rng, 1 << 30, 0x7FFFFFFF);
  const int eb = equal_scales ? 0 : Pick(rng, 1, 8);
  const int32_t mo = Pick(rng, 1 << 30, 0x7FFFFFFF);
  const int eo = Pick(rng, 14, 26);
  const int za = Pick(rng, -128, 127), zb = Pick(rng, -128, 127), zo = Pick(rng, -128, 127);
  const Range r = RandomRange(rng);
  const int shift = std::max(eb, 1);
  const AddTwiceParameters p{.a_folded = za * (1 << 19),
                             .b_folded = zb * (1 << 21),
                             .b_multiplier = equal_scales ? 0x7FFFFFFF : mb,
                             .b_half = 1 << (shift - 1),
                             .b_shift = static_cast<int8_t>(shift),
                             .out_shift = static_cast<int8_t>(eo),
                             .out_reduced = Reduced(mo),
                             .out_half = 1 << (eo - 1),
                             .zero_point = zo,
                             .lo = r.lo,
                             .hi = r.hi};
  ExpectDefined<AddTwice<kSign>>(rng, p, [&](int a, int b) {
    const int32_t x = DoublingHighDefined((a - za) * (1 << 20), 1 << 30);
    int32_t y = DoublingHighDefined((b - zb) * (1 << 20), mb);
    if (eb > 0) y = RoundingShiftDefined(y, eb);
    const int32_t sum = kSign == SumSign::kPlus ? x + y : kSign == SumSign::kMinusB ? x - y : y - x;
    return std::clamp(zo + RoundingShiftDefined(DoublingHighDefined(sum, mo), eo), r.lo, r.hi);
  });
}

TEST(Arithmetic, SumRoundedTwiceEqualsItsDefinition) {
  for (const uint32_t seed : Seeds(400)) {
    SCOPED_TRACE(seed);
    ExpectSumRoundedTwice<SumSign::kPlus>(seed);
    ExpectSumRoundedTwice<SumSign::kMinusA>(seed);
    ExpectSumRoundedTwice<SumSign::kMinusB>(seed);
  }
}

template <typename T>
class ArithmeticTwins : public testing::Test {};
using Twins = testing::Types<Portable, CortexM4>;
TYPED_TEST_SUITE(ArithmeticTwins, Twins);

TYPED_TEST(ArithmeticTwins, ProductEqualsItsDefinition) {
  for (const uint32_t seed : Seeds(400)) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    const int za = Pick(rng, -128, 127), zb = Pick(rng, -128, 127), zo = Pick(rng, -128, 127);
    const Range r = RandomRange(rng);
    const int32_t multiplier = Pick(rng, 1 << 30, 0x7FFFFFFF);
    const int shift = Pick(rng, 30, 50);
    ExpectDefined<MultiplyOnce<TypeParam>>(
        rng, {za, zb, multiplier, 0, static_cast<int8_t>(shift), zo, r.lo, r.hi}, [&](int a, int b) {
          const int64_t product = int64_t{(a - za) * (b - zb)} * multiplier;
          return std::clamp<int64_t>(zo + ((product + (int64_t{1} << (shift - 1))) >> shift), r.lo, r.hi);
        });
    const int left = Pick(rng, 0, 3) == 0 ? Pick(rng, 1, 8) : 0, right = left > 0 ? 0 : Pick(rng, 0, 14);
    ExpectDefined<MultiplyTwice>(
        rng, {za, zb, multiplier, static_cast<int8_t>(left), static_cast<int8_t>(right), zo, r.lo, r.hi},
        [&](int a, int b) {
          int32_t value = DoublingHighDefined((a - za) * (b - zb) * (1 << left), multiplier);
          if (right > 0) value = RoundingShiftDefined(value, right);
          return std::clamp(zo + value, r.lo, r.hi);
        });
  }
}

TEST(Arithmetic, AMultiplierOfZeroGivesTheZeroPoint) {
  const BroadcastShape shape{.run = 2};
  const MultiplyParameters p{.multiplier = 0, .left = 0, .shift = 31, .zero_point = 5};
  const int8_t a[2] = {127, -128}, b[2] = {-128, -128};
  int8_t output[2];
  Elementwise<MultiplyTwice, Moving::kBoth>(shape, p, a, b, output);
  EXPECT_EQ(output[0], 5);
  EXPECT_EQ(output[1], 5);
}

TEST(Arithmetic, ExtremesEqualTheirDefinition) {
  for (const uint32_t seed : Seeds(200)) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    ExpectDefined<Extreme<true>>(rng, {}, [](int a, int b) { return std::max(a, b); });
    ExpectDefined<Extreme<false>>(rng, {}, [](int a, int b) { return std::min(a, b); });
  }
}

TEST(Arithmetic, WorksInPlaceOnEitherOperand) {
  const BroadcastShape shape{.run = 7};
  std::vector<int8_t> a{1, -2, 3, -4, 5, -6, 7}, b{9, 9, -9, -9, 0, 0, 1}, out(7);
  Elementwise<Extreme<true>, Moving::kBoth>(shape, {}, a.data(), b.data(), out.data());
  auto first = a, second = b;
  Elementwise<Extreme<true>, Moving::kBoth>(shape, {}, first.data(), b.data(), first.data());
  Elementwise<Extreme<true>, Moving::kBoth>(shape, {}, a.data(), second.data(), second.data());
  EXPECT_EQ(first, out);
  EXPECT_EQ(second, out);
}

}  // namespace
}  // namespace linnet::kernels
