#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"
#include "test_graphs.h"

namespace linnet::passes {
namespace {

using namespace graph;  // NOLINT: a test of graphs

ConvAttributes Valid() { return {}; }

// x [1,2,2,1] -> conv of two channels.
TensorId Convolution(Graph& graph, TensorId x, const std::string& name, std::vector<float> weights) {
  const auto channels = static_cast<int64_t>(weights.size()) / graph.tensor(x).shape[3];
  const TensorId w = AddConstant(graph, name + "/w", {1, 1, graph.tensor(x).shape[3], channels}, weights);
  return AddNode(graph, OpKind::kConv2D, name, {x, w}, Valid()).value();
}

TEST(FoldBatchNorm, AFactorAndAnOffsetAfterAConvolutionGoIntoIt) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2, 2, 1});
  const TensorId conv = Convolution(graph, x, "conv", {1, 2});
  const TensorId gamma = AddConstant(graph, "gamma", {2}, std::vector<float>{3, 4});
  const TensorId beta = AddConstant(graph, "beta", {1, 1, 1, 2}, std::vector<float>{5, 6});
  const TensorId scaled = AddNode(graph, OpKind::kMul, "scaled", {gamma, conv}).value();
  graph.outputs = {AddNode(graph, OpKind::kSub, "shifted", {scaled, beta}).value()};
  EXPECT_EQ(Layers(graph),
            "Conv2D \"conv\" (x, conv/w) -> conv float32[1,2,2,2]\n"
            "Mul \"scaled\" (gamma, conv) -> scaled float32[1,2,2,2]\n"
            "Sub \"shifted\" (scaled, beta) -> shifted float32[1,2,2,2]\n"
            "output shifted\n");
  EXPECT_EQ(FoldBatchNorm(graph), 2);
  EXPECT_EQ(Layers(graph),
            "Conv2D \"conv\" (x, conv/w, conv/bias) -> shifted float32[1,2,2,2]\n"
            "output shifted\n");
  EXPECT_EQ(FloatValues(graph.tensor(graph.nodes[0].inputs[1])), (std::vector<float>{3, 8}));
  EXPECT_EQ(FloatValues(graph.tensor(graph.nodes[0].inputs[2])), (std::vector<float>{-5, -6}));
  EXPECT_TRUE(Verify(graph).has_value());
}

TEST(FoldBatchNorm, WhatStandsBeforeAConvolutionGoesIntoItsInputChannels) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2, 2, 2});
  const TensorId gamma = AddConstant(graph, "gamma", {2}, std::vector<float>{2, 4});
  const TensorId beta = AddConstant(graph, "beta", {2}, std::vector<float>{10, 100});
  const TensorId scaled = AddNode(graph, OpKind::kDiv, "scaled", {x, gamma}).value();
  const TensorId shifted = AddNode(graph, OpKind::kAdd, "shifted", {scaled, beta}).value();
  graph.outputs = {Convolution(graph, shifted, "conv", {1, 2, 4, 8})};
  EXPECT_EQ(FoldBatchNorm(graph), 1);  // the offset; the factor then stands before the convolution
  EXPECT_EQ(FoldBatchNorm(graph), 1);
  EXPECT_EQ(Layers(graph),
            "Conv2D \"conv\" (x, conv/w, conv/bias) -> conv float32[1,2,2,2]\n"
            "output conv\n");
  EXPECT_EQ(FloatValues(graph.tensor(graph.nodes[0].inputs[1])), (std::vector<float>{0.5F, 1, 1, 2}));
  EXPECT_EQ(FloatValues(graph.tensor(graph.nodes[0].inputs[2])), (std::vector<float>{410, 820}));
  EXPECT_TRUE(Verify(graph).has_value());
}

TEST(FoldBatchNorm, AnOffsetBeforePaddingStays) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2, 2, 1});
  const TensorId beta = AddConstant(graph, "beta", {}, std::vector<float>{1});
  const TensorId shifted = AddNode(graph, OpKind::kAdd, "shifted", {x, beta}).value();
  const TensorId w = AddConstant(graph, "w", {3, 3, 1, 1}, std::vector<float>(9, 1));
  ConvAttributes same;
  same.window.padding = Padding::kSame;
  graph.outputs = {AddNode(graph, OpKind::kConv2D, "conv", {shifted, w}, same).value()};
  EXPECT_EQ(FoldBatchNorm(graph), 0);
}

TEST(FoldBatchNorm, AnActivationBetweenKeepsTheFactor) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2});
  const TensorId w = AddConstant(graph, "w", {2, 2}, std::vector<float>(4, 1));
  const TensorId fc =
      AddNode(graph, OpKind::kFullyConnected, "fc", {x, w}, FullyConnectedAttributes{Activation::kRelu}).value();
  const TensorId gamma = AddConstant(graph, "gamma", {2}, std::vector<float>{-1, 2});
  graph.outputs = {AddNode(graph, OpKind::kMul, "scaled", {fc, gamma}).value()};
  EXPECT_EQ(FoldBatchNorm(graph), 0);
}

// Another pass may have given the sum an activation before the layers came to stand side by side.
TEST(FoldBatchNorm, TheActivationOfWhatIsFoldedGoesAlong) {
  for (const auto pass : {FoldBatchNorm, FuseBias}) {
    Graph graph;
    const TensorId x = AddInput(graph, "x", {1, 2});
    const TensorId w = AddConstant(graph, "w", {2, 2}, std::vector<float>(4, 1));
    const TensorId fc = AddNode(graph, OpKind::kFullyConnected, "fc", {x, w}, FullyConnectedAttributes{}).value();
    const TensorId b = AddConstant(graph, "b", {2}, std::vector<float>{-1, 2});
    graph.outputs = {AddNode(graph, OpKind::kAdd, "sum", {fc, b}, ActivationAttributes{Activation::kRelu6}).value()};
    EXPECT_EQ(pass(graph), 1);
    EXPECT_EQ(ActivationOf(graph.nodes[0]), Activation::kRelu6);
  }
}

}  // namespace
}  // namespace linnet::passes
