#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"

namespace linnet::passes {
namespace {

using namespace graph;  // NOLINT: a test of graphs

TEST(RemoveIdentities, ReadersTakeTheOriginal) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2});
  const TensorId r = AddNode(graph, OpKind::kRelu, "r", {x}).value();
  const TensorId d = AddNode(graph, OpKind::kIdentity, "dropout/mul", {r}).value();
  const TensorId t = AddNode(graph, OpKind::kTanh, "t", {d}).value();
  graph.outputs = {AddNode(graph, OpKind::kIdentity, "answer", {t}).value()};
  EXPECT_EQ(RemoveIdentities(graph), 2);
  EXPECT_EQ(ToText(graph),
            "input x float32[1,2]\n"
            "Relu \"r\" (x) -> r float32[1,2]\n"
            "Tanh \"t\" (r) -> t float32[1,2]\n"
            "output t\n");
  EXPECT_TRUE(Verify(graph).has_value());
}

TEST(RemoveIdentities, ANetworkOfNothingElseKeepsIt) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2});
  graph.outputs = {AddNode(graph, OpKind::kIdentity, "same", {x}).value()};
  EXPECT_EQ(RemoveIdentities(graph), 0);
}

}  // namespace
}  // namespace linnet::passes
