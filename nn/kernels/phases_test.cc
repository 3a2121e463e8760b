// Transposed convolutions, SVDF and the float layers against plain definitions, both twins. LINNET_TEST_SEED=n runs one seed.
#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "linnet/kernels/cortex_m4.h"
#include "linnet/kernels/float_conv.h"
#include "linnet/kernels/portable.h"
#include "linnet/kernels/svdf.h"
#include "linnet/kernels/transpose_conv.h"
#include "random_cases.h"

namespace linnet::kernels {
namespace {

std::vector<int8_t> RandomBytes(std::mt19937& rng, int count, int lo) {
  std::vector<int8_t> bytes(static_cast<size_t>(count));
  for (auto& b : bytes) b = static_cast<int8_t>(Pick(rng, lo, 127));
  return bytes;
}
struct AlignedBytes {
  explicit AlignedBytes(size_t count) : words(count / 4 + 1) {}
  int8_t* data() { return reinterpret_cast<int8_t*>(words.data()); }
  std::vector<uint32_t> words;
};

template <typename T>
class PhaseTwins : public testing::Test {};
using Twins = testing::Types<Portable, CortexM4>;
TYPED_TEST_SUITE(PhaseTwins, Twins);

// The definition scatters: each input pixel adds its products to the output pixels under the window.
TYPED_TEST(PhaseTwins, TransposedConvolutionGathersWhatItsDefinitionScatters) {
  for (const uint32_t seed : Seeds(100)) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    TransposeConvShape s{.in_h = Pick(rng, 1, 5), .in_w = Pick(rng, 1, 5), .in_c = Pick(rng, 1, 6)};
    s.out_c = Pick(rng, 1, 11);
    s.kernel_h = Pick(rng, 1, 4), s.kernel_w = Pick(rng, 1, 4);
    s.stride_h = Pick(rng, 1, 3), s.stride_w = Pick(rng, 1, 3);
    s.pad_top = Pick(rng, 0, s.kernel_h - 1), s.pad_left = Pick(rng, 0, s.kernel_w - 1);
    s.out_h = std::max(1, (s.in_h - 1) * s.stride_h + s.kernel_h - s.pad_top - Pick(rng, 0, s.kernel_h - 1));
    s.out_w = std::max(1, (s.in_w - 1) * s.stride_w + s.kernel_w - s.pad_left - Pick(rng, 0, s.kernel_w - 1));
    s.stage.zero_point = Pick(rng, -20, 20);
    const auto input = RandomBytes(rng, s.in_h * s.in_w * s.in_c, -128);
    const auto weights = RandomBytes(rng, s.kernel_h * s.kernel_w * s.in_c * s.out_c, -127);
    std::vector<int32_t> sums(static_cast<size_t>(s.out_h * s.out_w * s.out_c), 0);
    for (int y = 0; y < s.in_h; ++y) {
      for (int x = 0; x < s.in_w; ++x) {
        for (int tap = 0; tap < s.kernel_h * s.kernel_w; ++tap) {
          const int oy = y * s.stride_h + tap / s.kernel_w - s.pad_top,
                    ox = x * s.stride_w + tap % s.kernel_w - s.pad_left;
          if (oy < 0 || oy >= s.out_h || ox < 0 || ox >= s.out_w) continue;
          for (int i = 0; i < s.in_c * s.out_c; ++i)
            sums[static_cast<size_t>((oy * s.out_w + ox) * s.out_c + i % s.out_c)] +=
                input[static_cast<size_t>((y * s.in_w + x) * s.in_c + i / s.out_c)] *
                weights[static_cast<size_t>(tap * s.in_c * s.out_c + i)];
        }
      }
    }
    const std::vector<TwiceMultiplier> multipliers(static_cast<size_t>(s.out_c),
                                                   {Pick(rng, 1 << 30, 0x7FFFFFFF), 0, 8});
    std::vector<int8_t> defined;
    for (size_t i = 0; i < sums.size(); ++i)
      defined.push_back(
          static_cast<int8_t>(std::clamp(s.stage.zero_point + ScaleTwice(sums[i], multipliers[0]), -128, 127)));

    std::vector<int32_t> offsets;
    AlignedBytes packed(static_cast<size_t>(64 * s.in_c * 12 + 4096));
    size_t used = 0;
    for (int phase = 0; phase < s.stride_h * s.stride_w; ++phase) {
      std::vector<int8_t> taps;
      for (int ky = phase / s.stride_w; ky < s.kernel_h; ky += s.stride_h) {
        for (int kx = phase % s.stride_w; kx < s.kernel_w; kx += s.stride_w) {
          const auto* first = weights.data() + (ky * s.kernel_w + kx) * s.in_c * s.out_c;
          taps.insert(taps.end(), first, first + s.in_c * s.out_c);
        }
      }
      offsets.push_back(static_cast<int32_t>(used));
      const WeightView view{taps.data(), static_cast<int>(taps.size()) / s.out_c, s.out_c};
      PackWeights(view, Packing::kPlain, packed.data() + used);
      used += PackedBytes(view.taps, view.channels);
    }
    const std::vector<int32_t> bias(static_cast<size_t>(s.stride_h * s.stride_w * s.out_c + 1), 0);
    AlignedBytes patch(static_cast<size_t>(TransposeConvScratchBytes(s)));
    std::vector<int8_t> output(defined.size());
    TransposeConv<TypeParam, true>(s, input.data(), packed.data(), offsets.data(), bias.data(), multipliers.data(),
                                   patch.data(), output.data());
    ASSERT_EQ(output, defined);
  }
}

TYPED_TEST(PhaseTwins, SvdfKeepsTheLastProductsOfEachFilter) {
  for (const uint32_t seed : Seeds(100)) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    SvdfShape s{.inputs = Pick(rng, 1, 30), .rank = Pick(rng, 1, 3), .memory = Pick(rng, 1, 11)};
    const int units = Pick(rng, 1, 7);
    s.filters = units * s.rank;
    s.feature = {Pick(rng, 1 << 30, 0x7FFFFFFF), 0, 3};
    s.output = {Pick(rng, 1 << 30, 0x7FFFFFFF), 0, 14};
    const auto features = RandomBytes(rng, s.inputs * s.filters, -127);  // [inputs][filters]
    std::vector<int16_t> time(static_cast<size_t>(s.filters * s.memory));
    for (auto& w : time) w = static_cast<int16_t>(Pick(rng, -3000, 3000));
    const std::vector<int32_t> bias(static_cast<size_t>(units), 100),
        feature_bias(static_cast<size_t>(s.filters + 1), 0);
    const WeightView view{features.data(), s.inputs, s.filters};
    AlignedBytes packed(PackedBytes(s.inputs, s.filters));
    PackWeights(view, Packing::kRawPair, packed.data());
    AlignedBytes state(time.size() * 2);
    std::vector<std::vector<int32_t>> history(static_cast<size_t>(s.filters),
                                              std::vector<int32_t>(static_cast<size_t>(s.memory), 0));
    for (int run = 0; run < 5; ++run) {
      const auto input = RandomBytes(rng, s.inputs, -128);
      std::vector<int8_t> output(static_cast<size_t>(units)), defined;
      int32_t acc = 0;
      for (int f = 0; f < s.filters; ++f) {
        int32_t product = 0;
        for (int i = 0; i < s.inputs; ++i) product += input[static_cast<size_t>(i)] * view.at(i, f);
        auto& row = history[static_cast<size_t>(f)];
        row.erase(row.begin());
        row.push_back(std::clamp(ScaleTwice(product, s.feature), -32768, 32767));
        if (f % s.rank == 0) acc = 100;
        for (int m = 0; m < s.memory; ++m)
          acc += row[static_cast<size_t>(m)] * time[static_cast<size_t>(f * s.memory + m)];
        if (f % s.rank == s.rank - 1)
          defined.push_back(static_cast<int8_t>(std::clamp(ScaleTwice(acc, s.output), -128, 127)));
      }
      Svdf<TypeParam, Packing::kRawPair>(s, input.data(), packed.data(), feature_bias.data(), time.data(), bias.data(),
                                         state.data(), output.data());
      ASSERT_EQ(output, defined) << "run " << run;
    }
  }
}

