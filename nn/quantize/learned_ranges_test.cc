// What quantisation-aware training learned is what the int8 network computes with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "linnet/graph/build.h"
#include "linnet/graph/learned.h"
#include "linnet/quantize/images.h"
#include "linnet/quantize/quantize.h"
#include "linnet/reference/int8_interpreter.h"
#include "weights.h"

namespace linnet::quantize {
namespace {

using graph::AddConstant;
using graph::AddInput;
using graph::AddNode;
using graph::Graph;
using graph::Learned;
using graph::OpKind;
using graph::TensorId;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr unsigned kSeed = 7;

Learned Range(float min, float max) { return {.bits = 8, .narrow_range = false, .min = {min}, .max = {max}}; }

Learned Symmetric(const std::vector<float>& max, int bits) {
  Learned learned{.bits = bits, .narrow_range = true, .min = max, .max = max};
  for (float& v : learned.min) v = -v;
  return learned;
}

// A fully-connected layer whose weights lie on random steps of `bits` bits.
TensorId Dense(Graph& graph, std::mt19937& random, const std::string& name, TensorId x, int64_t outputs, int bits,
               graph::Activation activation) {
  const int64_t inputs = graph.tensor(x).shape.back();
  std::uniform_real_distribution<float> reach(0.05F, 0.3F);
  std::vector<float> max(static_cast<size_t>(outputs));
  for (float& v : max) v = reach(random);
  max.back() = 0;  // a channel that was pruned
  const Learned learned = Symmetric(max, bits);
  std::uniform_int_distribution<int> steps(-WeightSteps(bits), WeightSteps(bits));
  std::vector<float> values(static_cast<size_t>(inputs * outputs));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(steps(random)) * graph::StepsOf(learned, i % max.size()).scale;
  const TensorId w = AddConstant(graph, name + "/w", {inputs, outputs}, values);
  graph.tensor(w).learned = learned;
  std::vector<float> bias(max.size());
  for (float& v : bias) v = reach(random) - 0.2F;
  const TensorId b = AddConstant(graph, name + "/b", {outputs}, bias);
  return AddNode(graph, OpKind::kFullyConnected, name, {x, w, b}, graph::FullyConnectedAttributes{activation}).value();
}

Graph TrainedNetwork(int bits) {
  std::mt19937 random(kSeed);
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 40});
  const TensorId hidden = Dense(graph, random, "fc1", x, 24, bits, graph::Activation::kRelu);
  const TensorId scores = Dense(graph, random, "fc2", hidden, 10, bits, graph::Activation::kNone);
  graph.tensor(x).learned = Range(0, 1);
  graph.tensor(hidden).learned = Range(0, 1.7F);
  graph.tensor(scores).learned = Range(-1.1F, 1.3F);
  graph.outputs = {AddNode(graph, OpKind::kSoftmax, "soft", {scores}).value()};
  return graph;
}

TEST(QuantizeWeights, WhatLiesOnLearnedStepsKeepsItsStep) {
  std::mt19937 random(kSeed);
  std::uniform_real_distribution<float> exponent(-20, 20);
  for (const int bits : {4, 8}) {
    const int steps = WeightSteps(bits);
    for (int round = 0; round < 200; ++round) {
      const std::vector<float> max = {std::exp2(exponent(random)), std::exp2(exponent(random))};
      const Learned learned = Symmetric(max, bits);
      std::vector<float> weights;
      std::vector<int8_t> expected;
      for (int q = -steps; q <= steps; ++q) {
        for (size_t c = 0; c < 2; ++c) {
          weights.push_back(static_cast<float>(q) * graph::StepsOf(learned, c).scale);
          expected.push_back(static_cast<int8_t>(q));
        }
      }
      const auto q = QuantizeWeights(weights, {}, 2, 0.01F, 0.1F, 8, learned);
      ASSERT_TRUE(q);
      EXPECT_TRUE(q->learned);
      EXPECT_EQ(q->bits, bits);
      ASSERT_EQ(q->weights, expected) << "seed " << kSeed << ", round " << round;
      EXPECT_EQ(q->scales[0], graph::StepsOf(learned, 0).scale);
    }
  }
}

TEST(QuantizeWeights, AChannelOfZerosThatLearnedNothingHasAScale) {
  const auto q = QuantizeWeights({0, 7, 0, -3}, {0.5F, 0}, 2, 0.01F, 0.1F, 8, Symmetric({0, 7}, 4));
  ASSERT_TRUE(q);
  EXPECT_TRUE(q->learned);
  EXPECT_THAT(q->weights, ElementsAre(0, 7, 0, -3));
  EXPECT_GT(q->scales[0], 0);
  EXPECT_NEAR(q->bias[0] * 0.01 * static_cast<double>(q->scales[0]), 0.5, 1e-6);
}

