// Sparse fully-connected layers: both twins against the definition, over random shapes, shares of zeros, zero points,
// roundings and clamps. Every failure prints the seed; LINNET_TEST_SEED=n runs that seed alone.
#include <cstdlib>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "linnet/kernels/kernels.h"
#include "random_cases.h"

namespace linnet::kernels {
namespace {

using testing::ElementsAre;

struct Packed {
  std::vector<uint32_t> entries;
  std::vector<uint16_t> groups;
};

// The vectors end where the packing ends: under the address sanitizer what is read or written past them fails.
Packed Pack(const WeightView& view, Gaps gaps) {
  const int64_t groups = SparseGroups(view, gaps);
  EXPECT_GE(groups, 0);
  Packed packed{std::vector<uint32_t>(static_cast<size_t>(groups * WordsAGroup(gaps))),
                std::vector<uint16_t>(static_cast<size_t>(view.channels))};
  PackSparse(view, gaps, packed.entries.data(), packed.groups.data());
  return packed;
}

// A layer with so many zeros of 1000 weights; every fourth channel has none but zeros.
struct SparseLayer {
  int inputs, outputs;
  int32_t input_zero, zero_point;
  OutputStage stage;
  std::vector<int8_t> input, weights;
  std::vector<int32_t> bias, multipliers;
  std::vector<int> shifts;

  SparseLayer(std::mt19937& rng, Rescale rescale, int zeros_of_1000) {
    inputs = Pick(rng, 0, 3) == 0 ? Pick(rng, 1, 20) : Pick(rng, 1, 900);
    outputs = Pick(rng, 1, 13);
    input_zero = Pick(rng, 0, 3) == 0 ? -128 : Pick(rng, -128, 127);
    stage.zero_point = Pick(rng, -128, 127);
    if (rescale.clamp) stage = {stage.zero_point, Pick(rng, -128, 0), Pick(rng, 1, 127)};
    for (int t = 0; t < inputs; ++t) input.push_back(static_cast<int8_t>(Pick(rng, -128, 127)));
    for (int i = 0; i < inputs * outputs; ++i)
      weights.push_back(static_cast<int8_t>(Pick(rng, 1, 1000) <= zeros_of_1000 ? 0 : Pick(rng, -128, 127)));
    for (int c = 0; c < outputs; ++c) {
      bias.push_back(Pick(rng, -20000, 20000));
      multipliers.push_back(Pick(rng, 1 << 30, 0x7FFFFFFF));
      shifts.push_back(rescale.fast ? Pick(rng, 33, 46) : Pick(rng, 25, 50));
      if (Pick(rng, 0, 3) != 0) continue;
      for (int t = 0; t < inputs; ++t) weights[static_cast<size_t>(t * outputs + c)] = 0;
    }
  }

  WeightView view() const { return {weights.data(), inputs, outputs}; }

  std::vector<Channel> Channels(Rescale rescale) const {
    std::vector<Channel> channels;
    for (size_t c = 0; c < bias.size(); ++c) {
      int32_t folded = bias[c];
      for (int t = 0; t < inputs; ++t) folded -= input_zero * view().at(t, static_cast<int>(c));
      channels.push_back(rescale.fast
                             ? FastChannel(rescale.rounding, folded, multipliers[c], shifts[c], stage.zero_point)
                             : GeneralChannel(folded, multipliers[c], shifts[c]));
    }
    return channels;
  }

