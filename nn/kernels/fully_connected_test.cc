// Fully connected and the fast forms of rescaling: both twins against their definition, over random sizes, weights, zero points,
// roundings and clamps. Every failure prints the seed; LINNET_TEST_SEED=n runs that seed alone.
#include <gtest/gtest.h>

#include "weighted_layer.h"

namespace linnet::kernels {
namespace {

template <typename T>
class FullyConnectedTest : public testing::Test {};
using Twins = testing::Types<Portable, CortexM4>;
TYPED_TEST_SUITE(FullyConnectedTest, Twins);

TYPED_TEST(FullyConnectedTest, FastFormsEqualTheDefinitionOfBothRoundings) {
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

TYPED_TEST(FullyConnectedTest, FullyConnectedEqualsItsDefinition) {
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

}  // namespace
}  // namespace linnet::kernels
