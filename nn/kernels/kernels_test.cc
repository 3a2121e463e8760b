// One suite judges both twins against the plain definition of each operator, over random shapes. Every failure prints
// the seed; LINNET_TEST_SEED=n runs that seed alone.
#include "linnet/kernels/kernels.h"

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

int Pick(std::mt19937& rng, int lo, int hi) { return std::uniform_int_distribution<int>(lo, hi)(rng); }

// Bias, multipliers and shifts of a layer, of all magnitudes that a quantiser can give.
struct Channels {
  std::vector<int32_t> bias, folded, multipliers;
  std::vector<uint8_t> shifts;
};

Channels RandomChannels(std::mt19937& rng, int channels) {
  Channels c;
  for (int i = 0; i < channels; ++i) {
    c.bias.push_back(Pick(rng, -20000, 20000));
    c.multipliers.push_back(Pick(rng, 0, 40) == 0 ? 0 : Pick(rng, 1 << 30, 0x7FFFFFFF));
    c.shifts.push_back(static_cast<uint8_t>(Pick(rng, 0, 9) == 0 ? Pick(rng, 1, 62) : Pick(rng, 36, 44)));
  }
  c.folded = c.bias;
  return c;
}

OutputStage RandomStage(std::mt19937& rng) {
  OutputStage stage{.zero_point = Pick(rng, -128, 127)};
  if (Pick(rng, 0, 1) == 0) stage.lo = stage.zero_point;
  return stage;
}

int8_t DefinedFinish(int64_t acc, int32_t multiplier, int shift, const OutputStage& s) {
  const int64_t value = s.zero_point + ((acc * multiplier + (int64_t{1} << (shift - 1))) >> shift);
  return static_cast<int8_t>(std::clamp<int64_t>(value, s.lo, s.hi));
}

struct AlignedBytes {
  explicit AlignedBytes(size_t count) : words(count / 4 + 1) {}
  int8_t* data() { return reinterpret_cast<int8_t*>(words.data()); }
  std::vector<uint32_t> words;
};

AlignedBytes Pack(const WeightView& view, Packing packing) {
  AlignedBytes packed(PackedBytes(view.taps, view.channels));
  PackWeights(view, packing, packed.data());
  return packed;
}

std::vector<uint32_t> Seeds(uint32_t count) {
  if (const char* seed = std::getenv("LINNET_TEST_SEED")) return {static_cast<uint32_t>(std::atoi(seed))};
  std::vector<uint32_t> seeds;
  for (uint32_t i = 0; i < count; ++i) seeds.push_back(i);
  return seeds;
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

TYPED_TEST(TwinTest, FullyConnectedEqualsItsDefinition) {
  for (const uint32_t seed : Seeds(400)) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    FullyConnectedShape shape{.inputs = Pick(rng, 1, 300), .outputs = Pick(rng, 1, 40), .stage = RandomStage(rng)};
    const int zero = Pick(rng, -128, 127);
    const auto input = RandomBytes(rng, static_cast<size_t>(shape.inputs));
    const auto weights = RandomBytes(rng, static_cast<size_t>(shape.inputs * shape.outputs), -127);
    Channels channels = RandomChannels(rng, shape.outputs);
    std::vector<int8_t> defined;
    for (int c = 0; c < shape.outputs; ++c) {
      int64_t acc = channels.bias[c];
      for (int t = 0; t < shape.inputs; ++t) {
        const int w = weights[t * shape.outputs + c];
        acc += (input[t] - zero) * w;
        channels.folded[c] -= zero * w;
      }
      defined.push_back(DefinedFinish(acc, channels.multipliers[c], channels.shifts[c], shape.stage));
    }
    const WeightView view{weights.data(), shape.inputs, shape.outputs};
    std::vector<int8_t> output(defined.size());
    auto packed = Pack(view, Packing::kPlain);
    FullyConnected<TypeParam, Packing::kPlain>(shape, input.data(), packed.data(), channels.folded.data(),
                                               channels.multipliers.data(), channels.shifts.data(), output.data());
    ASSERT_EQ(output, defined);
    if (!FitsRawPair(view)) continue;
    std::ranges::fill(output, 0);
    packed = Pack(view, Packing::kRawPair);
    FullyConnected<TypeParam, Packing::kRawPair>(shape, input.data(), packed.data(), channels.folded.data(),
                                                 channels.multipliers.data(), channels.shifts.data(), output.data());
    ASSERT_EQ(output, defined);
  }
}

