#include "linnet/graph/learned.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "linnet/graph/build.h"

namespace linnet::graph {
namespace {

using testing::HasSubstr;

Learned Range(float min, float max, int bits = 8, bool narrow_range = false) {
  return {.bits = bits, .narrow_range = narrow_range, .min = {min}, .max = {max}};
}

TEST(Learned, ZeroFallsOnAStep) {
  const Steps steps = StepsOf(Range(-0.1F, 63.65F));  // zero lies at 0.4 steps of a quarter
  EXPECT_FLOAT_EQ(steps.scale, 0.25F);
  EXPECT_EQ(steps.zero_step, 0);
  const float inputs[] = {-0.1F, 0, 0.1F, 0.125F, 0.25F, 63.75F, 63.8F};
  const float expected[] = {0, 0, 0, 0.25F, 0.25F, 63.75F, 63.75F};
  for (size_t i = 0; i < std::size(inputs); ++i) EXPECT_FLOAT_EQ(FakeQuantize(inputs[i], steps), expected[i]) << i;
}

TEST(Learned, ARangeBelowZeroKeepsItsSteps) {
  const Steps steps = StepsOf(Range(-10, 53.75F));
  EXPECT_EQ(steps.scale, 0.25F);
  EXPECT_EQ(steps.zero_step, 40);
  EXPECT_EQ(FakeQuantize(-10.1F, steps), -10);
  EXPECT_EQ(FakeQuantize(-9.9F, steps), -10);
  EXPECT_EQ(FakeQuantize(-9.75F, steps), -9.75F);
  EXPECT_EQ(FakeQuantize(60, steps), 53.75F);
  EXPECT_EQ(FakeQuantize(0, steps), 0);
}

TEST(Learned, ARangeThatLeavesZeroOutIsMovedToIt) {
  EXPECT_EQ(StepsOf(Range(1, 3)).zero_step, 0);
  EXPECT_EQ(StepsOf(Range(-3, -1)).zero_step, 255);
  EXPECT_EQ(StepsOf(Range(-3, -1, 8, true)).zero_step, 255);
  EXPECT_EQ(StepsOf(Range(1, 3, 8, true)).zero_step, 1);
}

TEST(Learned, NarrowRangesAreSymmetric) {
  const Steps eight = StepsOf(Range(-2, 2, 8, true));
  EXPECT_EQ(eight.zero_step - eight.first_step, 127);
  EXPECT_EQ(eight.last_step - eight.zero_step, 127);
  EXPECT_EQ(eight.scale, 4.0F / 254);
  const Steps four = StepsOf(Range(-7, 7, 4, true));
  EXPECT_EQ(four.zero_step - four.first_step, 7);
  for (int q = -7; q <= 7; ++q) EXPECT_EQ(FakeQuantize(static_cast<float>(q), four), static_cast<float>(q));
  EXPECT_EQ(FakeQuantize(-9, four), -7);
  EXPECT_EQ(FakeQuantize(2.5F, four), 3);
  EXPECT_EQ(FakeQuantize(-2.5F, four), -2);  // halves go up
}

TEST(Learned, WhatLiesOnAStepStaysOnIt) {
  for (const float max : {0.013F, 0.7F, 1.0F, 3.3F, 1e-20F, 1e20F}) {
    for (const int bits : {4, 8}) {
      const Steps steps = StepsOf(Range(-max, max, bits, true));
      for (int q = steps.first_step; q <= steps.last_step; ++q) {
        const float value = static_cast<float>(q - steps.zero_step) * steps.scale;
        ASSERT_EQ(FakeQuantize(value, steps), value) << max << " " << bits << " " << q;
      }
    }
  }
}

TEST(Learned, AChannelOfZerosIsZeroAndNeverNoNumber) {
  const Learned zeros = Range(0, 0, 8, true);
  EXPECT_TRUE(CheckLearned(zeros));
  EXPECT_EQ(FakeQuantize(0, StepsOf(zeros)), 0);
  EXPECT_EQ(FakeQuantize(1, StepsOf(zeros)), 0);
}

TEST(Learned, WrongRangesAreRefused) {
  const auto message = [](const Learned& learned) {
    const auto ok = CheckLearned(learned);
    return ok ? std::string("accepted") : ok.error().message;
  };
  EXPECT_THAT(message(Range(1, -1)), HasSubstr("minimum must be below"));
  EXPECT_THAT(message(Range(1, 1)), HasSubstr("minimum must be below"));
  EXPECT_THAT(message(Range(-1, std::numeric_limits<float>::quiet_NaN())), HasSubstr("minimum must be below"));
  EXPECT_THAT(message(Range(-3e38F, 3e38F)), HasSubstr("minimum must be below"));
  EXPECT_THAT(message(Range(-1, 1, 1)), HasSubstr("1 bits; supported: 2 to 16"));
  EXPECT_THAT(message({.bits = 8, .narrow_range = false, .min = {-1, -1}, .max = {1}}), HasSubstr("2 minima"));
}

TEST(Learned, OnlyConstantsHaveOneAChannel) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 4});
  graph.outputs = {AddNode(graph, OpKind::kRelu, "relu", {x}).value()};
  graph.tensor(x).learned = Range(-1, 1);
  EXPECT_TRUE(Verify(graph));
  EXPECT_THAT(ToText(graph), HasSubstr("input x float32[1,4] learned 8 bits -1..1\n"));
  graph.tensor(x).learned = {.bits = 8, .narrow_range = false, .min = {-1, -1}, .max = {1, 1}};
  EXPECT_THAT(Verify(graph).error().message, HasSubstr("more than one learned range but is not constant"));
  graph.tensor(x).learned = Range(-1, 1, 40);
  EXPECT_THAT(Verify(graph).error().message, HasSubstr("'x' has a learned range of 40 bits"));
}

}  // namespace
}  // namespace linnet::graph
