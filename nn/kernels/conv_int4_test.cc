// Convolutions with 4-bit weights answer as the same convolutions with their weights in a byte each, which
// conv_test.cc holds to the definition. Every failure prints the seed; LINNET_TEST_SEED=n runs that seed alone.
#include <cstdlib>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "linnet/kernels/kernels.h"
#include "random_cases.h"

namespace linnet::kernels {
namespace {

std::vector<int8_t> RandomBytes(std::mt19937& rng, int count, int lo, int hi) {
  std::vector<int8_t> bytes(static_cast<size_t>(count));
  for (auto& b : bytes) b = static_cast<int8_t>(Pick(rng, lo, hi));
  return bytes;
}

template <ConvGeometry kG, Packing kPacking>
struct Case {
  static constexpr ConvKind kInt8 = {kG, kPacking, {Rounding::kSingle, true, true}, false};
  static constexpr ConvKind kInt4 = {kG, kPacking, {Rounding::kSingle, true, true}, true};
  std::vector<int8_t> input, weights;
  std::vector<uint32_t> plain, packed;
  std::vector<Channel> channels;
  ConvLayer layer;

  explicit Case(uint32_t seed) {
    std::mt19937 rng(seed);
    input = RandomBytes(rng, kG.in_h * kG.in_w * kG.in_c, -128, 127);
    weights = RandomBytes(rng, kG.kernel_h * kG.kernel_w * kG.in_c * kG.out_c, -7, 7);
    layer = {.input_zero_point = Pick(rng, -128, 127),
             .stage = {.zero_point = Pick(rng, -128, 127), .lo = Pick(rng, -128, 0), .hi = Pick(rng, 1, 127)}};
    for (int c = 0; c < kG.out_c; ++c)
      channels.push_back(FastChannel(Rounding::kSingle, Pick(rng, -20000, 20000), Pick(rng, 1 << 30, 0x7FFFFFFF),
                                     Pick(rng, 36, 44), layer.stage.zero_point));
    channels.resize(static_cast<size_t>(ConvBlocks(kG)) * kBlockChannelsConv);
    const ConvWeightView view{weights.data(), kG};
    plain.resize(PackedConvBytes(kG) / 4);
    packed.resize((PackedInt4ConvBytes(kG) + 3) / 4);
    PackInt4ConvWeights(view, Bytes(plain), Bytes(packed));
    PackConvWeights(view, kPacking, Bytes(plain));
  }
  static int8_t* Bytes(std::vector<uint32_t>& words) { return reinterpret_cast<int8_t*>(words.data()); }

  template <typename T, ConvKind kKind>
  std::vector<int8_t> Run() {
    std::vector<int8_t> output(static_cast<size_t>(kG.out_h * kG.out_w * kG.out_c));
    std::vector<uint32_t> scratch(static_cast<size_t>(kKind.ScratchBytes()) / 4);
    Conv2D<T, kKind>(layer, input.data(), Bytes(kKind.int4 ? packed : plain), channels.data(), scratch.data(),
                     output.data());
    return output;
  }

  template <typename T, bool kIsInt4>
  std::vector<int8_t> RunWithPool() {
    constexpr PoolGeometry kPool = {.out_h = (kG.out_h + 1) / 2,
                                    .out_w = (kG.out_w + 1) / 2,
                                    .kernel_h = 2,
                                    .kernel_w = 2,
                                    .stride_h = 2,
                                    .stride_w = 2};
    constexpr ConvPoolKind kKind = {kIsInt4 ? kInt4 : kInt8, kPool};
    std::vector<int8_t> output(static_cast<size_t>(kPool.out_h * kPool.out_w * kG.out_c));
    std::vector<uint32_t> scratch(static_cast<size_t>(kKind.ScratchBytes()) / 4);
    ConvMaxPool<T, kKind>(layer, input.data(), Bytes(kIsInt4 ? packed : plain), channels.data(), scratch.data(),
                          output.data());
    return output;
  }
};

template <typename T, ConvGeometry kG>
void Check(uint32_t seeds) {
  for (const uint32_t seed : Seeds(seeds)) {
    Case<kG, Packing::kRawPair> raw(seed);
    ASSERT_EQ((raw.template Run<T, raw.kInt4>()), (raw.template Run<T, raw.kInt8>())) << "seed " << seed;
    Case<kG, Packing::kPlain> plain(seed);
    ASSERT_EQ((plain.template Run<T, plain.kInt4>()), (plain.template Run<T, plain.kInt8>())) << "seed " << seed;
    if constexpr (kG.out_c % 4 == 0) {
      ASSERT_EQ((raw.template RunWithPool<T, true>()), (raw.template RunWithPool<T, false>())) << "seed " << seed;
    }
  }
}

template <typename T>
class ConvInt4Test : public testing::Test {};
using Twins = testing::Types<Portable, CortexM4>;
TYPED_TEST_SUITE(ConvInt4Test, Twins);

TYPED_TEST(ConvInt4Test, EqualsTheSameWeightsInBytes) {
  Check<TypeParam, ConvGeometry{9, 7, 1, 9, 7, 8, 5, 5, 1, 1, 1, 1, 2, 2}>(10);
  Check<TypeParam, ConvGeometry{7, 7, 16, 7, 7, 12, 5, 5, 1, 1, 1, 1, 2, 2}>(10);
  Check<TypeParam, ConvGeometry{6, 5, 3, 3, 3, 6, 3, 3, 2, 2, 1, 1, 1, 1}>(10);
  Check<TypeParam, ConvGeometry{4, 4, 8, 4, 4, 5}>(10);  // 1x1
}

TEST(PackInt4Conv, TakesHalfTheBytes) {
  constexpr ConvGeometry kG = {14, 14, 16, 14, 14, 32, 5, 5, 1, 1, 1, 1, 2, 2};
  EXPECT_EQ(PackedInt4ConvBytes(kG), 25U * 16 * 32 / 2);
  EXPECT_EQ(Int4BlockBytes(kG), 25 * 16 * 4);
}

}  // namespace
}  // namespace linnet::kernels
