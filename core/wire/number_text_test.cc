#include "linnet/wire/number_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

namespace linnet::number_text {
namespace {

TEST(NumberText, IntegersToTheirLimits) {
  EXPECT_EQ(FormatInteger(0).view(), "0");
  EXPECT_EQ(FormatInteger(INT64_MIN).view(), "-9223372036854775808");
  EXPECT_EQ(ParseInteger("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(ParseInteger("9223372036854775808").error(), Status::kOutOfRange);
  EXPECT_EQ(ParseUnsigned("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(ParseUnsigned("18446744073709551616").error(), Status::kOutOfRange);
  for (const char* bad : {"", "-", "1x", " 1", "1.0", "--1"}) {
    EXPECT_EQ(ParseInteger(bad).error(), Status::kInvalidArgument) << bad;
  }
}

TEST(NumberText, DoublesAsAPersonWritesThem) {
  EXPECT_EQ(FormatDouble(0.1).view(), "0.1");
  EXPECT_EQ(FormatDouble(-22.5).view(), "-22.5");
  EXPECT_EQ(FormatDouble(1200).view(), "1200");
  EXPECT_EQ(FormatDouble(0.001).view(), "0.001");
  EXPECT_EQ(FormatDouble(1e30).view(), "1e30");
  EXPECT_EQ(FormatDouble(2.5e-9).view(), "2.5e-9");
  EXPECT_EQ(FormatDouble(NAN).view(), "null");
  EXPECT_EQ(ParseDouble("2.5e-9"), 2.5e-9);
  EXPECT_EQ(ParseDouble("-0.1"), -0.1);
  for (const char* bad : {"", ".", "e5", "1e", "1.2.3", "nan", "0x1"}) EXPECT_FALSE(ParseDouble(bad)) << bad;
  EXPECT_EQ(ParseDouble("1e999").error(), Status::kOutOfRange);
}

TEST(NumberText, AnyFloatComesBackThroughTheStandardParser) {
  std::mt19937 random(7);
  for (int i = 0; i < 50'000; ++i) {
    const uint32_t bits = random();
    float value;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    const std::string text(FormatDouble(value).view());
    EXPECT_EQ(std::strtof(text.c_str(), nullptr), value) << text;
    const auto own = ParseDouble(text);
    ASSERT_TRUE(own) << text;
    EXPECT_EQ(static_cast<float>(*own), value) << text;
  }
}

TEST(NumberText, DecimalsOfFifteenDigitsComeBackExactly) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 50'000; ++i) {
    const double value =
        static_cast<double>(random() % 1'000'000'000'000'000) / std::pow(10, static_cast<double>(random() % 16));
    const std::string text(FormatDouble(value).view());
    EXPECT_EQ(std::strtod(text.c_str(), nullptr), value) << text;
  }
}

}  // namespace
}  // namespace linnet::number_text
