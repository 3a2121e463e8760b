#include "linnet/train/augment.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

namespace linnet::train {
namespace {

using ::testing::Each;
using ::testing::FloatNear;
using ::testing::Pointwise;

// A white square of 8x8 in the middle of 28x28.
std::vector<uint8_t> Square() {
  std::vector<uint8_t> pixels(28 * 28);
  for (int y = 10; y < 18; ++y) {
    for (int x = 10; x < 18; ++x) pixels[static_cast<size_t>(y * 28 + x)] = 255;
  }
  return pixels;
}

std::vector<float> Apply(const Augmentation& affine, uint64_t seed) {
  Augmenter augmenter(28, 28, affine);
  Random random(seed);
  std::vector<float> out(28 * 28);
  augmenter.Apply(Square().data(), random, out.data());
  return out;
}

TEST(Augment, WithoutDistortion_IsTheImage) {
  std::vector<float> plain(28 * 28);
  Augmenter(28, 28, {}).Copy(Square().data(), plain.data());
  EXPECT_THAT(Apply({}, 1), Pointwise(FloatNear(1e-6f), plain));
}

TEST(Augment, LightDistortion_KeepsTheLightNearlyTheSame_AndDependsOnTheSeedAlone) {
  const Augmentation light{6.0f, 0.06f, 1.2f};
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const std::vector<float> image = Apply(light, seed);
    EXPECT_NEAR(std::accumulate(image.begin(), image.end(), 0.0f), 64, 9) << "seed " << seed;
    EXPECT_EQ(image, Apply(light, seed));
  }
  EXPECT_NE(Apply(light, 1), Apply(light, 2));
}

TEST(Augment, Mirror_SwapsLeftAndRightOfSomeImages) {
  std::vector<uint8_t> left(28 * 28);
  for (int y = 0; y < 28; ++y) left[static_cast<size_t>(y * 28)] = 255;
  Augmenter augmenter(28, 28, {0, 0, 0, true, 0});
  int mirrored = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Random random(seed);
    std::vector<float> out(28 * 28);
    augmenter.Apply(left.data(), random, out.data());
    EXPECT_NEAR(out[0] + out[27], 1, 1e-5) << "seed " << seed;
    mirrored += out[27] > 0.5f;
  }
  EXPECT_TRUE(mirrored > 8 && mirrored < 32) << mirrored;
}

TEST(Augment, Erase_BlackensOneSquareAtMost) {
  const std::vector<uint8_t> white(28 * 28, 255);
  Augmenter augmenter(28, 28, {0, 0, 0, false, 8});
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    std::vector<float> out(28 * 28);
    augmenter.Apply(white.data(), random, out.data());
    const auto black = std::count(out.begin(), out.end(), 0.0f);
    EXPECT_TRUE(black >= 16 && black <= 64) << "seed " << seed << ": " << black;
  }
}

TEST(Augment, ShiftedOutOfSight_IsBlack) {
  Augmenter far(28, 28, {0, 0, 1000});
  std::vector<float> out(28 * 28);
  // Seed 3 shifts by hundreds of pixels; every sample falls into the margin.
  Random random(3);
  far.Apply(Square().data(), random, out.data());
  EXPECT_THAT(out, Each(0.0f));
}

TEST(Augment, PixelsAtTheEdge_AreSampledInBounds) {
  const std::vector<uint8_t> white(28 * 28, 255);
  Augmenter augmenter(28, 28, {45, 0.5f, 14});
  std::vector<float> out(28 * 28);
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    augmenter.Apply(white.data(), random, out.data());
    for (float value : out) ASSERT_TRUE(value >= 0 && value <= 1.0001f) << "seed " << seed;
  }
}

}  // namespace
}  // namespace linnet::train