// One order: bias, then kernel rows, kernel columns and input channels.
TEST(FloatConv, SumsInItsOneOrder) {
  for (const uint32_t seed : Seeds(100)) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    FloatConvShape s{.in_h = Pick(rng, 1, 6), .in_w = Pick(rng, 1, 6), .in_c = Pick(rng, 1, 4)};
    s.kernel_h = Pick(rng, 1, 3), s.kernel_w = Pick(rng, 1, 3);
    s.stride_w = Pick(rng, 1, 2), s.dilation_h = Pick(rng, 1, 2);
    s.pad_top = Pick(rng, 0, 2), s.pad_left = Pick(rng, 0, 2);
    s.out_h = Pick(rng, 1, 5), s.out_w = Pick(rng, 1, 5), s.out_c = Pick(rng, 1, 19);
    s.clamp = {Pick(rng, 0, 1) == 0, -1, 2};
    const auto floats = [&](int count) {
      std::vector<float> values(static_cast<size_t>(count));
      for (auto& v : values) v = std::uniform_real_distribution<float>(-1, 1)(rng);
      return values;
    };
    const auto input = floats(s.in_h * s.in_w * s.in_c), bias = floats(s.out_c);
    const auto weights = floats(s.kernel_h * s.kernel_w * s.in_c * s.out_c);
    std::vector<float> defined, output(static_cast<size_t>(s.out_h * s.out_w * s.out_c));
    for (int i = 0; i < static_cast<int>(output.size()); ++i) {
      const int c = i % s.out_c, oy = i / s.out_c / s.out_w, ox = i / s.out_c % s.out_w;
      float sum = bias[static_cast<size_t>(c)];
      for (int k = 0; k < s.kernel_h * s.kernel_w * s.in_c; ++k) {
        const int y = oy * s.stride_h - s.pad_top + k / s.in_c / s.kernel_w * s.dilation_h;
        const int x = ox * s.stride_w - s.pad_left + k / s.in_c % s.kernel_w;
        if (y < 0 || y >= s.in_h || x < 0 || x >= s.in_w) continue;
        sum = sum + input[static_cast<size_t>((y * s.in_w + x) * s.in_c + k % s.in_c)] *
                        weights[static_cast<size_t>(k * s.out_c + c)];
      }
      defined.push_back(s.clamp.on ? std::clamp(sum, -1.0F, 2.0F) : sum);
    }
    FloatConv2D(s, input.data(), weights.data(), bias.data(), output.data());
    ASSERT_EQ(output, defined);
  }
}

}  // namespace
}  // namespace linnet::kernels
