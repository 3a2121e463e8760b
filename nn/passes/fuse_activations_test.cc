#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"
#include "test_graphs.h"

namespace linnet::passes {
namespace {

using namespace graph;  // NOLINT: a test of graphs

TEST(FuseActivations, ReluJoinsTheLayerBefore) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2});
  const TensorId w = AddConstant(graph, "w", {2, 2}, std::vector<float>{1, 2, 3, 4});
  const TensorId fc = AddNode(graph, OpKind::kFullyConnected, "fc", {x, w}, FullyConnectedAttributes{}).value();
  const TensorId relu = AddNode(graph, OpKind::kRelu, "relu", {fc}).value();
  const TensorId soft = AddNode(graph, OpKind::kSoftmax, "soft", {relu}).value();
  graph.outputs = {AddNode(graph, OpKind::kRelu6, "after", {soft}).value()};
  EXPECT_EQ(FuseActivations(graph), 1);
  const std::string text = ToText(graph);
  EXPECT_EQ(text.substr(text.find("Fully")),
            "FullyConnected \"fc\" (x, w) relu -> relu float32[1,2]\n"
            "Softmax \"soft\" (relu) -> soft float32[1,2]\n"
            "Relu6 \"after\" (soft) -> after float32[1,2]\n"
            "output after\n");
  EXPECT_TRUE(Verify(graph).has_value());
}

// conv -> relu in int8, with the scales and zero points that the two layers give.
Graph Int8Relu(int32_t zero_point, float relu_scale) {
  Graph graph;
  const TensorId x = Int8Input(graph, "x", {1, 1, 1, 1}, 0.5F, 3);
  const TensorId w = Int8Constant(graph, "w", {1, 1, 1, 1}, {1}, 0.1F);
  const TensorId conv = Int8Node(graph, OpKind::kConv2D, "conv", {x, w}, ConvAttributes{}, 0.5F, zero_point);
  graph.outputs = {Int8Node(graph, OpKind::kRelu, "relu", {conv}, NoAttributes{}, relu_scale, zero_point)};
  return graph;
}

TEST(FuseActivations, Int8NeedsTheSameScale) {
  Graph same = Int8Relu(-5, 0.5F);
  EXPECT_EQ(FuseActivations(same), 1);
  EXPECT_EQ(Layers(same), "Conv2D \"conv\" (x, w) relu -> relu int8[1,1,1,1] scale 0.5 zero -5\noutput relu\n");
  Graph other = Int8Relu(-5, 0.25F);
  EXPECT_EQ(FuseActivations(other), 0);
}

TEST(FuseActivations, AClampOfAllOfInt8IsNone) {
  Graph graph = Int8Relu(-128, 0.5F);
  EXPECT_EQ(FuseActivations(graph), 1);
  EXPECT_EQ(Layers(graph), "Conv2D \"conv\" (x, w) -> conv int8[1,1,1,1] scale 0.5 zero -128\noutput conv\n");
}

TEST(FuseActivations, ClampsAndOneAfterTheOther) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2});
  const TensorId y = AddInput(graph, "y", {1, 2});
  const TensorId sum = AddNode(graph, OpKind::kAdd, "sum", {x, y}).value();
  const TensorId relu = AddNode(graph, OpKind::kRelu, "relu", {sum}).value();
  const TensorId six = AddNode(graph, OpKind::kClamp, "six", {relu}, ClampAttributes{0, 6}).value();
  const TensorId one = AddNode(graph, OpKind::kClamp, "one", {six}, ClampAttributes{-1, 1}).value();
  const TensorId odd = AddNode(graph, OpKind::kClamp, "odd", {one}, ClampAttributes{0, 5}).value();
  graph.outputs = {odd};
  EXPECT_EQ(FuseActivations(graph), 2);
  EXPECT_EQ(Layers(graph),
            "Add \"sum\" (x, y) relu6 -> six float32[1,2]\n"
            "Clamp \"one\" (six) -1..1 -> one float32[1,2]\n"
            "Clamp \"odd\" (one) 0..5 -> odd float32[1,2]\n"
            "output odd\n");
  EXPECT_TRUE(Verify(graph).has_value());
}

}  // namespace
}  // namespace linnet::passes
