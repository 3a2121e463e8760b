#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"
#include "test_graphs.h"

namespace linnet::passes {
namespace {

using namespace graph;  // NOLINT: a test of graphs

// int8 -> float -> int8 of `scale`
Graph ThroughFloat(float scale) {
  Graph graph;
  const TensorId x = Int8Input(graph, "x", {1, 4}, 0.5F, 3);
  const TensorId relu = Int8Node(graph, OpKind::kRelu, "relu", {x}, NoAttributes{}, 0.5F, 3);
  const TensorId real = AddNode(graph, OpKind::kDequantize, "real", {relu}).value();
  const TensorId again = Int8Node(graph, OpKind::kQuantize, "again", {real}, NoAttributes{}, scale, 3);
  graph.outputs = {Int8Node(graph, OpKind::kRelu6, "relu6", {again}, NoAttributes{}, scale, 3)};
  return graph;
}

TEST(RemoveQuantizePairs, TheSameScaleAgainIsNoChange) {
  Graph graph = ThroughFloat(0.5F);
  EXPECT_EQ(Layers(graph),
            "Relu \"relu\" (x) -> relu int8[1,4] scale 0.5 zero 3\n"
            "Dequantize \"real\" (relu) -> real float32[1,4]\n"
            "Quantize \"again\" (real) -> again int8[1,4] scale 0.5 zero 3\n"
            "Relu6 \"relu6\" (again) -> relu6 int8[1,4] scale 0.5 zero 3\n"
            "output relu6\n");
  EXPECT_EQ(RemoveQuantizePairs(graph), 1);
  RemoveDeadCode(graph);
  EXPECT_EQ(Layers(graph),
            "Relu \"relu\" (x) -> relu int8[1,4] scale 0.5 zero 3\n"
            "Relu6 \"relu6\" (relu) -> relu6 int8[1,4] scale 0.5 zero 3\n"
            "output relu6\n");
  EXPECT_TRUE(Verify(graph).has_value());
}

TEST(RemoveQuantizePairs, AnotherScaleRounds) {
  Graph graph = ThroughFloat(0.25F);
  EXPECT_EQ(RemoveQuantizePairs(graph), 0);
}

}  // namespace
}  // namespace linnet::passes
