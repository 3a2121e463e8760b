// One suite judges both twins against the plain definition of each operator, over random shapes. Every failure prints
// the seed; LINNET_TEST_SEED=n runs that seed alone.
#include "linnet/kernels/kernels.h"
#include "random_cases.h"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace linnet::kernels {
namespace {

// x of guarded memory stands at the very end of an allocation: under the address sanitizer a read past it fails.
std::vector<int8_t> RandomBytes(std::mt19937& rng, size_t count, int lo = -128, int hi = 127) {
  std::uniform_int_distribution<int> value(lo, hi);
  std::vector<int8_t> bytes(count);
  for (auto& b : bytes) b = static_cast<int8_t>(value(rng));
  bytes.shrink_to_fit();
  return bytes;
}

template <typename T>
class TwinTest : public testing::Test {};
using Twins = testing::Types<Portable, CortexM4>;
TYPED_TEST_SUITE(TwinTest, Twins);

TYPED_TEST(TwinTest, ScaleRoundsOnceHalvesUp) {
  EXPECT_EQ(TypeParam::Scale(1, 1 << 30, 31), 1);    // 0.5 -> 1
  EXPECT_EQ(TypeParam::Scale(-1, 1 << 30, 31), 0);   // -0.5 -> 0
  EXPECT_EQ(TypeParam::Scale(-3, 1 << 30, 31), -1);  // -1.5 -> -1
  EXPECT_EQ(TypeParam::Scale(6, 1 << 30, 33), 1);    // 0.75 -> 1
  EXPECT_EQ(TypeParam::Scale(5, 0, 31), 0);
  std::mt19937 rng(1);
  for (int i = 0; i < 100000; ++i) {
    const int shift = Pick(rng, 1, 62);
    const auto acc = static_cast<int32_t>(rng()) >> Pick(rng, 0, 24);
    const int32_t multiplier = Pick(rng, 1 << 30, 0x7FFFFFFF);
    const int64_t defined = (int64_t{acc} * multiplier + (int64_t{1} << (shift - 1))) >> shift;
    ASSERT_EQ(TypeParam::Scale(acc, multiplier, shift), std::clamp<int64_t>(defined, -(1 << 30), 1 << 30))
        << acc << " " << multiplier << " " << shift;
  }
}

TYPED_TEST(TwinTest, PoolsLeaveOutWhatIsOutsideTheImage) {
  for (const uint32_t seed : Seeds(300)) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    PoolShape s;
    s.in_h = Pick(rng, 1, 10), s.in_w = Pick(rng, 1, 10), s.channels = Pick(rng, 1, 11);
    s.kernel_h = Pick(rng, 1, s.in_h), s.kernel_w = Pick(rng, 1, s.in_w);
    s.stride_h = Pick(rng, 1, 3), s.stride_w = Pick(rng, 1, 3);
    s.pad_top = Pick(rng, 0, s.kernel_h - 1), s.pad_left = Pick(rng, 0, s.kernel_w - 1);
    s.out_h = (s.in_h + s.pad_top - 1) / s.stride_h + 1, s.out_w = (s.in_w + s.pad_left - 1) / s.stride_w + 1;
    const auto input = RandomBytes(rng, static_cast<size_t>(s.in_h * s.in_w * s.channels));
    std::vector<int8_t> defined_max, defined_average;
    for (int oy = 0; oy < s.out_h; ++oy) {
      for (int ox = 0; ox < s.out_w; ++ox) {
        for (int c = 0; c < s.channels; ++c) {
          int best = -128, sum = 0, count = 0;
          for (int y = oy * s.stride_h - s.pad_top; y < oy * s.stride_h - s.pad_top + s.kernel_h; ++y) {
            for (int x = ox * s.stride_w - s.pad_left; x < ox * s.stride_w - s.pad_left + s.kernel_w; ++x) {
              if (y < 0 || y >= s.in_h || x < 0 || x >= s.in_w) continue;
              const int value = input[(y * s.in_w + x) * s.channels + c];
              best = std::max(best, value), sum += value, ++count;
            }
          }
          defined_max.push_back(static_cast<int8_t>(best));
          defined_average.push_back(static_cast<int8_t>((sum + (sum >= 0 ? count : -count) / 2) / count));
        }
      }
    }
    std::vector<int8_t> output(defined_max.size());
    MaxPool<TypeParam>(s, input.data(), output.data());
    ASSERT_EQ(output, defined_max);
    AveragePool(s, input.data(), output.data());
    ASSERT_EQ(output, defined_average);
  }
}

TEST(Softmax, SharesOfTheTableInUnitsOf256) {
  uint32_t table[256] = {};
  table[0] = 1U << 20;  // exp(0)
  table[7] = 1U << 19;  // a half
  const int8_t input[4] = {3, -4, -4, -128};
  int8_t output[4];
  Softmax(1, 4, table, input, output);
  EXPECT_EQ(output[0], 0);    // 1 of 2: 128 - 128
  EXPECT_EQ(output[1], -64);  // a quarter
  EXPECT_EQ(output[2], -64);
  EXPECT_EQ(output[3], -128);  // nothing
  const int8_t alone[1] = {5};
  Softmax(1, 1, table, alone, output);
  EXPECT_EQ(output[0], 127);  // 256 of 256 is clamped
}

TEST(Elementwise, ClampLookupCopyFill) {
  const int8_t input[5] = {-128, -3, 0, 5, 127};
  int8_t output[5];
  Clamp(5, -3, 100, input, output);
  EXPECT_EQ(std::vector<int8_t>(output, output + 5), (std::vector<int8_t>{-3, -3, 0, 5, 100}));
  int8_t table[256];
  for (int i = 0; i < 256; ++i) table[i] = static_cast<int8_t>(127 - i);
  Lookup(5, table, input, output);
  EXPECT_EQ(std::vector<int8_t>(output, output + 5), (std::vector<int8_t>{127, 2, -1, -6, -128}));
  CopyBytes(input, 5, output);
  EXPECT_TRUE(std::equal(input, input + 5, output));
  FillBytes(9, 3, output);
  EXPECT_EQ(std::vector<int8_t>(output, output + 5), (std::vector<int8_t>{9, 9, 9, 5, 127}));
}

}  // namespace
}  // namespace linnet::kernels
