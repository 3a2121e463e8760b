#include "linnet/reference/float_interpreter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "linnet/graph/build.h"

namespace linnet::reference {
namespace {

using graph::AddConstant;
using graph::AddInput;
using graph::AddNode;
using graph::Graph;
using graph::OpKind;
using graph::TensorId;
using testing::ElementsAre;
using testing::FloatEq;
using testing::FloatNear;

// Runs a graph of one node on `input`, constants already added.
std::vector<float> RunNode(Graph graph, OpKind op, std::vector<TensorId> inputs, graph::Attributes attributes,
                           std::vector<float> input, graph::Shape target = {}) {
  const auto out = AddNode(graph, op, "node", std::move(inputs), std::move(attributes), std::move(target));
  EXPECT_TRUE(out.has_value()) << (out ? "" : out.error().message);
  graph.outputs = {*out};
  auto net = FloatInterpreter::Create(graph);
  EXPECT_TRUE(net.has_value()) << (net ? "" : net.error().message);
  net->Run(input);
  return {net->output().begin(), net->output().end()};
}

TEST(FloatInterpreter, FullyConnectedAddsBiasAndClampsWithRelu) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2});
  const TensorId w = AddConstant(graph, "w", {2, 3}, std::vector<float>{1, 2, 3, 4, 5, -6});
  const TensorId b = AddConstant(graph, "b", {3}, std::vector<float>{0.5F, -20, 1});
  graph::FullyConnectedAttributes relu{graph::Activation::kRelu};
  EXPECT_THAT(RunNode(graph, OpKind::kFullyConnected, {x, w, b}, graph::FullyConnectedAttributes{}, {1, 2}),
              ElementsAre(9.5F, -8, -8));
  EXPECT_THAT(RunNode(graph, OpKind::kFullyConnected, {x, w, b}, relu, {1, 2}), ElementsAre(9.5F, 0, 0));
}

TEST(FloatInterpreter, ConvolutionWithSamePaddingSeesZerosOutside) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 3, 3, 1});
  const TensorId w = AddConstant(graph, "w", {3, 3, 1, 1}, std::vector<float>(9, 1));
  graph::ConvAttributes conv;
  conv.window.padding = graph::Padding::kSame;
  EXPECT_THAT(RunNode(graph, OpKind::kConv2D, {x, w}, conv, {1, 2, 3, 4, 5, 6, 7, 8, 9}),
              ElementsAre(12, 21, 16, 27, 45, 33, 24, 39, 28));
}

TEST(FloatInterpreter, ConvolutionWithStrideAndTwoChannelsEachWay) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2, 4, 2});
  // [kh=1, kw=2, in=2, out=2]
  const TensorId w = AddConstant(graph, "w", {1, 2, 2, 2}, std::vector<float>{1, 0, 0, 1, 2, 0, 0, -1});
  graph::ConvAttributes conv;
  conv.window.stride_w = 2;
  conv.window.stride_h = 1;
  // out0 = a0 + 2 b0, out1 = a1 - b1 for neighbours a, b
  EXPECT_THAT(RunNode(graph, OpKind::kConv2D, {x, w}, conv, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}),
              ElementsAre(7, -2, 19, -2, 31, -2, 43, -2));
}

TEST(FloatInterpreter, DepthwiseKeepsChannelsApart) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 1, 2, 2});
  const TensorId w = AddConstant(graph, "w", {1, 2, 2, 2}, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8});
  // pixel 0 (1, 10), pixel 1 (2, 20): channel 0 with 1, 5 and 2, 6; channel 1 with 3, 7 and 4, 8
  EXPECT_THAT(RunNode(graph, OpKind::kDepthwiseConv2D, {x, w}, graph::ConvAttributes{}, {1, 10, 2, 20}),
              ElementsAre(11, 14, 170, 200));
}

TEST(FloatInterpreter, PoolsLeavePaddingOut) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 3, 3, 1});
  graph::PoolAttributes pool;
  pool.window = {.stride_h = 2, .stride_w = 2, .padding = graph::Padding::kSame, .kernel_h = 2, .kernel_w = 2};
  const std::vector<float> image = {-1, -2, -3, -4, -5, -6, -7, -8, -9};
  EXPECT_THAT(RunNode(graph, OpKind::kMaxPool, {x}, pool, image), ElementsAre(-1, -3, -7, -9));
  EXPECT_THAT(RunNode(graph, OpKind::kAveragePool, {x}, pool, image), ElementsAre(-3, -4.5F, -7.5F, -9));
}

