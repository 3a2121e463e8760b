// Convolution and depthwise convolution: both twins against the definition of the operator, over many geometries, random
// weights, zero points, roundings and clamps. Every failure prints the seed; LINNET_TEST_SEED=n runs that seed alone.
#include <gtest/gtest.h>

#include "linnet/kernels/overlap.h"
#include "weighted_layer.h"

namespace linnet::kernels {
namespace {

template <typename T>
class ConvTest : public testing::Test {};
using Twins = testing::Types<Portable, CortexM4>;
TYPED_TEST_SUITE(ConvTest, Twins);

template <typename T, ConvKind kKind>
std::vector<int8_t> RunConv(const ConvLayer& layer, const std::vector<int8_t>& input, const int8_t* weights,
                            const Channel* channels) {
  constexpr ConvGeometry kG = kKind.g;
  std::vector<int8_t> output(static_cast<size_t>(kG.out_h * kG.out_w * kG.out_c));
  if constexpr (kG.IsPointwise()) {
    AlignedBytes scratch(static_cast<size_t>(PointwiseScratchBytes(kG)));
    Pointwise<T, kKind>(layer, input.data(), weights, channels, scratch.data(), output.data());
  } else {
    AlignedBytes scratch(static_cast<size_t>(kG.WindowBytes()));
    Conv2D<T, kKind>(layer, input.data(), weights, channels, scratch.data(), output.data());
  }
  return output;
}

// A buffer that holds the input `lead` bytes behind where an output of `count` bytes begins.
std::vector<int8_t> Behind(const std::vector<int8_t>& input, int64_t lead, size_t count) {
  std::vector<int8_t> memory(std::max(static_cast<size_t>(lead) + input.size(), count));
  std::ranges::copy(input, memory.begin() + lead);
  return memory;
}

// The same over the input's memory, as close as overlap.h allows.
template <typename T, ConvKind kKind>
std::vector<int8_t> RunConvOverInput(const ConvLayer& layer, const std::vector<int8_t>& input, const int8_t* weights,
                                     const Channel* channels) {
  constexpr ConvGeometry kG = kKind.g;
  const auto count = static_cast<size_t>(kG.out_h * kG.out_w * kG.out_c);
  const int64_t lead = kG.IsPointwise() ? PointwiseLeadBytes(kG) : ConvLeadBytes(kG);
  std::vector<int8_t> memory = Behind(input, lead, count);
  if constexpr (kG.IsPointwise()) {
    AlignedBytes scratch(static_cast<size_t>(PointwiseScratchBytes(kG)));
    Pointwise<T, kKind>(layer, memory.data() + lead, weights, channels, scratch.data(), memory.data());
  } else {
    AlignedBytes scratch(static_cast<size_t>(kG.WindowBytes()));
    Conv2D<T, kKind>(layer, memory.data() + lead, weights, channels, scratch.data(), memory.data());
  }
  memory.resize(count);
  return memory;
}

int64_t DefinedSum(const ConvGeometry& g, const std::vector<int8_t>& input, const std::vector<int8_t>& weights,
                   int32_t zero, int oy, int ox, int out, int first_in, int last_in, int channels) {
  int64_t acc = 0;
  for (int ky = 0; ky < g.kernel_h; ++ky) {
    for (int kx = 0; kx < g.kernel_w; ++kx) {
      const int y = oy * g.stride_h - g.pad_top + ky * g.dilation_h,
                x = ox * g.stride_w - g.pad_left + kx * g.dilation_w;
      if (y < 0 || y >= g.in_h || x < 0 || x >= g.in_w) continue;
      for (int in = first_in; in < last_in; ++in) {
        const int tap = (ky * g.kernel_w + kx) * (last_in - first_in) + in - first_in;
        acc += int64_t{input[static_cast<size_t>((y * g.in_w + x) * g.in_c + in)] - zero} *
               weights[static_cast<size_t>(tap * channels + out)];
      }
    }
  }
  return acc;
}

template <typename T, ConvKind kKind>
void CheckConv(uint32_t seed) {
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  constexpr ConvGeometry kG = kKind.g;
  std::mt19937 rng(seed);
  const Layer layer(rng, kG.out_c, kKind.rescale);
  const auto input = RandomBytes(rng, static_cast<size_t>(kG.in_h * kG.in_w * kG.in_c));
  const int range =
      kKind.packing == Packing::kPlain ? 127 : std::min(127, 32000 / (kG.kernel_h * kG.kernel_w * kG.in_c));
  const auto weights =
      RandomBytes(rng, static_cast<size_t>(kG.kernel_h * kG.kernel_w * kG.in_c * kG.out_c), -range, range);
  std::vector<int8_t> defined;
  for (int oy = 0; oy < kG.out_h; ++oy) {
    for (int ox = 0; ox < kG.out_w; ++ox) {
      for (int c = 0; c < kG.out_c; ++c) {
        const int64_t acc = layer.bias[static_cast<size_t>(c)] +
                            DefinedSum(kG, input, weights, layer.input_zero, oy, ox, c, 0, kG.in_c, kG.out_c);
        defined.push_back(layer.Finished(kKind.rescale.rounding, acc, static_cast<size_t>(c)));
      }
    }
  }
  const ConvWeightView view{weights.data(), kG};
  ASSERT_TRUE(kKind.packing == Packing::kPlain || FitsRawPair(view, -128 - layer.input_zero, 127 - layer.input_zero));
  AlignedBytes packed(PackedConvBytes(kG));
  PackConvWeights(view, kKind.packing, packed.data());
  const auto channels = layer.Channels(kKind.rescale, static_cast<size_t>(ConvBlocks(kG) * 4), layer.bias);
  const ConvLayer run{layer.input_zero, layer.stage};
  ASSERT_EQ((RunConv<T, kKind>(run, input, packed.data(), channels.data())), defined);
  ASSERT_EQ((RunConvOverInput<T, kKind>(run, input, packed.data(), channels.data())), defined) << "over its input";
}

constexpr ConvGeometry Same(int h, int w, int in_c, int out_c, int kernel_h, int kernel_w, int stride,
                            int dilation = 1) {
  ConvGeometry g{.in_h = h,
                 .in_w = w,
                 .in_c = in_c,
                 .out_h = (h + stride - 1) / stride,
                 .out_w = (w + stride - 1) / stride,
                 .out_c = out_c,
                 .kernel_h = kernel_h,
                 .kernel_w = kernel_w,
                 .stride_h = stride,
                 .stride_w = stride,
                 .dilation_h = dilation,
                 .dilation_w = dilation};
  const int down = (g.out_h - 1) * stride + (kernel_h - 1) * dilation + 1 - h;
  const int across = (g.out_w - 1) * stride + (kernel_w - 1) * dilation + 1 - w;
  g.pad_top = down > 0 ? down / 2 : 0;
  g.pad_left = across > 0 ? across / 2 : 0;
  return g;
}
constexpr ConvGeometry Valid(int h, int w, int in_c, int out_c, int kernel_h, int kernel_w, int stride_h, int stride_w,
                             int dilation = 1) {
  return {.in_h = h,
          .in_w = w,
          .in_c = in_c,
          .out_h = (h - (kernel_h - 1) * dilation - 1) / stride_h + 1,
          .out_w = (w - (kernel_w - 1) * dilation - 1) / stride_w + 1,
          .out_c = out_c,
          .kernel_h = kernel_h,
          .kernel_w = kernel_w,
          .stride_h = stride_h,
          .stride_w = stride_w,
          .dilation_h = dilation,
          .dilation_w = dilation};
}

template <typename T, ConvGeometry kG>
void CheckConvKinds() {
  for (const uint32_t seed : Seeds(2)) {
    CheckConv<T, ConvKind{kG, Packing::kRawPair, kRescales[3]}>(seed);
    CheckConv<T, ConvKind{kG, Packing::kPlain, kRescales[1]}>(seed);
  }
}

TYPED_TEST(ConvTest, Conv2DEqualsItsDefinitionAtBordersToo) {
  CheckConvKinds<TypeParam, Same(7, 6, 16, 8, 3, 3, 1)>();
  CheckConvKinds<TypeParam, Same(9, 7, 8, 12, 5, 5, 1)>();
  CheckConvKinds<TypeParam, Same(8, 9, 4, 4, 3, 3, 2)>();      // two residues
  CheckConvKinds<TypeParam, Same(9, 8, 3, 6, 3, 3, 2)>();      // RGB, a block of two channels
  CheckConvKinds<TypeParam, Same(6, 5, 5, 7, 2, 4, 1)>();      // odd everything
  CheckConvKinds<TypeParam, Same(12, 10, 1, 5, 5, 5, 1)>();    // pairs along x
  CheckConvKinds<TypeParam, Same(13, 10, 1, 8, 10, 4, 2)>();   // pairs along x, stride 2
  CheckConvKinds<TypeParam, Same(9, 12, 1, 4, 3, 4, 3)>();     // pairs along x, stride 3
  CheckConvKinds<TypeParam, Same(9, 11, 4, 4, 3, 3, 1, 2)>();  // dilation
  CheckConvKinds<TypeParam, Same(10, 13, 2, 3, 3, 4, 3, 2)>();
  CheckConvKinds<TypeParam, Same(4, 20, 4, 4, 1, 13, 1)>();  // more taps than one run holds
  CheckConvKinds<TypeParam, Same(1, 24, 8, 9, 1, 7, 2)>();
  CheckConvKinds<TypeParam, Same(2, 2, 4, 4, 5, 5, 1)>();  // kernel larger than the image
  CheckConvKinds<TypeParam, Valid(8, 8, 8, 4, 3, 2, 1, 2)>();
  CheckConvKinds<TypeParam, Valid(9, 9, 1, 3, 3, 3, 2, 1)>();
  CheckConvKinds<TypeParam, Valid(5, 5, 12, 5, 5, 5, 1, 1)>();
  CheckConvKinds<TypeParam, Valid(11, 4, 6, 4, 2, 2, 3, 2)>();
}

TYPED_TEST(ConvTest, PointwiseEqualsItsDefinition) {
  CheckConvKinds<TypeParam, Same(5, 5, 16, 16, 1, 1, 1)>();
  CheckConvKinds<TypeParam, Same(3, 3, 8, 13, 1, 1, 1)>();
  CheckConvKinds<TypeParam, Same(6, 7, 4, 3, 1, 1, 2)>();
  CheckConvKinds<TypeParam, Same(2, 3, 7, 4, 1, 1, 1)>();
  CheckConvKinds<TypeParam, Same(1, 5, 64, 8, 1, 1, 1)>();
}

TYPED_TEST(ConvTest, EveryRescaleOfAConvolution) {
  constexpr ConvGeometry kG = Same(4, 5, 4, 6, 3, 3, 1);
  for (const uint32_t seed : Seeds(5)) {
    CheckConv<TypeParam, ConvKind{kG, Packing::kRawPair, kRescales[0]}>(seed);
    CheckConv<TypeParam, ConvKind{kG, Packing::kRawPair, kRescales[1]}>(seed);
    CheckConv<TypeParam, ConvKind{kG, Packing::kPlain, kRescales[2]}>(seed);
    CheckConv<TypeParam, ConvKind{kG, Packing::kPlain, kRescales[3]}>(seed);
    CheckConv<TypeParam, ConvKind{kG, Packing::kRawPair, kRescales[4]}>(seed);
    CheckConv<TypeParam, ConvKind{kG, Packing::kRawPair, kRescales[5]}>(seed);
  }
}

template <typename T, ConvGeometry kG, PoolGeometry kP>
void CheckConvPool() {
  for (const uint32_t seed : Seeds(3)) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    constexpr ConvKind kConv{kG, Packing::kPlain, kRescales[0]};
    constexpr ConvPoolKind kKind{kConv, kP};
    std::mt19937 rng(seed);
    const Layer layer(rng, kG.out_c, kConv.rescale);
    const auto input = RandomBytes(rng, static_cast<size_t>(kG.in_h * kG.in_w * kG.in_c));
    const auto weights = RandomBytes(rng, static_cast<size_t>(kG.kernel_h * kG.kernel_w * kG.in_c * kG.out_c), -127);
    AlignedBytes packed(PackedConvBytes(kG));
    PackConvWeights({weights.data(), kG}, kConv.packing, packed.data());
    const auto channels = layer.Channels(kConv.rescale, static_cast<size_t>(ConvBlocks(kG) * 4), layer.bias);
    const ConvLayer run{layer.input_zero, layer.stage};
    const auto whole = RunConv<T, kConv>(run, input, packed.data(), channels.data());
    std::vector<int8_t> defined;
    for (int py = 0; py < kP.out_h; ++py) {
      for (int px = 0; px < kP.out_w; ++px) {
        for (int c = 0; c < kG.out_c; ++c) {
          int best = -128;
          for (int y = py * kP.stride_h - kP.pad_top; y < py * kP.stride_h - kP.pad_top + kP.kernel_h; ++y) {
            for (int x = px * kP.stride_w - kP.pad_left; x < px * kP.stride_w - kP.pad_left + kP.kernel_w; ++x) {
              if (y < 0 || y >= kG.out_h || x < 0 || x >= kG.out_w) continue;
              best = std::max<int>(best, whole[static_cast<size_t>((y * kG.out_w + x) * kG.out_c + c)]);
            }
          }
          defined.push_back(static_cast<int8_t>(best));
        }
      }
    }
    std::vector<int8_t> output(defined.size());
    AlignedBytes scratch(static_cast<size_t>(kKind.ScratchBytes()));
    ConvMaxPool<T, kKind>(run, input.data(), packed.data(), channels.data(), scratch.data(), output.data());
    ASSERT_EQ(output, defined);
    const int64_t lead = ConvPoolLeadBytes(kG, kP);
    auto memory = Behind(input, lead, defined.size());
    ConvMaxPool<T, kKind>(run, memory.data() + lead, packed.data(), channels.data(), scratch.data(), memory.data());
    memory.resize(defined.size());
    ASSERT_EQ(memory, defined) << "over its input";
  }
}

TYPED_TEST(ConvTest, ConvolutionAndPoolInRowBandsEqualTheTwoAfterEachOther) {
  CheckConvPool<TypeParam, Same(8, 8, 4, 8, 3, 3, 1), PoolGeometry{4, 4, 2, 2, 2, 2, 0, 0}>();
  CheckConvPool<TypeParam, Same(7, 7, 8, 4, 5, 5, 1),
                PoolGeometry{4, 4, 2, 2, 2, 2, 0, 0}>();  // the last window is cut
  CheckConvPool<TypeParam, Same(7, 9, 1, 4, 3, 3, 1), PoolGeometry{4, 5, 3, 3, 2, 2, 1, 1}>();  // windows overlap
  CheckConvPool<TypeParam, Same(9, 9, 4, 4, 3, 3, 1),
                PoolGeometry{3, 3, 2, 2, 3, 3, 0, 0}>();  // rows that no window wants
}

template <typename T, DepthwiseGeometry kD, int kRescale>
void CheckDepthwise() {
  constexpr DepthwiseKind kKind{kD, kRescales[kRescale]};
  constexpr ConvGeometry kG = kD.g;
  for (const uint32_t seed : Seeds(3)) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 rng(seed);
    const Layer layer(rng, kG.out_c, kKind.rescale);
    const auto input = RandomBytes(rng, static_cast<size_t>(kG.in_h * kG.in_w * kG.in_c));
    const auto weights = RandomBytes(rng, static_cast<size_t>(kG.kernel_h * kG.kernel_w * kG.out_c));
    std::vector<int8_t> defined;
    for (int oy = 0; oy < kG.out_h; ++oy) {
      for (int ox = 0; ox < kG.out_w; ++ox) {
        for (int c = 0; c < kG.out_c; ++c) {
          const int in = c / kD.multiplier;
          const int64_t acc = layer.bias[static_cast<size_t>(c)] +
                              DefinedSum(kG, input, weights, layer.input_zero, oy, ox, c, in, in + 1, kG.out_c);
          defined.push_back(layer.Finished(kKind.rescale.rounding, acc, static_cast<size_t>(c)));
        }
      }
    }
    AlignedBytes packed(kD.PackedBytes());
    PackDepthwiseWeights(kD, weights.data(), packed.data());
    const auto channels = layer.Channels(kKind.rescale, static_cast<size_t>(kG.out_c), layer.bias);
    const ConvLayer run{layer.input_zero, layer.stage};
    AlignedBytes scratch(static_cast<size_t>(kD.ScratchBytes()));
    std::vector<int8_t> output(defined.size());
    DepthwiseConv2D<T, kKind>(run, input.data(), packed.data(), channels.data(), scratch.data(), output.data());
    ASSERT_EQ(output, defined);
    if (kD.multiplier == 1) {
      const int64_t lead = DepthwiseLeadBytes(kD);
      auto memory = Behind(input, lead, defined.size());
      DepthwiseConv2D<T, kKind>(run, memory.data() + lead, packed.data(), channels.data(), scratch.data(),
                                memory.data());
      memory.resize(defined.size());
      ASSERT_EQ(memory, defined) << "over its input";
    }
  }
}

