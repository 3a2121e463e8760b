#include "linnet/quantize/quantize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/quantize/images.h"
#include "linnet/reference/int8_interpreter.h"
#include "scales.h"
#include "weights.h"

namespace linnet::quantize {
namespace {

using graph::AddConstant;
using graph::AddInput;
using graph::AddNode;
using graph::Graph;
using graph::OpKind;
using graph::TensorId;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr unsigned kSeed = 42;

TensorId RandomConstant(Graph& graph, std::mt19937& random, const char* name, graph::Shape shape, float spread) {
  std::uniform_real_distribution<float> values(-spread, spread);
  std::vector<float> v(static_cast<size_t>(graph::ElementCount(shape)));
  for (float& x : v) x = values(random);
  return AddConstant(graph, name, std::move(shape), v);
}

TensorId Dense(Graph& graph, std::mt19937& random, const char* name, TensorId in, int64_t inputs, int64_t outputs,
               graph::Activation activation) {
  const float spread = std::sqrt(6.0F / static_cast<float>(inputs));
  const TensorId w = RandomConstant(graph, random, "w", {inputs, outputs}, spread);
  const TensorId b = RandomConstant(graph, random, "b", {outputs}, 0.1F);
  return AddNode(graph, OpKind::kFullyConnected, name, {in, w, b}, graph::FullyConnectedAttributes{activation}).value();
}

// The shape of the poster's DNN.
Graph DenseNetwork() {
  std::mt19937 random(kSeed);
  Graph graph;
  TensorId t = AddInput(graph, "x", {1, 784});
  t = Dense(graph, random, "fc1", t, 784, 128, graph::Activation::kRelu);
  t = Dense(graph, random, "fc2", t, 128, 64, graph::Activation::kRelu);
  t = Dense(graph, random, "fc3", t, 64, 10, graph::Activation::kNone);
  graph.outputs = {AddNode(graph, OpKind::kSoftmax, "soft", {t}).value()};
  return graph;
}

// The shape of the poster's CNN.
Graph ConvolutionNetwork() {
  std::mt19937 random(kSeed);
  Graph graph;
  TensorId t = AddInput(graph, "x", {1, 28, 28, 1});
  int64_t channels = 1;
  for (const int64_t features : {16, 32, 64}) {
    const TensorId w = RandomConstant(graph, random, "w", {5, 5, channels, features},
                                      std::sqrt(6.0F / static_cast<float>(25 * channels)));
    const TensorId b = RandomConstant(graph, random, "b", {features}, 0.1F);
    graph::ConvAttributes conv;
    conv.window.padding = graph::Padding::kSame;
    conv.activation = graph::Activation::kRelu;
    t = AddNode(graph, OpKind::kConv2D, "conv" + std::to_string(features), {t, w, b}, conv).value();
    graph::PoolAttributes pool;
    pool.window = {.stride_h = 2, .stride_w = 2, .padding = graph::Padding::kSame, .kernel_h = 2, .kernel_w = 2};
    t = AddNode(graph, OpKind::kMaxPool, "pool" + std::to_string(features), {t}, pool).value();
    channels = features;
  }
  t = AddNode(graph, OpKind::kReshape, "flat", {t}, graph::NoAttributes{}, {1, 1024}).value();
  t = Dense(graph, random, "fc", t, 1024, 10, graph::Activation::kNone);
  graph.outputs = {AddNode(graph, OpKind::kSoftmax, "soft", {t}).value()};
  return graph;
}

TEST(ChooseScale, ZeroFallsExactlyOnAStep) {
  const Scale positive = ChooseScale({0, 2.55F});
  EXPECT_FLOAT_EQ(positive.scale, 0.01F);
  EXPECT_EQ(positive.zero_point, -128);
  const Scale both = ChooseScale({-1, 3});
  EXPECT_EQ(both.zero_point, -64);  // -128 + 63.75
  const Scale negative = ChooseScale({-2.55F, 0});
  EXPECT_EQ(negative.zero_point, 127);
  const Scale nothing = ChooseScale({0, 0});
  EXPECT_EQ(nothing.scale, 1);
}

TEST(QuantizeWeights, EachChannelUsesItsWholeRange) {
  const auto q = QuantizeWeights({1, -0.5F, 0.25F, 2}, {0.5F, -1}, 2, 0.5F, 1);
  ASSERT_TRUE(q.has_value());
  EXPECT_THAT(q->weights, ElementsAre(127, -32, 32, 127));  // channel 0: 1, 0.25; channel 1: -0.5, 2
  EXPECT_THAT(q->scales, ElementsAre(testing::FloatEq(1 / 127.0F), testing::FloatEq(2 / 127.0F)));
  EXPECT_THAT(q->bias, ElementsAre(127, -127));  // 0.5 / (0.5 / 127) and -1 / (0.5 * 2 / 127)
}

TEST(QuantizeWeights, AChannelOfZerosKeepsItsBias) {
  const auto q = QuantizeWeights({0, 1, 0, 2}, {0.75F, 0}, 2, 0.5F, 0.01F);
  ASSERT_TRUE(q.has_value());
  EXPECT_THAT(q->weights, ElementsAre(0, 64, 0, 127));
  EXPECT_GT(q->scales[0], 0);
  EXPECT_NEAR(q->bias[0] * 0.5 * static_cast<double>(q->scales[0]), 0.75, 1e-6);
}

TEST(QuantizeWeights, ALargeBiasOnTinyWeightsStillFits) {
  const auto q = QuantizeWeights({1e-12F, 1e-12F}, {10}, 1, 1e-3F, 1);
  ASSERT_TRUE(q.has_value());
  EXPECT_NEAR(q->bias[0] * 1e-3 * static_cast<double>(q->scales[0]), 10, 1e-4);
}

TEST(QuantizeWeights, SumsThatLeave32BitsAreRefused) {
  EXPECT_FALSE(QuantizeWeights(std::vector<float>(70000, 1), {}, 1, 1, 1).has_value());
}

TEST(Quantize, DenseNetworkStaysCloseToFloat) {
  const Graph graph = DenseNetwork();
  const Calibration calibration = RandomCalibration(graph, 40, kSeed);
  const auto q = Quantize(graph, calibration);
  ASSERT_TRUE(q.has_value()) << q.error().message;
  ASSERT_EQ(q->errors.size(), 4U);
  for (size_t i = 0; i < 3; ++i) EXPECT_GT(q->errors[i].signal_to_noise_db, 28) << ToText(q->errors);
  EXPECT_THAT(ToText(q->errors), HasSubstr("fc2"));
  EXPECT_THAT(graph::ToText(q->graph),
              testing::AllOf(HasSubstr("input x int8[1,784]"), HasSubstr("const w int8[784,128] 128 scales"),
                             HasSubstr("soft int8[1,10] scale 0.00390625 zero -128")));
}

TEST(Quantize, ConvolutionNetworkSharesScalesAcrossPools) {
  const Graph graph = ConvolutionNetwork();
  const auto q = Quantize(graph, RandomCalibration(graph, 10, kSeed));
  ASSERT_TRUE(q.has_value()) << q.error().message;
  for (size_t i = 0; i + 1 < q->errors.size(); ++i) EXPECT_GT(q->errors[i].signal_to_noise_db, 25) << ToText(q->errors);
  for (const graph::Node& node : q->graph.nodes) {
    if (node.op != OpKind::kMaxPool && node.op != OpKind::kReshape) continue;
    EXPECT_EQ(q->graph.tensor(node.inputs[0]).quantization.scales,
              q->graph.tensor(node.outputs[0]).quantization.scales);
    EXPECT_EQ(q->graph.tensor(node.inputs[0]).quantization.zero_points,
              q->graph.tensor(node.outputs[0]).quantization.zero_points);
  }
}

TEST(Quantize, TheSameInputsGiveTheSameNetwork) {
  const Graph graph = DenseNetwork();
  const auto a = Quantize(graph, RandomCalibration(graph, 5, 3));
  const auto b = Quantize(graph, RandomCalibration(graph, 5, 3));
  ASSERT_TRUE(a && b);
  EXPECT_EQ(graph::ToText(a->graph), graph::ToText(b->graph));
}

TEST(Quantize, AZeroChannelAnswersItsBiasThroughTheWholeNetwork) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2});
  const TensorId w = AddConstant(graph, "w", {2, 3}, std::vector<float>{1, 0, 0, -1, 0, 0});
  const TensorId b = AddConstant(graph, "b", {3}, std::vector<float>{0, 0.5F, 0});
  graph.outputs = {AddNode(graph, OpKind::kFullyConnected, "fc", {x, w, b}, graph::FullyConnectedAttributes{}).value()};
  const auto q = Quantize(graph, {.inputs = {{1, 0}, {0, 1}, {0.3F, 0.2F}}});
  ASSERT_TRUE(q.has_value()) << q.error().message;
  auto network = reference::Int8Interpreter::Create(q->graph);
  ASSERT_TRUE(network.has_value());
  network->RunFloat(std::vector<float>{0.75F, 0.25F});
  const graph::Quantization& out = q->graph.tensor(q->graph.outputs[0]).quantization;
  const auto real = [&](size_t i) {
    return out.scales[0] * static_cast<float>(network->output()[i] - out.zero_points[0]);
  };
  EXPECT_NEAR(real(0), 0.5F, out.scales[0]);
  EXPECT_NEAR(real(1), 0.5F, out.scales[0]);
  EXPECT_EQ(real(2), 0);
}