TEST(QuantizeWeights, RangesBeyondInt8GiveScalesAnew) {
  // 0 to 2: steps up to 255, of which the weight 2 is one
  const auto beyond = QuantizeWeights({2, 1}, {}, 1, 0.01F, 0.1F, 8, Range(0, 2));
  ASSERT_TRUE(beyond);
  EXPECT_FALSE(beyond->learned);
  EXPECT_THAT(beyond->weights, ElementsAre(127, 64));
  // -1 to 127 / 128: all of int8, of which no weight is the lowest
  const auto inside = QuantizeWeights({0.5F, -0.25F}, {}, 1, 0.01F, 0.1F, 8, Range(-1, 127.0F / 128));
  ASSERT_TRUE(inside);
  EXPECT_TRUE(inside->learned);
  EXPECT_THAT(inside->weights, ElementsAre(64, -32));
}

TEST(QuantizeWeights, FourBitsReachSeven) {
  const auto q = QuantizeWeights({7, -3.4F, 1, -1.75F}, {}, 1, 0.01F, 0.1F, 4);
  ASSERT_TRUE(q);
  EXPECT_EQ(q->bits, 4);
  EXPECT_THAT(q->weights, ElementsAre(7, -3, 1, -2));
}

TEST(LearnedRanges, GiveTheScalesWithoutCalibration) {
  const Graph graph = TrainedNetwork(8);
  const RangeSources sources = CountRanges(graph);
  EXPECT_EQ(sources.learned, 3);
  EXPECT_EQ(sources.calibrated, 0);
  EXPECT_EQ(sources.fixed, 1);
  const auto q = Quantize(graph, {});
  ASSERT_TRUE(q) << q.error().message;
  EXPECT_EQ(q->graph.tensor(q->graph.inputs[0]).quantization.scales[0], 1.0F / 255);
  EXPECT_EQ(q->graph.tensor(q->graph.inputs[0]).quantization.zero_points[0], -128);
  const graph::Quantization& scores = q->graph.tensor(q->graph.nodes[1].outputs[0]).quantization;
  EXPECT_EQ(scores.scales[0], (1.3F - -1.1F) / 255);
  EXPECT_EQ(scores.zero_points[0], 117 - 128);  // 1.1 / scale = 116.9 steps
  EXPECT_EQ(q->errors[0].range_source, RangeSource::kLearned);
  EXPECT_TRUE(q->errors[0].learned_weights);
  EXPECT_FALSE(q->errors[0].measured);
  EXPECT_EQ(q->errors[2].range_source, RangeSource::kOperator);
  EXPECT_THAT(ToText(q->errors), HasSubstr("-  learned     int8 learned\n"));
  EXPECT_THAT(graph::ToText(q->graph), Not(HasSubstr("learned")));
}

TEST(LearnedRanges, OneThatIsMissingIsNamedOrCalibrated) {
  Graph graph = TrainedNetwork(8);
  graph.tensor(graph.nodes[0].outputs[0]).learned = {};
  EXPECT_EQ(CountRanges(graph).calibrated, 1);
  const auto none = Quantize(graph, {});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("no calibration inputs: the range of 'fc1' can't be known"));
  const auto some = Quantize(graph, RandomCalibration(graph, 20, kSeed));
  ASSERT_TRUE(some) << some.error().message;
  EXPECT_EQ(some->errors[0].range_source, RangeSource::kCalibration);
  EXPECT_EQ(some->errors[1].range_source, RangeSource::kLearned);
  EXPECT_TRUE(some->errors[1].measured);
  EXPECT_EQ(some->graph.tensor(some->graph.nodes[1].outputs[0]).quantization.scales[0], (1.3F - -1.1F) / 255);
}

// The network as training saw it: every value on its steps.
std::vector<float> Simulated(const Graph& graph, std::vector<float> values) {
  const auto put_on_steps = [&](TensorId id) {
    const graph::Steps steps = graph::StepsOf(graph.tensor(id).learned);
    for (float& v : values) v = graph::FakeQuantize(v, steps);
  };
  put_on_steps(graph.inputs[0]);
  for (size_t n = 0; n < 2; ++n) {
    const std::vector<float> w = graph::FloatValues(graph.tensor(graph.nodes[n].inputs[1]));
    std::vector<float> sums = graph::FloatValues(graph.tensor(graph.nodes[n].inputs[2]));
    for (size_t i = 0; i < w.size(); ++i) sums[i % sums.size()] += values[i / sums.size()] * w[i];
    values = sums;
    if (graph::ActivationOf(graph.nodes[n]) == graph::Activation::kRelu)
      for (float& v : values) v = std::max(v, 0.0F);
    put_on_steps(graph.nodes[n].outputs[0]);
  }
  return values;
}

