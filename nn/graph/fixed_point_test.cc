#include "linnet/graph/fixed_point.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace linnet::graph {
namespace {

TEST(FixedPoint, MultiplierOfAHalfIsTheSmallestMantissa) {
  EXPECT_EQ(QuantizeMultiplier(0.5), (Multiplier{1 << 30, 31}));
  EXPECT_EQ(QuantizeMultiplier(1.0), (Multiplier{1 << 30, 30}));
  EXPECT_EQ(QuantizeMultiplier(0.25), (Multiplier{1 << 30, 32}));
  EXPECT_EQ(QuantizeMultiplier(0.75), (Multiplier{3 << 29, 31}));
}

TEST(FixedPoint, MultiplierStaysInRangeJustBelowAPowerOfTwo) {
  const Multiplier m = QuantizeMultiplier(std::nextafter(1.0, 0.0));
  EXPECT_EQ(m, (Multiplier{1 << 30, 30}));
}

TEST(FixedPoint, ZeroChannelAndHopelesslySmallScaleGiveZero) {
  EXPECT_EQ(QuantizeMultiplier(0.0).multiplier, 0);
  EXPECT_EQ(QuantizeMultiplier(std::nan("")).multiplier, 0);
  EXPECT_EQ(QuantizeMultiplier(1e-30).multiplier, 0);
  EXPECT_EQ(Requantize(123456, QuantizeMultiplier(0.0), 5), 5);
}

TEST(FixedPoint, RequantizeRoundsHalvesUpAndClamps) {
  const Multiplier half = QuantizeMultiplier(0.5);
  EXPECT_EQ(Requantize(3, half, 0), 2);    // 1.5 -> 2
  EXPECT_EQ(Requantize(-3, half, 0), -1);  // -1.5 -> -1
  EXPECT_EQ(Requantize(-4, half, 10), 8);
  EXPECT_EQ(Requantize(1000, half, 0), 127);
  EXPECT_EQ(Requantize(-1000, half, 0), -128);
  EXPECT_EQ(Requantize(-1000, half, 0, -5, 5), -5);
  EXPECT_EQ(Requantize(INT32_MIN, QuantizeMultiplier(0.9999), 0), -128);
}

TEST(FixedPoint, RequantizeIsWithinAStepOfTheRealProduct) {
  const unsigned seed = 20240601;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  std::uniform_int_distribution<int32_t> accs(-1000000, 1000000);
  std::uniform_real_distribution<double> reals(1e-6, 1e-4);
  for (int i = 0; i < 10000; ++i) {
    const int32_t acc = accs(random);
    const double real = reals(random);
    const double exact = acc * real;
    if (std::fabs(exact) > 120) continue;
    EXPECT_LE(std::fabs(Requantize(acc, QuantizeMultiplier(real), 0) - exact), 0.5 + 1e-6);
  }
}

TEST(FixedPoint, SumBringsBothOperandsToOneScale) {
  const AddMultipliers m = QuantizeAddMultipliers(0.5, -0.25);
  EXPECT_EQ(m, (AddMultipliers{1 << 30, -(1 << 29), 31}));
  EXPECT_EQ(RequantizeSum(10, 8, m, 1), 1 + 5 - 2);
}

TEST(FixedPoint, AverageRoundsHalvesAwayFromZero) {
  EXPECT_EQ(RoundedAverage(6, 4), 2);
  EXPECT_EQ(RoundedAverage(-6, 4), -2);
  EXPECT_EQ(RoundedAverage(5, 4), 1);
  EXPECT_EQ(RoundedAverage(-512, 4), -128);
}

TEST(FixedPoint, ActivationsClampAtTheirRealValues) {
  EXPECT_EQ(ActivationRange(Activation::kNone, 0.1F, 3), (ClampRange{-128, 127}));
  EXPECT_EQ(ActivationRange(Activation::kRelu, 0.1F, 3), (ClampRange{3, 127}));
  EXPECT_EQ(ActivationRange(Activation::kRelu6, 0.1F, -128), (ClampRange{-128, -68}));
}

TEST(FixedPoint, ExpAgreesWithTheLibrary) {
  for (double x = -700; x < 700; x += 0.37) EXPECT_NEAR(Exp(x) / std::exp(x), 1.0, 1e-13) << x;
  EXPECT_EQ(Exp(-1000), 0.0);
  EXPECT_EQ(Exp(0), 1.0);
}

TEST(FixedPoint, SoftmaxOfEqualsIsUniformAndOfOneIsCertain) {
  const auto table = SoftmaxTable(0.1F);
  EXPECT_EQ(table[0], 1U << 20);
  EXPECT_EQ(table[10], 385750U);  // exp(-1) * 2^20 = 385749.55
  EXPECT_EQ(SoftmaxValue(table[0], table[0]), 127);
  EXPECT_EQ(SoftmaxValue(table[0], 4ULL * table[0]), 64 - 128);
  EXPECT_EQ(SoftmaxValue(0, table[0]), -128);
}

TEST(FixedPoint, SigmoidAndTanhTablesAreCentred) {
  const auto sigmoid = SigmoidTable(0.05F, 0);
  EXPECT_EQ(sigmoid[128], 0);  // 0.5 * 256 - 128
  EXPECT_EQ(sigmoid[255], 127);
  const auto tanh = TanhTable(0.05F, 0);
  EXPECT_EQ(tanh[128], 0);
  EXPECT_EQ(tanh[255], 127);
  EXPECT_EQ(tanh[0], -128);
}

}  // namespace
}  // namespace linnet::graph
