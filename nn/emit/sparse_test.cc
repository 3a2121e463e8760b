#include "sparse.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linnet::emit {
namespace {

using kernels::Gaps;
using kernels::Packing;

// Random weights, so many of 100 zero.
Weighted Layer(int taps, int channels, int zeros_of_100) {
  std::mt19937 rng(1);
  Weighted w;
  w.taps = taps;
  w.channels = channels;
  for (int i = 0; i < taps * channels; ++i) {
    const bool zero = std::uniform_int_distribution<int>(0, 99)(rng) < zeros_of_100;
    w.weights.push_back(zero ? int8_t{0} : static_cast<int8_t>(std::uniform_int_distribution<int>(1, 127)(rng)));
  }
  return w;
}

std::optional<SparseForm> Choice(const Weighted& w, Prefer prefer) {
  return ChooseSparse(w, DenseCost(w, Packing::kRawPair), prefer);
}

TEST(ChooseSparse, FourBitGapsUntilEightAreFewerBytes) {
  const auto pruned = Choice(Layer(784, 128, 80), Prefer::kInstructions);
  ASSERT_TRUE(pruned);
  EXPECT_EQ(pruned->gaps, Gaps::kFourBits);
  // 20 % of 100,352 weights at 1.5 bytes; gaps above 15 and the last groups' filling cost a tenth at most.
  EXPECT_NEAR(static_cast<double>(pruned->cost.flash_bytes), 20070 * 1.5 + 128 * 14 + 400, 3000);
  const auto almost_empty = Choice(Layer(784, 128, 97), Prefer::kInstructions);
  ASSERT_TRUE(almost_empty);
  EXPECT_EQ(almost_empty->gaps, Gaps::kEightBits);
}

TEST(ChooseSparse, WithFewZerosFlashAloneIsSmaller) {
  const Weighted w = Layer(784, 128, 60);
  EXPECT_FALSE(Choice(w, Prefer::kInstructions));
  const auto small = Choice(w, Prefer::kFlash);
  ASSERT_TRUE(small);
  const KernelCost dense = DenseCost(w, Packing::kRawPair);
  EXPECT_LT(small->cost.flash_bytes, dense.flash_bytes);
  EXPECT_GT(small->cost.instructions, dense.instructions);
}

TEST(ChooseSparse, DenseAndSmallLayersStayDense) {
  EXPECT_FALSE(Choice(Layer(784, 128, 0), Prefer::kFlash));
  EXPECT_FALSE(Choice(Layer(784, 128, 20), Prefer::kFlash));
  EXPECT_FALSE(Choice(Layer(40, 10, 90), Prefer::kFlash));  // the kernel is larger than all that it could save
}

TEST(ChooseSparse, ALayerOfZerosIsSparse) {
  const auto form = Choice(Layer(64, 64, 100), Prefer::kInstructions);
  ASSERT_TRUE(form);
  EXPECT_EQ(form->cost.flash_bytes, 64 * 14 + 400);
}

TEST(DenseCost, OddChannelsArePaddedToTwo) {
  // 8 and 2 channels of 17 groups of four taps; 12 bytes a channel.
  EXPECT_EQ(DenseCost(Layer(65, 9, 0), Packing::kRawPair).flash_bytes, 17 * 4 * 10 + 10 * 12);
  EXPECT_GT(DenseCost(Layer(65, 9, 0), Packing::kPlain).instructions,
            DenseCost(Layer(65, 9, 0), Packing::kRawPair).instructions);
}

}  // namespace
}  // namespace linnet::emit