TEST(Quantize, ElementwiseLayersStayClose) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 4});
  const TensorId c = AddConstant(graph, "c", {4}, std::vector<float>{0.5F, -1, 2, 0.1F});
  const TensorId d = AddConstant(graph, "d", {}, std::vector<float>{4});
  const TensorId sum = AddNode(graph, OpKind::kAdd, "sum", {x, c}).value();
  const TensorId product = AddNode(graph, OpKind::kMul, "product", {sum, x}).value();
  const TensorId quotient = AddNode(graph, OpKind::kDiv, "quotient", {product, d}).value();
  const TensorId less = AddNode(graph, OpKind::kSub, "less", {x, quotient}).value();
  const TensorId relu = AddNode(graph, OpKind::kRelu, "relu", {less}).value();
  graph.outputs = {AddNode(graph, OpKind::kTanh, "tanh", {relu}).value()};
  const auto q = Quantize(graph, RandomCalibration(graph, 50, 9));
  ASSERT_TRUE(q.has_value()) << q.error().message;
  for (const LayerError& e : q->errors) EXPECT_GT(e.signal_to_noise_db, 25) << ToText(q->errors);
}

TEST(Quantize, WhatCantBeQuantisedIsNamed) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 4});
  const TensorId w = AddInput(graph, "w", {4, 2});
  graph.outputs = {AddNode(graph, OpKind::kFullyConnected, "fc", {x, w}, graph::FullyConnectedAttributes{}).value()};
  const auto q = Quantize(graph, {.inputs = {std::vector<float>(12)}});
  ASSERT_FALSE(q.has_value());
  EXPECT_THAT(q.error().message, HasSubstr("layer 'fc' (FullyConnected): weights and bias must be constant"));
  const auto none = Quantize(DenseNetwork(), {});
  ASSERT_FALSE(none.has_value());
  EXPECT_THAT(none.error().message, HasSubstr("no calibration inputs"));
  EXPECT_FALSE(Quantize(DenseNetwork(), {.inputs = {{1, 2}}}).has_value());
}

TEST(Images, FitFlatAndPictureInputs) {
  data::Images images{.count = 1, .height = 2, .width = 2, .channels = 1, .pixels = {0, 51, 102, 255}, .labels = {3}};
  EXPECT_TRUE(CheckFits(images, {1, 4}).has_value());
  EXPECT_TRUE(CheckFits(images, {1, 2, 2, 1}).has_value());
  EXPECT_TRUE(CheckFits(images, {1, 2, 2}).has_value());
  EXPECT_FALSE(CheckFits(images, {1, 1, 2, 2}).has_value());
  EXPECT_FALSE(CheckFits(images, {1, 5}).has_value());
  std::vector<float> input(4);
  PixelsToInput(images.image(0), input);
  EXPECT_THAT(input, ElementsAre(0, 0.2F, 0.4F, 1));
}

}  // namespace
}  // namespace linnet::quantize
