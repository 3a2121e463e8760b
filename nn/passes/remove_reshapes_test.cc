#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"

namespace linnet::passes {
namespace {

using namespace graph;  // NOLINT: a test of graphs

TEST(RemoveReshapes, ChainsBecomeOneAndNothingBecomesNone) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2, 2, 1});
  const TensorId a = AddNode(graph, OpKind::kReshape, "a", {x}, NoAttributes{}, {2, 2}).value();
  const TensorId b = AddNode(graph, OpKind::kReshape, "b", {a}, NoAttributes{}, {1, 4}).value();
  const TensorId r = AddNode(graph, OpKind::kRelu, "r", {b}).value();
  const TensorId same = AddNode(graph, OpKind::kReshape, "same", {r}, NoAttributes{}, {1, 4}).value();
  graph.outputs = {AddNode(graph, OpKind::kTanh, "t", {same}).value()};
  EXPECT_EQ(RemoveReshapes(graph), 2);
  RemoveDeadCode(graph);
  EXPECT_EQ(ToText(graph),
            "input x float32[1,2,2,1]\n"
            "Reshape \"b\" (x) -> b float32[1,4]\n"
            "Relu \"r\" (b) -> r float32[1,4]\n"
            "Tanh \"t\" (r) -> t float32[1,4]\n"
            "output t\n");
  EXPECT_TRUE(Verify(graph).has_value());
}

}  // namespace
}  // namespace linnet::passes