TEST(LearnedRanges, TheInt8NetworkIsTheOneThatWasTrained) {
  for (const int bits : {4, 8}) {
    Graph graph = TrainedNetwork(bits);
    graph.outputs = {graph.nodes[1].outputs[0]};
    graph.nodes.pop_back();
    const auto q = Quantize(graph, {});
    ASSERT_TRUE(q) << q.error().message;
    EXPECT_EQ(q->errors[0].weight_bits, bits);
    auto network = reference::Int8Interpreter::Create(q->graph);
    ASSERT_TRUE(network);
    const graph::Quantization out = q->graph.tensor(q->graph.outputs[0]).quantization;
    int different = 0;
    for (const std::vector<float>& input : RandomCalibration(graph, 100, kSeed).inputs) {
      network->RunFloat(input);
      const std::vector<float> trained = Simulated(graph, input);
      for (size_t i = 0; i < trained.size(); ++i) {
        const auto step = static_cast<int>(std::lround(trained[i] / out.scales[0])) + out.zero_points[0];
        EXPECT_LE(std::abs(network->output()[i] - step), 1) << "seed " << kSeed;
        different += network->output()[i] != step ? 1 : 0;
      }
    }
    EXPECT_LE(different, 10) << "of 1000: sums in float that fall beside a half";
  }
}

TEST(LearnedRanges, APoolHasThatOfWhatItReadsOrOfItsAnswer) {
  for (const bool before : {false, true}) {
    Graph graph;
    const TensorId x = AddInput(graph, "x", {1, 4, 4, 1});
    graph::PoolAttributes pool;
    pool.window = {.stride_h = 2, .stride_w = 2, .kernel_h = 2, .kernel_w = 2};
    graph.outputs = {AddNode(graph, OpKind::kMaxPool, "pool", {x}, pool).value()};
    graph.tensor(before ? x : graph.outputs[0]).learned = Range(-1, 3);
    EXPECT_EQ(CountRanges(graph).learned, 2);
    const auto q = Quantize(graph, {});
    ASSERT_TRUE(q) << q.error().message;
    EXPECT_EQ(q->graph.tensor(q->graph.inputs[0]).quantization.scales[0], 4.0F / 255);
    EXPECT_EQ(q->graph.nodes.size(), 1U);
  }
}

TEST(LearnedRanges, TwoThatDifferAroundAPoolAreBothKept) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 4, 4, 1});
  graph::PoolAttributes pool;
  pool.window = {.stride_h = 2, .stride_w = 2, .kernel_h = 2, .kernel_w = 2};
  graph.outputs = {AddNode(graph, OpKind::kMaxPool, "pool", {x}, pool).value()};
  graph.tensor(x).learned = Range(-1, 3);
  graph.tensor(graph.outputs[0]).learned = Range(0, 3);
  const auto q = Quantize(graph, {});
  ASSERT_TRUE(q) << q.error().message;
  ASSERT_EQ(q->graph.nodes.size(), 2U);
  EXPECT_EQ(q->graph.nodes[0].op, OpKind::kQuantize);
  EXPECT_EQ(q->graph.tensor(q->graph.inputs[0]).quantization.scales[0], 4.0F / 255);
  EXPECT_EQ(q->graph.tensor(q->graph.outputs[0]).quantization.scales[0], 3.0F / 255);
}

TEST(LearnedRanges, ValuesThatNeverChangeAreNoDivisionByZero) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2});
  const TensorId w = AddConstant(graph, "w", {2, 2}, std::vector<float>{0, 0, 0, 0});
  const TensorId b = AddConstant(graph, "b", {2}, std::vector<float>{0.5F, 0});
  const TensorId fc =
      AddNode(graph, OpKind::kFullyConnected, "fc", {x, w, b}, graph::FullyConnectedAttributes{}).value();
  const TensorId zero =
      AddNode(graph, OpKind::kMul, "zero", {fc, AddConstant(graph, "none", {}, std::vector<float>{0})}).value();
  graph.outputs = {AddNode(graph, OpKind::kAdd, "sum", {fc, zero}).value()};
  for (const bool learned : {false, true}) {
    if (learned) {
      graph.tensor(x).learned = graph.tensor(zero).learned = Range(0, 0);
      graph.tensor(fc).learned = graph.tensor(graph.outputs[0]).learned = Range(0, 0.5F);
      graph.tensor(w).learned = Symmetric({0, 0}, 8);
    }
    const auto q = Quantize(graph, learned ? Calibration{} : Calibration{{{0, 0}, {0, 0}}});
    ASSERT_TRUE(q) << q.error().message;
    auto network = reference::Int8Interpreter::Create(q->graph);
    ASSERT_TRUE(network) << network.error().message;
    network->RunFloat(std::vector<float>{0, 0});
    const graph::Quantization& out = q->graph.tensor(q->graph.outputs[0]).quantization;
    EXPECT_NEAR(out.scales[0] * static_cast<float>(network->output()[0] - out.zero_points[0]), 0.5F, 0.004F);
    EXPECT_EQ(network->output()[1], out.zero_points[0]);
  }
}

}  // namespace
}  // namespace linnet::quantize
