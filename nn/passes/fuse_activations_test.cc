#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"

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

}  // namespace
}  // namespace linnet::passes
