// Fully connected, convolution, depthwise: both twins against the definition of each operator, over many geometries, random
// weights, zero points, roundings and clamps. Every failure prints the seed; LINNET_TEST_SEED=n runs that seed alone.
#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "linnet/kernels/overlap.h"
#include "linnet/kernels/kernels.h"
#include "random_cases.h"

namespace linnet::kernels {
namespace {

// Bytes that end where their allocation ends: under the address sanitizer a read past them fails.
std::vector<int8_t> RandomBytes(std::mt19937& rng, size_t count, int lo = -128, int hi = 127) {
  std::vector<int8_t> bytes(count);
  for (auto& b : bytes) b = static_cast<int8_t>(Pick(rng, lo, hi));
  return bytes;
}

struct AlignedBytes {
  explicit AlignedBytes(size_t count) : words((count + 3) / 4) {}
  int8_t* data() { return reinterpret_cast<int8_t*>(words.data()); }
  std::vector<uint32_t> words;
};

// What a quantiser may ask of a layer, as real numbers: one multiplier and shift a channel.
struct Layer {
  int32_t input_zero = 0;
  OutputStage stage = {};
  std::vector<int32_t> bias, multipliers;
  std::vector<int> shifts;

  Layer(std::mt19937& rng, int channels, Rescale rescale) {
    input_zero = Pick(rng, 0, 3) == 0 ? -128 : Pick(rng, -128, 127);
    stage.zero_point = Pick(rng, -128, 127);
    if (rescale.clamp) {
      stage.lo = Pick(rng, -128, 0);
      stage.hi = Pick(rng, 1, 127);
    }
    for (int c = 0; c < channels; ++c) {
      bias.push_back(Pick(rng, -20000, 20000));
      multipliers.push_back(Pick(rng, 1 << 30, 0x7FFFFFFF));
      shifts.push_back(rescale.fast ? Pick(rng, 33, 46) : Pick(rng, 25, 50));
    }
  }

  std::vector<Channel> Channels(Rescale rescale, size_t count, const std::vector<int32_t>& stored_bias) const {
    std::vector<Channel> channels;
    for (size_t c = 0; c < bias.size(); ++c) {
      channels.push_back(
          rescale.fast ? FastChannel(rescale.rounding, stored_bias[c], multipliers[c], shifts[c], stage.zero_point)
                       : GeneralChannel(stored_bias[c], multipliers[c], shifts[c]));
    }
    while (channels.size() < count) channels.push_back({});
    return channels;
  }