// 516 taps of 127 against inputs of -128 are the largest sum that FitsRawPair lets through.
TYPED_TEST(TwinTest, RawPairHoldsAtItsBound) {
  const std::vector<int8_t> input(516, -128);
  for (const int8_t weight : {int8_t{127}, int8_t{-127}}) {
    const std::vector<int8_t> weights(1032, weight);
    const WeightView view{weights.data(), 516, 2};
    ASSERT_TRUE(FitsRawPair(view));
    auto packed = Pack(view, Packing::kRawPair);
    int32_t sums[2];
    TypeParam::template Dot<2, Packing::kRawPair>(input.data(), packed.data(), 516, sums);
    EXPECT_EQ(sums[0], -128 * 516 * weight);
    EXPECT_EQ(sums[1], -128 * 516 * weight);
  }
  const std::vector<int8_t> one_more(1034, 127);
  EXPECT_FALSE(FitsRawPair({one_more.data(), 517, 2}));
  const std::vector<int8_t> lowest{0, -128};
  EXPECT_FALSE(FitsRawPair({lowest.data(), 1, 2}));
}

ConvShape RandomConv(std::mt19937& rng, int channels_max) {
  ConvShape s;
  do {
    s.in_h = Pick(rng, 1, 12), s.in_w = Pick(rng, 1, 12), s.in_c = Pick(rng, 1, channels_max);
    s.kernel_h = Pick(rng, 1, 5), s.kernel_w = Pick(rng, 1, 5);
    s.stride_h = Pick(rng, 1, 3), s.stride_w = Pick(rng, 1, 3);
    s.dilation_h = Pick(rng, 0, 3) == 0 ? 2 : 1, s.dilation_w = Pick(rng, 0, 3) == 0 ? 2 : 1;
    s.pad_top = Pick(rng, 0, 2), s.pad_left = Pick(rng, 0, 2);
    const int pad_bottom = Pick(rng, 0, 2), pad_right = Pick(rng, 0, 2);
    s.out_h = (s.in_h + s.pad_top + pad_bottom - (s.kernel_h - 1) * s.dilation_h - 1 + s.stride_h) / s.stride_h;
    s.out_w = (s.in_w + s.pad_left + pad_right - (s.kernel_w - 1) * s.dilation_w - 1 + s.stride_w) / s.stride_w;
  } while (s.out_h < 1 || s.out_w < 1 || s.in_h + s.pad_top < (s.kernel_h - 1) * s.dilation_h + 1 ||
           s.in_w + s.pad_left < (s.kernel_w - 1) * s.dilation_w + 1);
  s.out_c = Pick(rng, 1, 20);
  s.pad_value = static_cast<int8_t>(Pick(rng, -128, 127));
  s.stage = RandomStage(rng);
  return s;
}

// The dot product of one window with output channel c; weight(tap, in channel) as the layer stores it.
template <typename Weight>
int64_t DefinedWindow(const ConvShape& s, const std::vector<int8_t>& input, int oy, int ox, int first, int last,
                      Weight weight) {
  int64_t acc = 0;
  for (int ky = 0; ky < s.kernel_h; ++ky) {
    for (int kx = 0; kx < s.kernel_w; ++kx) {
      const int y = oy * s.stride_h - s.pad_top + ky * s.dilation_h;
      const int x = ox * s.stride_w - s.pad_left + kx * s.dilation_w;
      if (y < 0 || y >= s.in_h || x < 0 || x >= s.in_w) continue;
      for (int c = first; c < last; ++c) {
        acc += (input[(y * s.in_w + x) * s.in_c + c] - s.pad_value) * weight(ky * s.kernel_w + kx, c);
      }
    }
  }
  return acc;
}

