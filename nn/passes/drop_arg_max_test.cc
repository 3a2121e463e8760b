#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"

namespace linnet::passes {
namespace {

using namespace graph;  // NOLINT: a test of graphs

TEST(DropArgMax, ScoresBecomeTheAnswer) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 4});
  const TensorId s = AddNode(graph, OpKind::kSoftmax, "soft", {x}).value();
  graph.outputs = {AddNode(graph, OpKind::kArgMax, "best", {s}, ReduceAttributes{{1}, false}).value()};
  EXPECT_EQ(ToText(graph),
            "input x float32[1,4]\n"
            "Softmax \"soft\" (x) -> soft float32[1,4]\n"
            "ArgMax \"best\" (soft) over 1 -> best int64[1]\n"
            "output best\n");
  EXPECT_EQ(DropArgMax(graph), 1);
  RemoveDeadCode(graph);
  EXPECT_EQ(ToText(graph),
            "input x float32[1,4]\n"
            "Softmax \"soft\" (x) -> soft float32[1,4]\n"
            "output soft\n");
  EXPECT_TRUE(Verify(graph).has_value());
}

}  // namespace
}  // namespace linnet::passes