TEST(FloatInterpreter, SoftmaxSigmoidAndTanh) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 3});
  EXPECT_THAT(RunNode(graph, OpKind::kSoftmax, {x}, graph::NoAttributes{}, {1, 2, 3}),
              ElementsAre(FloatNear(0.09003057F, 1e-7F), FloatNear(0.24472848F, 1e-7F), FloatNear(0.66524094F, 1e-7F)));
  EXPECT_THAT(RunNode(graph, OpKind::kSigmoid, {x}, graph::NoAttributes{}, {0, 1, -1000}),
              ElementsAre(0.5F, FloatEq(0.7310586F), 0));
  EXPECT_THAT(RunNode(graph, OpKind::kTanh, {x}, graph::NoAttributes{}, {0, 1, 1000}),
              ElementsAre(0, FloatEq(0.7615942F), 1));
}

TEST(FloatInterpreter, ElementwiseOperatorsBroadcast) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2, 2});
  const TensorId row = AddConstant(graph, "row", {2}, std::vector<float>{10, 20});
  const TensorId column = AddConstant(graph, "column", {2, 1}, std::vector<float>{2, 4});
  const std::vector<float> v = {1, 2, 3, 4};
  EXPECT_THAT(RunNode(graph, OpKind::kAdd, {x, row}, graph::NoAttributes{}, v), ElementsAre(11, 22, 13, 24));
  EXPECT_THAT(RunNode(graph, OpKind::kSub, {row, x}, graph::NoAttributes{}, v), ElementsAre(9, 18, 7, 16));
  EXPECT_THAT(RunNode(graph, OpKind::kMul, {x, column}, graph::NoAttributes{}, v), ElementsAre(2, 4, 12, 16));
  EXPECT_THAT(RunNode(graph, OpKind::kDiv, {x, column}, graph::NoAttributes{}, v), ElementsAre(0.5F, 1, 0.75F, 1));
  EXPECT_THAT(RunNode(graph, OpKind::kMaximum, {x, column}, graph::NoAttributes{}, v), ElementsAre(2, 2, 4, 4));
  EXPECT_THAT(RunNode(graph, OpKind::kMinimum, {x, column}, graph::NoAttributes{}, v), ElementsAre(1, 2, 3, 4));
}

TEST(FloatInterpreter, MeanArgMaxPadAndReshape) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2, 3});
  const std::vector<float> v = {1, 5, 5, 4, 2, 0};
  EXPECT_THAT(RunNode(graph, OpKind::kMean, {x}, graph::ReduceAttributes{{1}, false}, v),
              ElementsAre(2.5F, 3.5F, 2.5F));
  EXPECT_THAT(RunNode(graph, OpKind::kArgMax, {x}, graph::ReduceAttributes{{2}, false}, v), ElementsAre(1, 0));
  graph::PadAttributes pad;
  pad.amounts = {{0, 0}, {1, 0}, {0, 1}};
  EXPECT_THAT(RunNode(graph, OpKind::kPad, {x}, pad, v), ElementsAre(0, 0, 0, 0, 1, 5, 5, 0, 4, 2, 0, 0));
  EXPECT_THAT(RunNode(graph, OpKind::kReshape, {x}, graph::NoAttributes{}, v, {1, 6}), ElementsAre(1, 5, 5, 4, 2, 0));
}

TEST(FloatInterpreter, SeveralInputsAndOutputs) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2});
  const TensorId y = AddInput(graph, "y", {1, 2});
  const TensorId sum = AddNode(graph, OpKind::kAdd, "sum", {x, y}).value();
  const TensorId product = AddNode(graph, OpKind::kMul, "product", {x, y}).value();
  graph.outputs = {product, sum};
  auto net = FloatInterpreter::Create(graph);
  ASSERT_TRUE(net.has_value());
  net->SetInput(0, std::vector<float>{1, 2});
  net->SetInput(1, std::vector<float>{3, 5});
  net->Run();
  EXPECT_THAT(net->output(0), ElementsAre(3, 10));
  EXPECT_THAT(net->output(1), ElementsAre(4, 7));
}

TEST(FloatInterpreter, RefusesWhatIsDefinedInInt8Only) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2});
  const TensorId feature = AddConstant(graph, "feature", {1, 2}, std::vector<float>{1, 2});
  const TensorId time = AddConstant(graph, "time", {1, 3}, std::vector<float>{1, 2, 3});
  graph.outputs = {AddNode(graph, OpKind::kSvdf, "memory", {x, feature, time}, graph::SvdfAttributes{}).value()};
  const auto net = FloatInterpreter::Create(graph);
  ASSERT_FALSE(net.has_value());
  EXPECT_EQ(net.error().status, Status::kUnimplemented);
  EXPECT_THAT(net.error().message, testing::HasSubstr("layer 'memory' (Svdf): is defined in int8 only"));
}

}  // namespace
}  // namespace linnet::reference
