#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"

namespace linnet::passes {
namespace {

using namespace graph;  // NOLINT: a test of graphs

TEST(RemoveDeadCode, WhatNoOutputNeedsGoes) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2});
  AddConstant(graph, "unused", {2}, std::vector<float>{1, 2});
  const TensorId a = AddNode(graph, OpKind::kRelu, "a", {x}).value();
  const TensorId side = AddNode(graph, OpKind::kTanh, "side", {a}).value();
  AddNode(graph, OpKind::kTanh, "end", {side}).value();
  graph.outputs = {AddNode(graph, OpKind::kSigmoid, "s", {a}).value()};
  EXPECT_EQ(RemoveDeadCode(graph), 2 + 3);  // nodes and tensors
  EXPECT_EQ(graph.tensors.size(), 3U);
  EXPECT_EQ(ToText(graph),
            "input x float32[1,2]\n"
            "Relu \"a\" (x) -> a float32[1,2]\n"
            "Sigmoid \"s\" (a) -> s float32[1,2]\n"
            "output s\n");
  EXPECT_TRUE(Verify(graph).has_value());
}

}  // namespace
}  // namespace linnet::passes
