#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"

namespace linnet::passes {
namespace {

using namespace graph;  // NOLINT: a test of graphs

TEST(FuseBias, SumsOnProductsAndConvolutionsBecomeTheirBias) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2, 2, 1});
  const TensorId w = AddConstant(graph, "w", {1, 1, 1, 2}, std::vector<float>{1, 2});
  const TensorId conv = AddNode(graph, OpKind::kConv2D, "conv", {x, w}, ConvAttributes{}).value();
  const TensorId b = AddConstant(graph, "b", {1, 1, 1, 2}, std::vector<float>{3, 4});
  const TensorId sum = AddNode(graph, OpKind::kAdd, "sum", {b, conv}).value();
  const TensorId flat = AddNode(graph, OpKind::kReshape, "flat", {sum}, NoAttributes{}, {1, 8}).value();
  const TensorId v = AddConstant(graph, "v", {8, 1}, std::vector<float>(8, 1));
  const TensorId fc = AddNode(graph, OpKind::kFullyConnected, "fc", {flat, v}, FullyConnectedAttributes{}).value();
  const TensorId c = AddConstant(graph, "c", {}, std::vector<float>{5});
  graph.outputs = {AddNode(graph, OpKind::kSub, "less", {fc, c}).value()};
  EXPECT_EQ(FuseBias(graph), 2);
  EXPECT_EQ(FloatValues(graph.tensor(graph.nodes[0].inputs[2])), (std::vector<float>{3, 4}));
  EXPECT_EQ(FloatValues(graph.tensor(graph.nodes[2].inputs[2])), (std::vector<float>{-5}));
  RemoveDeadCode(graph);
  EXPECT_TRUE(Verify(graph).has_value());
  const std::string text = ToText(graph);
  EXPECT_EQ(text.substr(text.find("Conv2D")),
            "Conv2D \"conv\" (x, w, b) -> sum float32[1,2,2,2]\n"
            "Reshape \"flat\" (sum) -> flat float32[1,8]\n"
            "FullyConnected \"fc\" (flat, v, c) -> less float32[1,1]\n"
            "output less\n");
}

TEST(FuseBias, AProductThatIsReadTwiceStays) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2});
  const TensorId w = AddConstant(graph, "w", {2, 2}, std::vector<float>{1, 2, 3, 4});
  const TensorId fc = AddNode(graph, OpKind::kFullyConnected, "fc", {x, w}, FullyConnectedAttributes{}).value();
  const TensorId c = AddConstant(graph, "c", {2}, std::vector<float>{5, 6});
  const TensorId sum = AddNode(graph, OpKind::kAdd, "sum", {fc, c}).value();
  graph.outputs = {AddNode(graph, OpKind::kMul, "both", {fc, sum}).value()};
  EXPECT_EQ(FuseBias(graph), 0);
}

}  // namespace
}  // namespace linnet::passes