  std::vector<int8_t> Defined(Rounding rounding) const {
    std::vector<int8_t> output;
    for (size_t c = 0; c < bias.size(); ++c) {
      int32_t sum = bias[c];
      for (int t = 0; t < inputs; ++t)
        sum += (input[static_cast<size_t>(t)] - input_zero) * view().at(t, static_cast<int>(c));
      const int32_t value = RescaleGeneral(rounding, sum, multipliers[c], shifts[c]) + stage.zero_point;
      output.push_back(static_cast<int8_t>(Clamp(value, stage.lo, stage.hi)));
    }
    return output;
  }
};

template <typename T>
class SparseTest : public testing::Test {};
using Twins = testing::Types<Portable, CortexM4>;
TYPED_TEST_SUITE(SparseTest, Twins);

template <typename T, SparseKind kKind>
void CheckLayers() {
  for (const uint32_t seed : Seeds(60)) {
    constexpr int kZeros[] = {0, 300, 600, 800, 900, 990, 998, 1000};
    std::mt19937 rng(seed);
    const SparseLayer layer(rng, kKind.rescale, kZeros[seed % std::size(kZeros)]);
    SCOPED_TRACE(testing::Message() << "seed " << seed << " inputs " << layer.inputs << " outputs " << layer.outputs);
    const Packed packed = Pack(layer.view(), kKind.gaps);
    const auto channels = layer.Channels(kKind.rescale);
    const FullyConnectedShape shape{.inputs = layer.inputs, .outputs = layer.outputs, .stage = layer.stage};
    std::vector<int8_t> output(layer.bias.size());
    SparseFullyConnected<T, kKind>(shape, layer.input.data(), packed.entries.data(), packed.groups.data(),
                                   channels.data(), output.data());
    ASSERT_EQ(output, layer.Defined(kKind.rescale.rounding));
  }
}

template <typename T, Gaps kGaps>
void CheckKinds() {
  CheckLayers<T, SparseKind{kGaps, {Rounding::kSingle, true, false}}>();
  CheckLayers<T, SparseKind{kGaps, {Rounding::kSingle, true, true}}>();
  CheckLayers<T, SparseKind{kGaps, {Rounding::kSingle, false, true}}>();
  CheckLayers<T, SparseKind{kGaps, {Rounding::kDouble, true, false}}>();
  CheckLayers<T, SparseKind{kGaps, {Rounding::kDouble, true, true}}>();
  CheckLayers<T, SparseKind{kGaps, {Rounding::kDouble, false, true}}>();
}

TYPED_TEST(SparseTest, GapsOfFourBitsEqualTheDefinition) { CheckKinds<TypeParam, Gaps::kFourBits>(); }
TYPED_TEST(SparseTest, GapsOfEightBitsEqualTheDefinition) { CheckKinds<TypeParam, Gaps::kEightBits>(); }

// Weights 3 at 2, -1 at 5, 7 at 25 and -128 at 26 of the second of three channels.
std::vector<int8_t> ThreeChannels() {
  std::vector<int8_t> weights(40 * 3);
  for (const auto& [tap, weight] : {std::pair{2, 3}, {5, -1}, {25, 7}, {26, -128}})
    weights[static_cast<size_t>(tap * 3 + 1)] = static_cast<int8_t>(weight);
  return weights;
}

TEST(PackSparse, GapsOfFourBits_TheWideOneTakesAnEntryOfItsOwn) {
  const auto weights = ThreeChannels();
  const Packed packed = Pack({weights.data(), 40, 3}, Gaps::kFourBits);
  EXPECT_THAT(packed.groups, ElementsAre(0, 1, 0));
  EXPECT_THAT(packed.entries, ElementsAre(0x050F0312U,    // gaps 2, 3, 15, 5 below; above 1: the fifth
                                          0x0700FF03U,    // weights 3, -1, 0, 7
                                          0x00000080U));  // -128
}

TEST(PackSparse, GapsOfEightBits) {
  const auto weights = ThreeChannels();
  const Packed packed = Pack({weights.data(), 40, 3}, Gaps::kEightBits);
  EXPECT_THAT(packed.groups, ElementsAre(0, 1, 0));
  EXPECT_THAT(packed.entries, ElementsAre(0x01140302U,  // gaps 2, 3, 20, 1
                                          0x8007FF03U,  // weights 3, -1, 7, -128
                                          0U, 0U));
}

TEST(PackSparse, AGapOfMoreThanEightBitsIsSpread) {
  std::vector<int8_t> weights(1000);
  weights[999] = 5;
  const Packed packed = Pack({weights.data(), 1000, 1}, Gaps::kEightBits);
  EXPECT_THAT(packed.entries, ElementsAre(0xEAFFFFFFU, 0x05000000U, 0U, 0U));  // 255 + 255 + 255 + 234
  EXPECT_EQ(SparseGroups(WeightView{weights.data(), 1000, 1}, Gaps::kFourBits), 9);
}

TEST(PackSparse, ChannelsOfMoreGroupsThanSixteenBitsCountAreRefused) {
  const std::vector<int8_t> weights(static_cast<size_t>(kSparseGroupsMax) * kSparseGroup + 1, 1);
  const int most = kSparseGroupsMax * kSparseGroup;
  EXPECT_EQ(SparseGroups(WeightView{weights.data(), most, 1}, Gaps::kEightBits), kSparseGroupsMax);
  EXPECT_EQ(SparseGroups(WeightView{weights.data(), most + 1, 1}, Gaps::kEightBits), -1);
}

}  // namespace
}  // namespace linnet::kernels
