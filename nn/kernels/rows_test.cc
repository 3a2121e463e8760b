// Reductions, moves and rows (softmax, arg max) against their definitions. LINNET_TEST_SEED=n runs one seed alone.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "linnet/kernels/cortex_m4.h"
#include "linnet/kernels/move.h"
#include "linnet/kernels/quantize.h"
#include "linnet/kernels/reduce.h"
#include "linnet/kernels/softmax.h"
#include "random_cases.h"

namespace linnet::kernels {
namespace {

std::vector<int8_t> RandomBytes(std::mt19937& rng, int count) {
  std::vector<int8_t> bytes(static_cast<size_t>(count));
  for (auto& b : bytes) b = static_cast<int8_t>(Pick(rng, -128, 127));
  return bytes;
}
// An input [kept0, rows, kept1, columns, inner], summed over rows and columns.
TEST(Reduce, SumsOverTwoDimensionsApart) {
  for (const uint32_t seed : Seeds(200)) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    const int kept0 = Pick(rng, 1, 3), rows = Pick(rng, 1, 4), kept1 = Pick(rng, 1, 3), columns = Pick(rng, 1, 5);
    const int inner = Pick(rng, 1, 10);
    const auto input = RandomBytes(rng, kept0 * rows * kept1 * columns * inner);
    const int row = kept1 * columns * inner;
    const ReduceShape s{.inner = inner,
                        .kept = 2,
                        .kept_counts = {kept0, kept1},
                        .kept_steps = {rows * row, columns * inner},
                        .rows = rows,
                        .row_step = row,
                        .columns = columns,
                        .column_step = inner};
    const int32_t zero = Pick(rng, -1000, 1000), multiplier = Pick(rng, 1 << 30, 0x7FFFFFFF);
    const ReduceParameters p{.count = rows * columns,
                             .zero_points = zero,
                             .zero_point = 3,
                             .twice = {multiplier, 0, 4},
                             .multiplier = multiplier,
                             .shift = 35};
    std::vector<int8_t> average, twice, once;
    for (int a = 0; a < kept0; ++a) {
      for (int b = 0; b < kept1; ++b) {
        for (int i = 0; i < inner; ++i) {
          int sum = 0;
          for (int y = 0; y < rows; ++y) {
            for (int x = 0; x < columns; ++x)
              sum += input[static_cast<size_t>((((a * rows + y) * kept1 + b) * columns + x) * inner + i)];
          }
          average.push_back(static_cast<int8_t>(std::lround(static_cast<double>(sum) / (rows * columns))));
          twice.push_back(static_cast<int8_t>(std::clamp(ScaleTwice(sum - zero, p.twice) + 3, -128, 127)));
          const int64_t scaled = (int64_t{sum - zero} * multiplier + (int64_t{1} << 34)) >> 35;
          once.push_back(static_cast<int8_t>(std::clamp<int64_t>(scaled + 3, -128, 127)));
        }
      }
    }
    std::vector<int8_t> output(average.size());
    Reduce<CortexM4, ReduceFinish::kAverage>(s, p, input.data(), output.data());
    ASSERT_EQ(output, average);
    Reduce<CortexM4, ReduceFinish::kTwice>(s, p, input.data(), output.data());
    ASSERT_EQ(output, twice);
    Reduce<CortexM4, ReduceFinish::kOnce>(s, p, input.data(), output.data());
    ASSERT_EQ(output, once);
    Reduce<Portable, ReduceFinish::kOnce>(s, p, input.data(), output.data());
    ASSERT_EQ(output, once);
  }
}

// 16-bit lanes hold 256 taps of -128 and no more.
TEST(Reduce, LongRowsOfExtremesDoNotOverflowALane) {
  for (const int8_t value : {int8_t{-128}, int8_t{127}}) {
    for (const int taps : {255, 256, 257, 1000}) {
      const std::vector<int8_t> input(static_cast<size_t>(taps * 4), value);
      int32_t sums[4];
      SumFourChannels(input.data(), 1, 0, taps, 4, sums);
      for (const int32_t sum : sums) EXPECT_EQ(sum, taps * value);
    }
  }
}

TEST(Reduce, ArgMaxIsTheFirstOfEquals) {
  const int8_t input[2 * 3 * 2] = {1, 9, 5, 9, 5, 2, /* second */ -3, 0, -3, 0, -4, 1};
  int32_t output[4];
  ArgMax(2, 3, 2, input, output);
  EXPECT_EQ(std::vector<int32_t>(output, output + 4), (std::vector<int32_t>{1, 0, 0, 2}));
  const float reals[3] = {-1.0F, 2.5F, 2.5F};
  int64_t index = 7;
  ArgMax(1, 3, 1, reals, &index);
  EXPECT_EQ(index, 1);
}

TEST(Move, TransposesAndStepsOfAnySign) {
  // [2, 3] to [3, 2], the second dimension read backwards.
  const int8_t input[6] = {1, 2, 3, 4, 5, 6};
  const MoveShape s{.run = 2, .run_step = 3, .dimensions = 1, .counts = {3}, .in_steps = {-1}, .out_steps = {2}};
  int8_t output[6];
  Move<int8_t>(s, input + 2, output);
  EXPECT_EQ(std::vector<int8_t>(output, output + 6), (std::vector<int8_t>{3, 6, 2, 5, 1, 4}));
  const float reals[4] = {1, 2, 3, 4};
  float moved[2];
  Move<float>({.run = 2, .run_step = 2}, reals + 1, moved);
  EXPECT_EQ(moved[0], 2);
  EXPECT_EQ(moved[1], 4);
}

TEST(Move, PicksPixels) {
  const int8_t input[2 * 2 * 3] = {1, 2, 3, 4, 5, 6, /* second row */ 7, 8, 9, 10, 11, 12};
  const uint16_t rows[2] = {1, 0}, columns[3] = {0, 1, 1};
  int8_t output[2 * 3 * 3];
  PickPixels(2, 3, 3, 6, rows, columns, input, output);
  EXPECT_EQ(std::vector<int8_t>(output, output + 9), (std::vector<int8_t>{7, 8, 9, 10, 11, 12, 10, 11, 12}));
}

// TensorFlow Lite's softmax stays within a step of the real one; that it has its very bits is shown by nn/profile's tests.
TEST(Softmax, TwiceRoundedIsNearTheRealOne) {
  int32_t table[256];
  for (int d = 0; d < 256; ++d)
    table[d] = static_cast<int32_t>(std::min(std::exp(-0.1 * d) * 2147483648.0, 2147483647.0));
  std::mt19937 rng(1);
  for (int trial = 0; trial < 100; ++trial) {
    const auto input = RandomBytes(rng, Pick(rng, 1, 50));
    std::vector<int8_t> output(input.size());
    SoftmaxTwice<int8_t>(1, static_cast<int>(input.size()), table, input.data(), output.data());
    const double max = *std::ranges::max_element(input);
    double sum = 0;
    for (const int8_t x : input) sum += std::exp(0.1 * (x - max));
    for (size_t i = 0; i < input.size(); ++i)
      ASSERT_NEAR(output[i], std::min(127.0, std::exp(0.1 * (input[i] - max)) / sum * 256 - 128), 1.0);
  }
}

TEST(FixedPoint, LogarithmAndReciprocalAreNearTheRealOnes) {
  std::mt19937 rng(1);
  for (int i = 0; i < 20000; ++i) {
    const int32_t x = Pick(rng, 1 << 19, 0x7FFFFFFF);
    ASSERT_NEAR(LogOfSum(x) / 67108864.0, std::log(x / 524288.0), 1e-5) << x;
    const int32_t share = Pick(rng, 0, 0x7FFFFFFF);
    ASSERT_NEAR(ReciprocalOfOnePlus(share) / 2147483648.0, 1 / (1 + share / 2147483648.0), 1e-7) << share;
  }
}

TEST(Quantize, RoundsHalvesAwayFromZeroAndSaturates) {
  const float input[8] = {0.25F, -0.25F, 0.75F, 1e30F, -1e30F, 0.24F, __builtin_nanf(""), -0.75F};
  int8_t output[8];
  Quantize(8, 0.5F, 10, input, output);
  EXPECT_EQ(std::vector<int8_t>(output, output + 8), (std::vector<int8_t>{11, 9, 12, 127, -128, 10, -128, 8}));
  float reals[2];
  const int8_t bytes[2] = {-128, 12};
  Dequantize(2, 0.5F, 10, bytes, reals);
  EXPECT_EQ(reals[0], -69.0F);
  EXPECT_EQ(reals[1], 1.0F);
}

}  // namespace
}  // namespace linnet::kernels
