#include <gtest/gtest.h>

#include <limits>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"
#include "test_graphs.h"

namespace linnet::passes {
namespace {

using namespace graph;  // NOLINT: a test of graphs

PadAttributes Around(int amount, float value = 0) {
  return {{{0, 0}, {amount, amount}, {amount, amount}, {0, 0}}, value};
}

TEST(FusePadding, AConvolutionTakesThePadding) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 4, 4, 1});
  const TensorId pad = AddNode(graph, OpKind::kPad, "pad", {x}, Around(1)).value();
  const TensorId w = AddConstant(graph, "w", {3, 3, 1, 1}, std::vector<float>(9, 1));
  ConvAttributes stride;
  stride.window.stride_h = stride.window.stride_w = 2;
  graph.outputs = {AddNode(graph, OpKind::kConv2D, "conv", {pad, w}, stride).value()};
  EXPECT_EQ(Layers(graph),
            "Pad \"pad\" (x) by 0,0 1,1 1,1 0,0 -> pad float32[1,6,6,1]\n"
            "Conv2D \"conv\" (pad, w) stride 2x2 -> conv float32[1,2,2,1]\n"
            "output conv\n");
  EXPECT_EQ(FusePadding(graph), 1);
  RemoveDeadCode(graph);
  EXPECT_EQ(Layers(graph),
            "Conv2D \"conv\" (x, w) stride 2x2 pad 1,1,1,1 -> conv float32[1,2,2,1]\n"
            "output conv\n");
  EXPECT_TRUE(Verify(graph).has_value());
}

TEST(FusePadding, PadsInARowAreOne) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 4, 4, 1});
  const TensorId a = AddNode(graph, OpKind::kPad, "a", {x}, Around(1)).value();
  graph.outputs = {AddNode(graph, OpKind::kPad, "b", {a}, Around(2)).value()};
  EXPECT_EQ(FusePadding(graph), 1);
  RemoveDeadCode(graph);
  EXPECT_EQ(Layers(graph), "Pad \"b\" (x) by 0,0 3,3 3,3 0,0 -> b float32[1,10,10,1]\noutput b\n");
}

// pad -> pool; how many places the pass changes.
int Changes(OpKind pool, float value, OpKind before) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 4, 4, 1});
  const TensorId a = AddNode(graph, before, "a", {x}).value();
  const TensorId pad = AddNode(graph, OpKind::kPad, "pad", {a}, Around(1, value)).value();
  PoolAttributes window;
  window.window.kernel_h = window.window.kernel_w = 2;
  graph.outputs = {AddNode(graph, pool, "pool", {pad}, window).value()};
  const int changes = FusePadding(graph);
  EXPECT_TRUE(Verify(graph).has_value());
  return changes;
}

TEST(FusePadding, APoolTakesItOnlyWhereTheValueCantWin) {
  EXPECT_EQ(Changes(OpKind::kMaxPool, 0, OpKind::kRelu), 1);
  EXPECT_EQ(Changes(OpKind::kMaxPool, 0, OpKind::kTanh), 0);
  EXPECT_EQ(Changes(OpKind::kMaxPool, -std::numeric_limits<float>::infinity(), OpKind::kTanh), 1);
  EXPECT_EQ(Changes(OpKind::kAveragePool, 0, OpKind::kRelu), 0);
}

TEST(FusePadding, Int8TakesTheZeroPointAndNoOtherScale) {
  for (const float pad_scale : {0.5F, 0.25F}) {
    Graph graph;
    const TensorId x = Int8Input(graph, "x", {1, 4, 4, 1}, 0.5F, 3);
    const TensorId pad = Int8Node(graph, OpKind::kPad, "pad", {x}, Around(1), pad_scale, 3);
    const TensorId w = Int8Constant(graph, "w", {3, 3, 1, 1}, std::vector<int8_t>(9, 1), 0.1F);
    graph.outputs = {Int8Node(graph, OpKind::kConv2D, "conv", {pad, w}, ConvAttributes{}, 1, 0)};
    EXPECT_EQ(FusePadding(graph), pad_scale == 0.5F ? 1 : 0);
  }
}

}  // namespace
}  // namespace linnet::passes