TYPED_TEST(TwinTest, Conv2DEqualsItsDefinitionAtBordersToo) {
  for (const uint32_t seed : Seeds(400)) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    const ConvShape s = RandomConv(rng, 9);
    const int taps = s.kernel_h * s.kernel_w * s.in_c;
    const auto input = RandomBytes(rng, static_cast<size_t>(s.in_h * s.in_w * s.in_c));
    const auto weights = RandomBytes(rng, static_cast<size_t>(taps * s.out_c), -127);
    Channels channels = RandomChannels(rng, s.out_c);
    for (int i = 0; i < taps * s.out_c; ++i) channels.folded[i % s.out_c] -= s.pad_value * weights[i];
    std::vector<int8_t> defined;
    for (int oy = 0; oy < s.out_h; ++oy) {
      for (int ox = 0; ox < s.out_w; ++ox) {
        for (int c = 0; c < s.out_c; ++c) {
          const int64_t acc = channels.bias[c] + DefinedWindow(s, input, oy, ox, 0, s.in_c, [&](int tap, int in) {
                                return weights[(tap * s.in_c + in) * s.out_c + c];
                              });
          defined.push_back(DefinedFinish(acc, channels.multipliers[c], channels.shifts[c], s.stage));
        }
      }
    }
    const WeightView view{weights.data(), taps, s.out_c};
    ASSERT_TRUE(FitsRawPair(view));
    auto packed = Pack(view, Packing::kRawPair);
    AlignedBytes scratch(static_cast<size_t>(ConvScratchBytes(s)));
    std::vector<int8_t> output(defined.size());
    Conv2D<TypeParam, Packing::kRawPair>(s, input.data(), packed.data(), channels.folded.data(),
                                         channels.multipliers.data(), channels.shifts.data(), scratch.data(),
                                         output.data());
    ASSERT_EQ(output, defined);
    packed = Pack(view, Packing::kPlain);
    std::ranges::fill(output, 0);
    Conv2D<TypeParam, Packing::kPlain>(s, input.data(), packed.data(), channels.folded.data(),
                                       channels.multipliers.data(), channels.shifts.data(), scratch.data(),
                                       output.data());
    ASSERT_EQ(output, defined);
  }
}

TYPED_TEST(TwinTest, DepthwiseEqualsItsDefinitionAtBordersToo) {
  for (const uint32_t seed : Seeds(400)) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    DepthwiseShape shape{.conv = RandomConv(rng, 14), .multiplier = Pick(rng, 0, 2) == 0 ? Pick(rng, 2, 3) : 1};
    ConvShape& s = shape.conv;
    s.out_c = s.in_c * shape.multiplier;
    const int taps = s.kernel_h * s.kernel_w;
    const auto input = RandomBytes(rng, static_cast<size_t>(s.in_h * s.in_w * s.in_c));
    const auto weights = RandomBytes(rng, static_cast<size_t>(taps * s.out_c), -127);
    Channels channels = RandomChannels(rng, s.out_c);
    for (int i = 0; i < taps * s.out_c; ++i) channels.folded[i % s.out_c] -= s.pad_value * weights[i];
    std::vector<int8_t> defined;
    for (int oy = 0; oy < s.out_h; ++oy) {
      for (int ox = 0; ox < s.out_w; ++ox) {
        for (int c = 0; c < s.out_c; ++c) {
          const int in = c / shape.multiplier;
          const int64_t acc = channels.bias[c] + DefinedWindow(s, input, oy, ox, in, in + 1, [&](int tap, int) {
                                return weights[tap * s.out_c + c];
                              });
          defined.push_back(DefinedFinish(acc, channels.multipliers[c], channels.shifts[c], s.stage));
        }
      }
    }
    AlignedBytes scratch(static_cast<size_t>(DepthwiseScratchBytes(shape)));
    std::vector<int8_t> output(defined.size());
    DepthwiseConv2D<TypeParam>(shape, input.data(), weights.data(), channels.folded.data(), channels.multipliers.data(),
                               channels.shifts.data(), scratch.data(), output.data());
    ASSERT_EQ(output, defined);
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