TYPED_TEST(ConvTest, DepthwiseEqualsItsDefinitionAtBordersToo) {
  CheckDepthwise<TypeParam, DepthwiseGeometry{Same(7, 5, 8, 8, 3, 3, 1), 1}, 3>();
  CheckDepthwise<TypeParam, DepthwiseGeometry{Same(6, 6, 5, 5, 3, 3, 1), 1}, 0>();  // a group of one channel
  CheckDepthwise<TypeParam, DepthwiseGeometry{Same(9, 12, 4, 4, 3, 3, 2), 1}, 3>();
  CheckDepthwise<TypeParam, DepthwiseGeometry{Same(8, 7, 6, 6, 3, 3, 2), 1}, 1>();
  CheckDepthwise<TypeParam, DepthwiseGeometry{Same(9, 40, 4, 4, 3, 3, 1), 1}, 3>();   // many pairs a row
  CheckDepthwise<TypeParam, DepthwiseGeometry{Same(90, 21, 4, 4, 3, 3, 1), 1}, 0>();  // several bands
  CheckDepthwise<TypeParam, DepthwiseGeometry{Same(70, 50, 4, 4, 5, 3, 2), 1}, 4>();
  CheckDepthwise<TypeParam, DepthwiseGeometry{Same(6, 7, 3, 6, 3, 3, 1), 2}, 3>();  // multiplier
  CheckDepthwise<TypeParam, DepthwiseGeometry{Same(6, 9, 4, 12, 4, 5, 1), 3}, 5>();
  CheckDepthwise<TypeParam, DepthwiseGeometry{Same(9, 10, 4, 4, 3, 3, 1, 2), 1}, 1>();  // dilation
  CheckDepthwise<TypeParam, DepthwiseGeometry{Same(12, 11, 4, 4, 3, 3, 3), 1}, 0>();    // stride 3
  CheckDepthwise<TypeParam, DepthwiseGeometry{Valid(9, 2, 4, 4, 3, 1, 1, 1), 1}, 3>();
  CheckDepthwise<TypeParam, DepthwiseGeometry{Valid(3, 3, 8, 8, 3, 3, 1, 1), 1}, 3>();
  CheckDepthwise<TypeParam, DepthwiseGeometry{Same(1, 30, 4, 4, 1, 9, 1), 1}, 3>();
}

}  // namespace
}  // namespace linnet::kernels
