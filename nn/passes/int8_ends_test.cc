#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"
#include "test_graphs.h"

namespace linnet::passes {
namespace {

using namespace graph;  // NOLINT: a test of graphs

// float -> Quantize -> relu -> Dequantize -> float
Graph FloatEnds() {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 4});
  const TensorId q = Int8Node(graph, OpKind::kQuantize, "quantize", {x}, NoAttributes{}, 0.5F, 3);
  const TensorId relu = Int8Node(graph, OpKind::kRelu, "relu", {q}, NoAttributes{}, 0.5F, 3);
  graph.outputs = {AddNode(graph, OpKind::kDequantize, "answer", {relu}).value()};
  return graph;
}

TEST(Int8Ends, BothEndsBecomeInt8) {
  Graph graph = FloatEnds();
  EXPECT_EQ(ToText(graph),
            "input x float32[1,4]\n"
            "Quantize \"quantize\" (x) -> quantize int8[1,4] scale 0.5 zero 3\n"
            "Relu \"relu\" (quantize) -> relu int8[1,4] scale 0.5 zero 3\n"
            "Dequantize \"answer\" (relu) -> answer float32[1,4]\n"
            "output answer\n");
  EXPECT_EQ(Int8Ends(graph), 2);
  EXPECT_EQ(ToText(graph),
            "input quantize int8[1,4] scale 0.5 zero 3\n"
            "Relu \"relu\" (quantize) -> relu int8[1,4] scale 0.5 zero 3\n"
            "output relu\n");
  EXPECT_TRUE(Verify(graph).has_value());
}

TEST(Int8Ends, OnlyOnRequest) {
  Graph graph = FloatEnds();
  ASSERT_TRUE(RunPasses(graph).has_value());
  EXPECT_EQ(graph.nodes.size(), 3U);
  ASSERT_TRUE(RunPasses(graph, {.off = {}, .on = {"int8-ends"}}).has_value());
  EXPECT_EQ(graph.nodes.size(), 1U);
}

}  // namespace
}  // namespace linnet::passes