  // The definition, in exact arithmetic.
  int8_t Finished(Rounding rounding, int64_t acc, size_t c) const {
    __int128 value = static_cast<__int128>(acc) * multipliers[c];
    if (rounding == Rounding::kSingle) {
      value = (value + (static_cast<__int128>(1) << (shifts[c] - 1))) >> shifts[c];
    } else {
      const int right = std::max(0, shifts[c] - 31), left = std::max(0, 31 - shifts[c]);
      value = ((value << left) + (1 << 30)) >> 31;  // halves up
      if (right > 0) {
        const __int128 half = static_cast<__int128>(1) << (right - 1);  // halves away from zero
        value = value < 0 ? -((-value + half) >> right) : (value + half) >> right;
      }
    }
    value += stage.zero_point;
    return static_cast<int8_t>(value < stage.lo ? stage.lo : value > stage.hi ? stage.hi : static_cast<int>(value));
  }
};

constexpr Rescale kRescales[] = {{Rounding::kSingle, true, false}, {Rounding::kSingle, true, true},
                                 {Rounding::kSingle, false, true}, {Rounding::kDouble, true, false},
                                 {Rounding::kDouble, true, true},  {Rounding::kDouble, false, true}};

template <typename T>
class WeightedTest : public testing::Test {};
using Twins = testing::Types<Portable, CortexM4>;
TYPED_TEST_SUITE(WeightedTest, Twins);

TYPED_TEST(WeightedTest, FastFormsEqualTheDefinitionOfBothRoundings) {
  std::mt19937 rng(1);
  for (int i = 0; i < 300000; ++i) {
    const int32_t multiplier = Pick(rng, 1 << 30, 0x7FFFFFFF);
    const int32_t acc = (static_cast<int32_t>(rng()) >> Pick(rng, 2, 30));
    const int32_t zero = Pick(rng, -128, 127);
    for (const Rounding rounding : {Rounding::kSingle, Rounding::kDouble}) {
      const int shift = Pick(rng, rounding == Rounding::kSingle ? 33 : 32, rounding == Rounding::kSingle ? 47 : 46);
      ASSERT_TRUE(HasFastForm(rounding, shift));
      const Channel channel = FastChannel(rounding, 0, multiplier, shift, zero);
      const int32_t defined = Clamp(RescaleGeneral(rounding, acc, multiplier, shift) + zero, -128, 127);
      const int32_t fast =
          rounding == Rounding::kSingle
              ? TypeParam::template FastRescale<Rounding::kSingle, true>(acc, channel.multiplier, channel.last)
              : TypeParam::template FastRescale<Rounding::kDouble, true>(acc, channel.multiplier, channel.last);
      ASSERT_EQ(fast, defined) << acc << " * " << multiplier << " >> " << shift << " + " << zero;
    }
  }
}

template <typename T, VectorKind kKind>
void CheckVector(uint32_t seed, int inputs, int outputs, int weight_range) {
  SCOPED_TRACE(testing::Message() << "seed " << seed << " inputs " << inputs << " outputs " << outputs);
  std::mt19937 rng(seed);
  const Layer layer(rng, outputs, kKind.rescale);
  const FullyConnectedShape shape{.inputs = inputs, .outputs = outputs, .stage = layer.stage};
  const auto input = RandomBytes(rng, static_cast<size_t>(inputs));
  const auto weights = RandomBytes(rng, static_cast<size_t>(inputs * outputs), -weight_range, weight_range);
  std::vector<int8_t> defined;
  std::vector<int32_t> folded = layer.bias;
  for (int c = 0; c < outputs; ++c) {
    int64_t acc = layer.bias[static_cast<size_t>(c)];
    for (int t = 0; t < inputs; ++t) {
      const int w = weights[static_cast<size_t>(t * outputs + c)];
      acc += (input[static_cast<size_t>(t)] - layer.input_zero) * w;
      folded[static_cast<size_t>(c)] -= layer.input_zero * w;
    }
    defined.push_back(layer.Finished(kKind.rescale.rounding, acc, static_cast<size_t>(c)));
  }
  const WeightView view{weights.data(), inputs, outputs};
  ASSERT_TRUE(kKind.packing == Packing::kPlain || FitsRawPair(view));
  AlignedBytes packed(PackedBytes(inputs, outputs));
  PackWeights(view, kKind.packing, packed.data());
  const auto channels = layer.Channels(kKind.rescale, static_cast<size_t>(outputs + outputs % 2), folded);
  std::vector<int8_t> output(defined.size());
  FullyConnected<T, kKind>(shape, input.data(), packed.data(), channels.data(), output.data());
  ASSERT_EQ(output, defined);
}

template <typename T, Packing kPacking, int kRescale, int kRound>
void CheckVectors(uint32_t seeds) {
  for (const uint32_t seed : Seeds(seeds)) {
    std::mt19937 rng(seed + 77);
    const int inputs = kRound == 1 ? Pick(rng, 1, 90) : Pick(rng, 1, 12) * 4 * kRound + Pick(rng, 0, 3);
    CheckVector<T, VectorKind{kPacking, kRescales[kRescale], kRound, true}>(seed, inputs, Pick(rng, 1, 40),
                                                                            kPacking == Packing::kPlain ? 127 : 120);
  }
}

TYPED_TEST(WeightedTest, FullyConnectedEqualsItsDefinition) {
  CheckVectors<TypeParam, Packing::kPlain, 0, 1>(40);
  CheckVectors<TypeParam, Packing::kPlain, 3, 4>(40);
  CheckVectors<TypeParam, Packing::kRawPair, 0, 4>(40);
  CheckVectors<TypeParam, Packing::kRawPair, 1, 2>(40);
  CheckVectors<TypeParam, Packing::kRawPair, 2, 1>(40);
  CheckVectors<TypeParam, Packing::kRawPair, 3, 1>(40);
  CheckVectors<TypeParam, Packing::kRawPair, 4, 4>(40);
  CheckVectors<TypeParam, Packing::kRawPair, 5, 2>(40);
}

TEST(Packing, RawPairIsRefusedPastItsBound) {
  // 516 taps of -127 and inputs of -128 stay below 2^23, 517 don't.
  std::vector<int8_t> weights(1040, -127);
  for (size_t i = 0; i < weights.size(); i += 2) weights[i] = 3;
  EXPECT_TRUE(FitsRawPair(WeightView{weights.data(), 516, 2}));
  EXPECT_FALSE(FitsRawPair(WeightView{weights.data(), 517, 2}));
  weights[1] = -128;
  weights[0] = -1;
  EXPECT_FALSE(FitsRawPair(WeightView{weights.data(), 4, 2}));
}

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

TYPED_TEST(WeightedTest, Conv2DEqualsItsDefinitionAtBordersToo) {
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

TYPED_TEST(WeightedTest, PointwiseEqualsItsDefinition) {
  CheckConvKinds<TypeParam, Same(5, 5, 16, 16, 1, 1, 1)>();
  CheckConvKinds<TypeParam, Same(3, 3, 8, 13, 1, 1, 1)>();
  CheckConvKinds<TypeParam, Same(6, 7, 4, 3, 1, 1, 2)>();
  CheckConvKinds<TypeParam, Same(2, 3, 7, 4, 1, 1, 1)>();
  CheckConvKinds<TypeParam, Same(1, 5, 64, 8, 1, 1, 1)>();
}

TYPED_TEST(WeightedTest, EveryRescaleOfAConvolution) {
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

TYPED_TEST(WeightedTest, ConvolutionAndPoolInRowBandsEqualTheTwoAfterEachOther) {
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

TYPED_TEST(WeightedTest, DepthwiseEqualsItsDefinitionAtBordersToo) {
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
