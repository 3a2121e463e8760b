// The expected numbers were printed by TensorFlow Lite Micro's own functions (90b983c, x86-64), which agreed with these on
// three million random arguments each.
#include "linnet/graph/tflite_arithmetic.h"

#include <gtest/gtest.h>

#include <cmath>

#include "linnet/graph/build.h"

namespace linnet::graph::tflite {
namespace {

TEST(TfliteArithmetic, MultiplierHasTheSignAndAShiftToTheLeft) {
  EXPECT_EQ(QuantizeMultiplier(0.5), (Multiplier{1073741824, 0}));
  EXPECT_EQ(QuantizeMultiplier(1.0), (Multiplier{1073741824, 1}));
  EXPECT_EQ(QuantizeMultiplier(0.0123), (Multiplier{1690499128, -6}));
  EXPECT_EQ(QuantizeMultiplier(3.7), (Multiplier{1986422374, 2}));
  EXPECT_EQ(QuantizeMultiplier(-0.3), (Multiplier{-1288490189, -1}));
  EXPECT_EQ(QuantizeMultiplier(1e-9), (Multiplier{1152921505, -29}));
  EXPECT_EQ(QuantizeMultiplier(1e-10), (Multiplier{0, 0}));
}

TEST(TfliteArithmetic, ProductIsRoundedTwice) {
  EXPECT_EQ(MultiplyByQuantizedMultiplier(1000, {1073741824, -1}), 250);
  EXPECT_EQ(MultiplyByQuantizedMultiplier(-1000, {1391569403, -5}), -20);
  EXPECT_EQ(MultiplyByQuantizedMultiplier(12345, {1319413953, -6}), 119);
  EXPECT_EQ(MultiplyByQuantizedMultiplier(-12345, {1319413953, -6}), -119);
  EXPECT_EQ(MultiplyByQuantizedMultiplier(37, {1986422374, 2}), 137);
  // -1.75: the first rounding gives -3 (-3.5 to the greater), the second -1 (-0.75 to the nearest).
  EXPECT_EQ(MultiplyByQuantizedMultiplier(-7, {1073741824, -2}), -1);
  EXPECT_EQ(MultiplyByQuantizedMultiplier(5, {1073741824, 0}), 3);
  EXPECT_EQ(MultiplyByQuantizedMultiplier(-5, {1073741824, 0}), -2);
  EXPECT_EQ(SaturatingRoundingDoublingHighMul(INT32_MIN, INT32_MIN), INT32_MAX);
  EXPECT_EQ(RoundingDivideByPOT(-6, 2), -2);  // -1.5
  EXPECT_EQ(RoundingDivideByPOT(6, 2), 2);
}

TEST(TfliteArithmetic, Exp) {
  EXPECT_EQ(ExpOnNegativeValues(0, 5), INT32_MAX);
  EXPECT_EQ(ExpOnNegativeValues(-1, 5), 2147483124);
  EXPECT_EQ(ExpOnNegativeValues(-33554432, 5), 1302515042);
  EXPECT_EQ(ExpOnNegativeValues(-33554432, 4), 1672462419);
  EXPECT_EQ(ExpOnNegativeValues(-1000000000, 5), 725);
  EXPECT_EQ(ExpOnNegativeValues(-1000000000, 4), 1247912);
  EXPECT_EQ(ExpOnNegativeValues(-2147483647, 5), 0);
  EXPECT_EQ(ExpOnNegativeValues(-2147483647, 4), 242);
}

TEST(TfliteArithmetic, Reciprocal) {
  EXPECT_EQ(ReciprocalOfOnePlus(0), INT32_MAX);
  EXPECT_EQ(ReciprocalOfOnePlus(536870912), 1717986914);
  EXPECT_EQ(ReciprocalOfOnePlus(1073741824), 1431655762);
  EXPECT_EQ(ReciprocalOfOnePlus(2147483647), 1073741820);
}

TEST(TfliteArithmetic, LogisticAndTanh) {
  EXPECT_EQ(Logistic(0), 1 << 30);
  EXPECT_EQ(Logistic(1), 1073741948);
  EXPECT_EQ(Logistic(134217728), 1569936226);
  EXPECT_EQ(Logistic(-134217728), 577547421);
  EXPECT_EQ(Logistic(-2000000000), 723);
  EXPECT_EQ(Tanh(0), 0);
  EXPECT_EQ(Tanh(1), 260);
  EXPECT_EQ(Tanh(-134217728), -1635510876);
  EXPECT_EQ(Tanh(500000000), 2144989272);
  EXPECT_EQ(Tanh(-2000000000), -2147483647);
}

TEST(TfliteArithmetic, LogOfSum) {
  EXPECT_EQ(LogOfSum(524288), 0);
  EXPECT_EQ(LogOfSum(524289), 128);
  EXPECT_EQ(LogOfSum(1000000), 43333142);
  EXPECT_EQ(LogOfSum(123456789), 366522130);
  EXPECT_EQ(LogOfSum(2147483647), 558195838);
}

TEST(TfliteArithmetic, Int16FunctionsOfTheLstm) {
  struct Row {
    int16_t x, sigmoid, tanh, tanh_left_1, tanh_right_2;
  };
  constexpr Row kRows[] = {
      {-32768, 11, -32767, -32767, -31589},
      {-20000, 247, -32764, -32767, -27520},
      {-4096, 8812, -24956, -31589, -8026},
      {-1, 16382, -8, -16, -3},
      {0, 16384, 0, 0, 0},
      {1, 16386, 8, 16, 3},
      {100, 16584, 800, 1599, 200},
      {4096, 23956, 24956, 31589, 8026},
      {12345, 31234, 32611, 32767, 20881},
      {32767, 32757, 32767, 32767, 31589},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(Sigmoid16(row.x), row.sigmoid) << row.x;
    EXPECT_EQ(Tanh16(row.x, 0), row.tanh) << row.x;
    EXPECT_EQ(Tanh16(row.x, 1), row.tanh_left_1) << row.x;
    EXPECT_EQ(Tanh16(row.x, -2), row.tanh_right_2) << row.x;
  }
  const auto table = SigmoidTable16();
  EXPECT_EQ(table[0], 32768);
  EXPECT_EQ(table[4], 35493);  // 35492.3, one above the nearest
  EXPECT_EQ(table[64], 61279);
  EXPECT_EQ(table[255], 65535);
}

TEST(TfliteArithmetic, ActivationRangeIsRoundedInFloatAndStaysInt8) {
  EXPECT_EQ(ActivationRangeQuantized(Activation::kNone, 0.1F, 3), (ClampRange{-128, 127}));
  EXPECT_EQ(ActivationRangeQuantized(Activation::kRelu, 0.1F, 3), (ClampRange{3, 127}));
  EXPECT_EQ(ActivationRangeQuantized(Activation::kRelu6, 0.1F, 3), (ClampRange{3, 63}));
  EXPECT_EQ(ActivationRangeQuantized(Activation::kRelu6, 0.0235294122F, -128), (ClampRange{-128, 127}));
  EXPECT_EQ(ActivationRangeQuantized(Activation::kReluN1To1, 0.1F, 3), (ClampRange{-7, 13}));
  EXPECT_EQ(ActivationRangeQuantized(Activation::kRelu6, 1e-20F, 0), (ClampRange{0, 127}));
}

TEST(TfliteArithmetic, FloatsAreQuantisedInFloat) {
  EXPECT_EQ(QuantizeFloat(0.25F, 0.5F, 3), 4);   // 0.5 away from zero
  EXPECT_EQ(QuantizeFloat(-0.25F, 0.5F, 3), 2);  // -0.5 away from zero
  EXPECT_EQ(QuantizeFloat(1e30F, 0.5F, 3), 127);
  EXPECT_EQ(QuantizeFloat(-INFINITY, 0.5F, 3), -128);
  EXPECT_EQ(QuantizeFloat(NAN, 0.5F, 3), -128);
}

}  // namespace
}  // namespace linnet::graph::tflite
