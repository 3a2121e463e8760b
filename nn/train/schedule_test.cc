#include "linnet/train/schedule.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace linnet::train {
namespace {

Stage OneCycle() {
  Stage stage;
  stage.learning_rate = 0.01;
  return stage;
}

TEST(Schedule, OneCycle_RisesToThePeakAtAQuarterAndFallsToAlmostNothing) {
  EXPECT_NEAR(ScheduleOf(OneCycle(), 0).learning_rate, 0.01 / 25, 1e-9);
  EXPECT_NEAR(ScheduleOf(OneCycle(), 0.25).learning_rate, 0.01, 1e-9);
  EXPECT_LT(ScheduleOf(OneCycle(), 0.999).learning_rate, 1e-6);
  for (double at = 0.26; at < 1; at += 0.01) {
    EXPECT_LT(ScheduleOf(OneCycle(), at).learning_rate, ScheduleOf(OneCycle(), at - 0.01).learning_rate) << at;
  }
  EXPECT_NEAR(ScheduleOf(OneCycle(), 0.25).beta1, 0.85, 1e-9);
}

TEST(Schedule, Constant_StaysAtThePeak) {
  Stage stage = OneCycle();
  stage.one_cycle = false;
  for (double at : {0.0, 0.3, 0.99}) EXPECT_EQ(ScheduleOf(stage, at).learning_rate, 0.01);
}

TEST(Schedule, PruningGrowsToItsShareByTheMiddleOfTheStage) {
  Stage stage = OneCycle();
  EXPECT_EQ(PrunedShare(stage, 0.7), 0);
  stage.prune = 0.8;
  EXPECT_EQ(PrunedShare(stage, 0), 0);
  EXPECT_NEAR(PrunedShare(stage, 0.25), 0.8 * 0.875, 1e-12);
  EXPECT_EQ(PrunedShare(stage, 0.5), 0.8);
  EXPECT_EQ(PrunedShare(stage, 1), 0.8);
}

TEST(Schedule, OrderIsAPermutationThatSeedAndEpochName) {
  std::vector<int> order = ShuffledOrder(1000, 1, 1);
  EXPECT_NE(order, ShuffledOrder(1000, 1, 2));
  EXPECT_NE(order, ShuffledOrder(1000, 2, 1));
  EXPECT_EQ(order, ShuffledOrder(1000, 1, 1));
  std::sort(order.begin(), order.end());
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(order[static_cast<size_t>(i)], i);
}

}  // namespace
}  // namespace linnet::train
