#include "linnet/train/fold.h"

#include <gmock/gmock.h>

namespace linnet::train {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;

// Two inputs, two outputs, normalised.
Architecture Small() {
  Layer flatten{LayerKind::kFlatten, "flatten"};
  Layer dense{LayerKind::kDense, "fc1"};
  dense.outputs = 2;
  dense.batch_norm = true;
  return {"small", 1, 2, {flatten, dense}};
}

std::vector<Parameter> Tensors() {
  const float variance = 4 - kBatchNormEpsilon;
  return {{"fc1/weights", {2, 2}, {1, 2, 3, 4}},
          {"fc1/bias", {2}, {1, 1}},
          {"fc1/gamma", {2}, {2, 4}},
          {"fc1/beta", {2}, {0.5f, -1}},
          {"fc1/mean", {2}, {3, 1}},
          {"fc1/variance", {2}, {variance, variance}},
          {"fc1/weights:mask", {2, 2}, {1, 1, 1, 1}}};
}

TEST(Fold, ScalesEachOutputChannelAndMovesItsBias) {
  std::vector<Parameter> folded;
  ASSERT_TRUE(FoldBatchNorm(Small(), Tensors(), &folded));
  ASSERT_EQ(folded.size(), 2u);
  // gamma / sqrt(variance + epsilon) is 1 and 2.
  EXPECT_THAT(folded[0].values, ElementsAre(FloatEq(1), FloatEq(4), FloatEq(3), FloatEq(8)));
  EXPECT_THAT(folded[1].values, ElementsAre(FloatEq((1 - 3) * 1 + 0.5f), FloatEq((1 - 1) * 2 - 1)));
}

TEST(Fold, WithoutNormalisation_CopiesWhatIsNeeded) {
  std::vector<Parameter> folded;
  ASSERT_TRUE(FoldBatchNorm(Folded(Small()), Tensors(), &folded));
  EXPECT_THAT(folded[0].values, ElementsAre(1, 2, 3, 4));
}

TEST(Fold, MissingOrOtherShape_IsSaid) {
  std::vector<Parameter> folded, tensors = Tensors();
  tensors[5].values.pop_back();
  EXPECT_FALSE(FoldBatchNorm(Small(), tensors, &folded));
  tensors = Tensors();
  tensors[0].shape = {4, 1};
  EXPECT_FALSE(FoldBatchNorm(Small(), tensors, &folded));
}

}  // namespace
}  // namespace linnet::train
