#include "linnet/quantize/range_method.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "linnet/graph/build.h"
#include "linnet/quantize/quantize.h"
#include "ranges.h"

namespace linnet::quantize {
namespace {

using testing::HasSubstr;

TEST(RangeChoice, ReadsWhatItWrites) {
  for (const char* text : {"minmax", "mse", "percentile=99.99", "percentile=99.9", "percentile=100"}) {
    const auto choice = ParseRangeChoice(text);
    ASSERT_TRUE(choice.has_value()) << text;
    EXPECT_EQ(ToText(*choice), text);
  }
  for (const char* text :
       {"", "max", "percentile", "percentile=", "percentile=40", "percentile=101", "percentile=99x"}) {
    const auto choice = ParseRangeChoice(text);
    ASSERT_FALSE(choice.has_value()) << text;
    EXPECT_THAT(choice.error().message, HasSubstr("there are minmax, mse, and percentile=P"));
  }
}

// 0.5 a hundred thousand times, and once 100.
Histogram WithOutlier() {
  Histogram histogram;
  histogram.range = {0, 100};
  histogram.counts.resize(Histogram::kBins);
  histogram.counts[10] = 100000;  // 0.5
  histogram.counts.back() = 1;
  return histogram;
}

TEST(PercentileRange, LeavesOutTheOutermost) {
  EXPECT_NEAR(PercentileRange(WithOutlier(), 99.99).max, 0.5F, 0.05F);
  EXPECT_EQ(PercentileRange(WithOutlier(), 100).max, 100);
  EXPECT_EQ(PercentileRange(WithOutlier(), 99.99).min, 0);
}

TEST(LeastErrorRange, WeighsTheOutlierAgainstTheRest) {
  const Range range = LeastErrorRange(WithOutlier());
  EXPECT_LT(range.max, 100);  // one value clipped costs less than a hundred thousand rounded in coarse steps
  Histogram even;
  even.range = {-1, 1};
  even.counts.assign(Histogram::kBins, 1);
  EXPECT_EQ(LeastErrorRange(even).min, -1);  // nothing is gained by clipping
  EXPECT_EQ(LeastErrorRange(even).max, 1);
}

// A layer whose answer has a few far values: narrower ranges clip them and round the rest finer.
graph::Graph Squares() {
  graph::Graph graph;
  const auto x = graph::AddInput(graph, "x", {1, 1000});
  graph.outputs = {graph::AddNode(graph, graph::OpKind::kMul, "square", {x, x}).value()};
  return graph;
}

TEST(Quantize, ARangeChoiceClipsAndSaysHowMuch) {
  std::mt19937 random(7);
  std::normal_distribution<float> values(0, 0.1F);
  Calibration calibration;
  for (int i = 0; i < 4; ++i) {
    auto& input = calibration.inputs.emplace_back(1000);
    for (float& v : input) v = values(random);
  }
  calibration.inputs[0][0] = 40;
  const auto error = [&](const char* range) {
    Options options;
    options.range = ParseRangeChoice(range).value();
    const auto q = Quantize(Squares(), calibration, options);
    EXPECT_TRUE(q.has_value()) << q.error().message;
    return q->errors.at(0);
  };
  EXPECT_EQ(error("minmax").clipped, 0);
  const LayerError percentile = error("percentile=99.9");
  EXPECT_GT(percentile.clipped, 0);
  EXPECT_LT(percentile.clipped, 0.002);
  EXPECT_LT(percentile.scale, error("minmax").scale / 100);
  EXPECT_LE(error("mse").scale, error("minmax").scale);
}

}  // namespace
}  // namespace linnet::quantize
