#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"

namespace linnet::passes {
namespace {

using namespace graph;  // NOLINT: a test of graphs

Graph Small() {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2});
  const TensorId w = AddConstant(graph, "w", {2, 2}, std::vector<float>{1, 2, 3, 4});
  const TensorId b = AddConstant(graph, "b", {2}, std::vector<float>{1, 2});
  const TensorId fc = AddNode(graph, OpKind::kFullyConnected, "fc", {x, w}, FullyConnectedAttributes{}).value();
  const TensorId sum = AddNode(graph, OpKind::kAdd, "sum", {fc, b}).value();
  const TensorId drop = AddNode(graph, OpKind::kIdentity, "drop", {sum}).value();
  const TensorId relu = AddNode(graph, OpKind::kRelu, "relu", {drop}).value();
  graph.outputs = {AddNode(graph, OpKind::kArgMax, "best", {relu}, ReduceAttributes{{1}, false}).value()};
  return graph;
}

TEST(RunPasses, AllTogetherLeaveOneLayer) {
  Graph graph = Small();
  const auto reports = RunPasses(graph);
  ASSERT_TRUE(reports.has_value()) << reports.error().message;
  EXPECT_EQ(reports->size() + 1, AllPasses().size());  // int8-ends runs on request only
  const std::string text = ToText(graph);
  EXPECT_EQ(text.substr(text.find("Fully")),
            "FullyConnected \"fc\" (x, w, b) relu -> relu float32[1,2]\noutput relu\n");
}

TEST(RunPasses, ASwitchedOffPassLeavesItsWork) {
  Graph graph = Small();
  ASSERT_TRUE(RunPasses(graph, {.off = {"fuse-bias", "fold-batch-norm"}}).has_value());
  EXPECT_NE(ToText(graph).find("Add \"sum\""), std::string::npos);
  const auto unknown = RunPasses(graph, {.off = {"fuse-nothing"}});
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().message.find("there is no pass 'fuse-nothing'; there are drop-argmax, "), 0U)
      << unknown.error().message;
}

TEST(RunPasses, AGraphThatDoesntVerifyIsRefused) {
  Graph graph = Small();
  graph.nodes[0].inputs[0] = 77;
  EXPECT_FALSE(RunPasses(graph).has_value());
}

}  // namespace
}  // namespace linnet::passes
