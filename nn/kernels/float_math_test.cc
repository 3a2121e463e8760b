// Error bounds against long double. That host and board give the same bits is shown by the float networks of nn/profile.
#include "linnet/kernels/float_math.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace linnet::kernels {
namespace {

// How far `value` is from `truth`, in steps between floats of truth's size.
double Ulps(float value, long double truth) {
  const auto rounded = static_cast<float>(truth);
  if (value == rounded) return 0;
  const float magnitude = std::fabs(rounded);
  const long double step = static_cast<long double>(std::nextafter(magnitude, std::numeric_limits<float>::infinity())) -
                           static_cast<long double>(magnitude);
  return static_cast<double>(std::fabs(static_cast<long double>(value) - truth) / step);
}

// Every 1009th float between lo and hi, lo and hi of the same sign: all magnitudes equally often.
template <typename Function>
void ForFloats(float lo, float hi, Function f) {
  for (uint32_t bits = BitsOfFloat(lo); bits <= BitsOfFloat(hi); bits += 1009) f(FloatOfBits(bits));
}

TEST(FloatMath, ExpIsWithinItsBound) {
  double worst = 0;
  const auto check = [&](float x) {
    worst = std::max(worst, Ulps(FloatExp(x), std::exp(static_cast<long double>(x))));
  };
  ForFloats(1e-10F, 88.72F, check);
  ForFloats(1e-10F, 87.3F, [&](float x) { check(-x); });
  EXPECT_LE(worst, 1.1);
  RecordProperty("ulps", std::to_string(worst));
}

TEST(FloatMath, ExpAtItsEnds) {
  EXPECT_EQ(FloatExp(0.0F), 1.0F);
  EXPECT_EQ(FloatExp(-0.0F), 1.0F);
  EXPECT_EQ(FloatExp(1000.0F), std::numeric_limits<float>::infinity());
  EXPECT_EQ(FloatExp(std::numeric_limits<float>::infinity()), std::numeric_limits<float>::infinity());
  EXPECT_EQ(FloatExp(-1000.0F), 0.0F);
  EXPECT_EQ(FloatExp(-std::numeric_limits<float>::infinity()), 0.0F);
  EXPECT_TRUE(std::isnan(FloatExp(std::numeric_limits<float>::quiet_NaN())));
  // Below the normal range: one more rounding.
  for (float x = -103.0F; x < -87.3F; x += 0.01F) {
    EXPECT_NEAR(FloatExp(x), std::exp(static_cast<double>(x)), 1.5e-45 + std::exp(static_cast<double>(x)) * 1e-7) << x;
  }
}

TEST(FloatMath, SigmoidIsWithinItsBound) {
  double worst = 0;
  const auto check = [&](float x) {
    worst = std::max(worst, Ulps(FloatSigmoid(x), 1 / (1 + std::exp(-static_cast<long double>(x)))));
  };
  ForFloats(1e-10F, 100.0F, check);
  ForFloats(1e-10F, 87.0F, [&](float x) { check(-x); });
  EXPECT_LE(worst, 3.0);
  EXPECT_EQ(FloatSigmoid(0), 0.5F);
  EXPECT_EQ(FloatSigmoid(1000), 1.0F);
  EXPECT_EQ(FloatSigmoid(-1000), 0.0F);
  RecordProperty("ulps", std::to_string(worst));
}

TEST(FloatMath, TanhIsWithinItsBoundAndOdd) {
  double worst = 0;
  ForFloats(1e-20F, 100.0F, [&](float x) {
    worst = std::max(worst, Ulps(FloatTanh(x), std::tanh(static_cast<long double>(x))));
    ASSERT_EQ(FloatTanh(-x), -FloatTanh(x));
  });
  EXPECT_LE(worst, 3.0);
  EXPECT_EQ(FloatTanh(0), 0.0F);
  EXPECT_EQ(FloatTanh(std::numeric_limits<float>::infinity()), 1.0F);
  RecordProperty("ulps", std::to_string(worst));
}

TEST(FloatMath, LogIsWithinItsBound) {
  double worst = 0, near_one = 0;
  ForFloats(1.2e-38F, 3.4e38F, [&](float x) {
    const long double truth = std::log(static_cast<long double>(x));
    if (x >= 0.5F && x <= 2.0F) {
      near_one = std::max(near_one, static_cast<double>(std::fabs(static_cast<long double>(FloatLog(x)) - truth)));
    } else {
      worst = std::max(worst, Ulps(FloatLog(x), truth));
    }
  });
  EXPECT_LE(worst, 1.5);
  EXPECT_LE(near_one, std::ldexp(1.5, -24));
  EXPECT_EQ(FloatLog(1.0F), 0.0F);
  RecordProperty("ulps", std::to_string(worst));
}

}  // namespace
}  // namespace linnet::kernels
