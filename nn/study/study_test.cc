// Correlations, CSV and the confusion matrix against figures worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "linnet/study/confusion.h"
#include "linnet/study/correlation.h"
#include "linnet/study/csv.h"

namespace linnet::study {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Anscombe, "Graphs in Statistical Analysis" (1973): set I, r = 0.816.
TEST(Correlation, Anscombe_IsAsPublished) {
  const std::vector<double> x = {10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5};
  const std::vector<double> y = {8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68};
  ASSERT_TRUE(Pearson(x, y));
  EXPECT_NEAR(*Pearson(x, y), 0.81642, 1e-5);
}

TEST(Correlation, Ranks_SharedByEqualValues) {
  EXPECT_THAT(Ranks(std::vector<double>{30, 10, 20, 10}), ElementsAre(4, 1.5, 3, 1.5));
  EXPECT_THAT(Ranks(std::vector<double>{5, 5, 5}), ElementsAre(2, 2, 2));
}

TEST(Correlation, WhatOnlyGrows_HasSpearmanOneAndPearsonLess) {
  const std::vector<double> x = {1, 2, 3, 4, 5, 6}, y = {1, 10, 100, 1000, 10000, 100000};
  EXPECT_DOUBLE_EQ(*Spearman(x, y), 1);
  EXPECT_LT(*Pearson(x, y), 0.8);
  const std::vector<double> falling(y.rbegin(), y.rend());
  EXPECT_DOUBLE_EQ(*Spearman(x, falling), -1);
}

// By hand: ranks 1.5 1.5 3 4 and 1 2 3.5 3.5; deviations -1 -1 .5 1.5 and -1.5 -.5 1 1; 4 / sqrt(4.5 * 4.5).
TEST(Correlation, SpearmanWithTies_IsPearsonOfTheSharedRanks) {
  EXPECT_NEAR(*Spearman(std::vector<double>{1, 1, 2, 3}, std::vector<double>{5, 6, 7, 7}), 4.0 / 4.5, 1e-12);
}

TEST(Correlation, NoneWhereNothingVaries_OrTooFew_OrNotFinite) {
  const std::vector<double> x = {1, 2, 3}, constant = {0.1, 0.1, 0.1}, broken = {1, kNaN, 3};
  EXPECT_FALSE(Pearson(x, constant));
  EXPECT_FALSE(Spearman(constant, x));
  EXPECT_FALSE(Pearson(x, broken));
  EXPECT_FALSE(Spearman(x, broken));
  EXPECT_FALSE(Pearson(std::vector<double>{1}, std::vector<double>{2}));
  EXPECT_FALSE(Pearson({}, {}));
}

TEST(Correlation, UnitsDoNotMatter) {
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed) + ": replay with std::mt19937 random(seed)");
  std::uniform_real_distribution<double> value(-100, 100);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> x(2 + random() % 30), y(x.size()), moved(x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      x[i] = value(random);
      y[i] = value(random);
      moved[i] = 1024 * x[i] - 7;
    }
    const auto r = Pearson(x, y), rho = Spearman(x, y);
    ASSERT_TRUE(r && rho);
    ASSERT_LE(std::abs(*r), 1);
    ASSERT_LE(std::abs(*rho), 1);
    ASSERT_NEAR(*Pearson(moved, y), *r, 1e-9);
    ASSERT_DOUBLE_EQ(*Spearman(moved, y), *rho);
    ASSERT_DOUBLE_EQ(*Pearson(y, x), *r);
  }
}

TEST(AllCorrelations, EveryPairOnce_NetworksWithoutAFigureLeftOut) {
  const auto all = AllCorrelations({{"macs", {1, 2, 3, 4}}, {"cycles", {2, 4, 6, 9}}, {"heap", {kNaN, 5, kNaN, 7}}});
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].x + "/" + all[0].y, "macs/cycles");
  EXPECT_EQ(all[0].count, 4u);
  EXPECT_GT(*all[0].pearson, 0.99);
  EXPECT_EQ(all[1].x + "/" + all[1].y, "macs/heap");
  EXPECT_EQ(all[1].count, 2u);
  EXPECT_DOUBLE_EQ(*all[1].pearson, 1);
}

TEST(Csv, CellsThatNeedQuotesGetThem) {
  EXPECT_EQ(Csv({"name", "note"}, {{"a", "plain"}, {"b,c", "say \"x\""}, {"d", "two\nlines"}}),
            "name,note\na,plain\n\"b,c\",\"say \"\"x\"\"\"\nd,\"two\nlines\"\n");
}

TEST(Csv, NumbersReadBackTheSame) {
  EXPECT_EQ(CsvNumber(1000000), "1000000");
  EXPECT_EQ(CsvNumber(-0.0), "0");
  EXPECT_EQ(CsvNumber(kNaN), "");
  EXPECT_EQ(CsvNumber(0.9873), "0.9873");
  EXPECT_EQ(std::stod(CsvNumber(1.0 / 3)), 1.0 / 3);
}

ConfusionMatrix Example() {
  ConfusionMatrix matrix(3);
  for (int i = 0; i < 9; ++i) matrix.Add(0, 0);
  matrix.Add(0, 2);
  for (int i = 0; i < 12; ++i) matrix.Add(1, 1);
  return matrix;
}

TEST(ConfusionMatrix, CountsTruthByRowAndAnswerByColumn) {
  const ConfusionMatrix matrix = Example();
  EXPECT_EQ(matrix.count(0, 2), 1);
  EXPECT_EQ(matrix.count(2, 0), 0);
  EXPECT_EQ(matrix.total(), 22);
  EXPECT_EQ(matrix.right(), 21);
  EXPECT_DOUBLE_EQ(matrix.Recall(0), 0.9);
  EXPECT_DOUBLE_EQ(matrix.Recall(2), 0);  // a class without images
}

TEST(ConfusionMatrix, Text_HasARowForEachTruth) {
  EXPECT_EQ(Example().Text(),
            "is \\ as    0   1   2      right\n"
            "      0    9   ·   1    90.00 %\n"
            "      1    ·  12   ·   100.00 %\n"
            "      2    ·   ·   ·     0.00 %\n");
}

TEST(ConfusionMatrix, Svg_SaysHowManyAreRight) {
  EXPECT_THAT(Example().Svg("x < y"), HasSubstr("21 of 22 right (95.45 %)"));
}

TEST(ConfusionMatrixDeathTest, ClassesOutOfRange_AreABug) {
  ConfusionMatrix matrix(3);
  EXPECT_DEATH(matrix.Add(0, 3), "");
}

}  // namespace
}  // namespace linnet::study
