// Fully-connected layers with 4-bit weights: both twins against the definition, over random sizes, zero points, roundings and
// clamps. Every failure prints the seed; LINNET_TEST_SEED=n runs that seed alone.
#include <cstdlib>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "linnet/kernels/kernels.h"
#include "random_cases.h"

namespace linnet::kernels {
namespace {

// A layer of random numbers, packed, and its answer by definition.
struct Case {
  int inputs, outputs;
  std::vector<int8_t> input, weights, defined;
  std::vector<uint32_t> packed;
  std::vector<Channel> channels;
  FullyConnectedShape shape;

  // Weights within +-reach; inputs at the ends of their range where `extreme`.
  Case(std::mt19937& rng, int in, int out, int reach, bool extreme, Rescale rescale) : inputs(in), outputs(out) {
    for (int t = 0; t < inputs; ++t) input.push_back(static_cast<int8_t>(extreme ? -128 : Pick(rng, -128, 127)));
    for (int i = 0; i < inputs * outputs; ++i)
      weights.push_back(static_cast<int8_t>(extreme ? reach : Pick(rng, -reach, reach)));
    shape = {.inputs = inputs, .outputs = outputs, .stage = {.zero_point = Pick(rng, -128, 127)}};
    if (rescale.clamp) shape.stage.lo = Pick(rng, -128, 0), shape.stage.hi = Pick(rng, 1, 127);
    for (int c = 0; c < outputs; ++c) AddChannel(rng, c, rescale);
    packed.resize(PackedInt4Bytes(inputs, outputs) / 4);
    PackInt4Weights(view(), reinterpret_cast<int8_t*>(packed.data()));
  }
  WeightView view() const { return {weights.data(), inputs, outputs}; }

  void AddChannel(std::mt19937& rng, int c, Rescale rescale) {
    const int32_t bias = Pick(rng, -20000, 20000);
    const int32_t multiplier = Pick(rng, 1 << 30, 0x7FFFFFFF);
    const int shift = rescale.fast ? Pick(rng, 36, 46) : Pick(rng, 36, 50);
    channels.push_back(rescale.fast ? FastChannel(rescale.rounding, bias, multiplier, shift, shape.stage.zero_point)
                                    : GeneralChannel(bias, multiplier, shift));
    int32_t sum = bias;
    for (int t = 0; t < inputs; ++t)
      sum += input[static_cast<size_t>(t)] * weights[static_cast<size_t>(t * outputs + c)];
    const int32_t answer = RescaleGeneral(rescale.rounding, sum, multiplier, shift) + shape.stage.zero_point;
    defined.push_back(static_cast<int8_t>(Clamp(answer, shape.stage.lo, shape.stage.hi)));
  }

  template <typename T, Int4Kind kKind>
  std::vector<int8_t> Run() const {
    std::vector<int8_t> output(defined.size());
    FullyConnectedInt4<T, kKind>(shape, input.data(), reinterpret_cast<const int8_t*>(packed.data()), channels.data(),
                                 output.data());
    return output;
  }
};

template <typename T>
class Int4Test : public testing::Test {};
using Twins = testing::Types<Portable, CortexM4>;
TYPED_TEST_SUITE(Int4Test, Twins);

constexpr Rescale kFast = {Rounding::kSingle, true, false};
constexpr Rescale kFastClamped = {Rounding::kDouble, true, true};
constexpr Rescale kGeneral = {Rounding::kSingle, false, true};

template <typename T, Rescale kRescale, int kRound, bool kSplit>
void Check(uint32_t seeds) {
  for (const uint32_t seed : Seeds(seeds)) {
    std::mt19937 rng(seed + 31);
    const int inputs = kSplit        ? Pick(rng, 500, 1600) / (4 * kRound) * (4 * kRound) + Pick(rng, 0, 3)
                       : kRound == 1 ? Pick(rng, 1, 90)
                                     : Pick(rng, 1, 12) * 4 * kRound + Pick(rng, 0, 3);
    const int outputs = Pick(rng, 1, 40);
    const Case c(rng, inputs, outputs, 7, false, kRescale);
    ASSERT_TRUE(kSplit || FitsInt4Whole(c.view()));
    constexpr Int4Kind kKind = {.rescale = kRescale, .loop = {kRound, true}, .split = kSplit};
    ASSERT_EQ((c.Run<T, kKind>()), c.defined) << "seed " << seed << " inputs " << inputs << " outputs " << outputs;
  }
}

TYPED_TEST(Int4Test, FullyConnectedEqualsItsDefinition) {
  Check<TypeParam, kFast, 1, false>(60);
  Check<TypeParam, kFast, 4, false>(60);
  Check<TypeParam, kFastClamped, 2, false>(60);
  Check<TypeParam, kGeneral, 1, false>(60);
}

TYPED_TEST(Int4Test, LongLayersAreSummedInParts) {
  Check<TypeParam, kFast, 1, true>(20);
  Check<TypeParam, kGeneral, 4, true>(20);
}

TYPED_TEST(Int4Test, TheGreatestSumsAreExact) {
  std::mt19937 rng(1);
  constexpr Int4Kind kWhole = {.rescale = kGeneral, .loop = {1, true}, .split = false};
  constexpr Int4Kind kSplit = {.rescale = kGeneral, .loop = {1, true}, .split = true};
  for (const int weight : {7, -7}) {
    for (const int inputs : {kInt4Taps, 585}) {  // 585 * 7 = 4095
      const Case c(rng, inputs, 12, weight, true, kGeneral);
      ASSERT_TRUE(FitsInt4Whole(c.view()));
      EXPECT_EQ((c.Run<TypeParam, kWhole>()), c.defined) << weight << " " << inputs;
    }
    const Case c(rng, 2000, 12, weight, true, kGeneral);
    ASSERT_FALSE(FitsInt4Whole(c.view()));
    EXPECT_EQ((c.Run<TypeParam, kSplit>()), c.defined) << weight;
  }
}

TEST(PackInt4, TakesHalfTheBytes) {
  EXPECT_EQ(PackedInt4Bytes(784, 128), PackedBytes(784, 128) / 2);
  EXPECT_EQ(PackedInt4Bytes(64, 10), 64U * 12 / 2);
  EXPECT_EQ(PackedInt4Bytes(5, 3), 16U);
}

TEST(PackInt4, OnlyFourthChannelsAreBound) {
  std::vector<int8_t> weights(4 * 600, 7);
  EXPECT_FALSE(FitsInt4Whole(WeightView{weights.data(), 600, 4}));
  for (size_t i = 3; i < weights.size(); i += 4) weights[i] = 6;
  EXPECT_TRUE(FitsInt4Whole(WeightView{weights.data(), 600, 4}));
}

}  // namespace
}  // namespace linnet::kernels
