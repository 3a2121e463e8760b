#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"

namespace linnet::passes {
namespace {

using namespace graph;  // NOLINT: a test of graphs

TEST(FoldConstants, AChainOfConstantsBecomesOne) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2});
  const TensorId a = AddConstant(graph, "a", {2}, std::vector<float>{1, 2});
  const TensorId b = AddConstant(graph, "b", {}, std::vector<float>{3});
  const TensorId sum = AddNode(graph, OpKind::kAdd, "sum", {a, b}).value();
  const TensorId twice = AddNode(graph, OpKind::kMul, "twice", {sum, sum}).value();
  graph.outputs = {AddNode(graph, OpKind::kAdd, "y", {x, twice}).value()};
  EXPECT_EQ(FoldConstants(graph), 2);
  EXPECT_EQ(FloatValues(graph.tensor(twice)), (std::vector<float>{16, 25}));
  RemoveDeadCode(graph);
  EXPECT_EQ(ToText(graph),
            "input x float32[1,2]\n"
            "const twice float32[2] #c485bd3d\n"
            "Add \"y\" (x, twice) -> y float32[1,2]\n"
            "output y\n");
  EXPECT_TRUE(Verify(graph).has_value());
}

}  // namespace
}  // namespace linnet::passes
