#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"
#include "test_graphs.h"

namespace linnet::passes {
namespace {

using namespace graph;  // NOLINT: a test of graphs

TransposeAttributes By(std::vector<int> permutation) { return {std::move(permutation)}; }

TEST(RemoveTransposes, TwoWithAnActivationBetweenCancel) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2, 3, 4});
  const TensorId to = AddNode(graph, OpKind::kTranspose, "to", {x}, By({0, 3, 1, 2})).value();
  const TensorId relu = AddNode(graph, OpKind::kRelu, "relu", {to}).value();
  const TensorId c = AddConstant(graph, "c", {4, 1, 1}, std::vector<float>{1, 2, 3, 4});
  const TensorId sum = AddNode(graph, OpKind::kAdd, "sum", {relu, c}).value();
  const TensorId back = AddNode(graph, OpKind::kTranspose, "back", {sum}, By({0, 2, 3, 1})).value();
  graph.outputs = {AddNode(graph, OpKind::kTanh, "tanh", {back}).value()};
  EXPECT_EQ(Layers(graph),
            "Transpose \"to\" (x) by 0 3 1 2 -> to float32[1,4,2,3]\n"
            "Relu \"relu\" (to) -> relu float32[1,4,2,3]\n"
            "Add \"sum\" (relu, c) -> sum float32[1,4,2,3]\n"
            "Transpose \"back\" (sum) by 0 2 3 1 -> back float32[1,2,3,4]\n"
            "Tanh \"tanh\" (back) -> tanh float32[1,2,3,4]\n"
            "output tanh\n");
  EXPECT_GT(RemoveTransposes(graph), 0);
  RemoveDeadCode(graph);
  EXPECT_EQ(Layers(graph),
            "Relu \"relu\" (x) -> relu/untransposed float32[1,2,3,4]\n"
            "Add \"sum\" (relu/untransposed, c) -> sum/untransposed float32[1,2,3,4]\n"
            "Tanh \"tanh\" (sum/untransposed) -> tanh float32[1,2,3,4]\n"
            "output tanh\n");
  EXPECT_TRUE(Verify(graph).has_value());
}

TEST(RemoveTransposes, SliceReduceAndConcatTakeTheDimensionsAsTheyWere) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2, 3, 4});
  const TensorId a = AddNode(graph, OpKind::kTranspose, "a", {x}, By({0, 3, 1, 2})).value();
  const TensorId b = AddNode(graph, OpKind::kTranspose, "b", {x}, By({0, 3, 1, 2})).value();
  const TensorId both = AddNode(graph, OpKind::kConcat, "both", {a, b}, ConcatAttributes{1}).value();
  SliceAttributes slice;
  slice.ranges = {{0, 1, 1}, {2, 1, 4}, {0, 1, 2}, {0, 1, 3}};
  const TensorId part = AddNode(graph, OpKind::kSlice, "part", {both}, slice).value();
  graph.outputs = {AddNode(graph, OpKind::kMean, "mean", {part}, ReduceAttributes{{2, 3}, false}).value()};
  EXPECT_GT(RemoveTransposes(graph), 0);
  RemoveDeadCode(graph);
  EXPECT_EQ(Layers(graph),
            "Concat \"both\" (x, x) along 3 -> both/untransposed float32[1,2,3,8]\n"
            "Slice \"part\" (both/untransposed) [0:1,0:2,0:3,2:6] -> part/untransposed float32[1,2,3,4]\n"
            "Mean \"mean\" (part/untransposed) over 1 2 -> mean float32[1,4]\n"
            "output mean\n");
  EXPECT_TRUE(Verify(graph).has_value());
}

TEST(RemoveTransposes, OneThatMovesOnesIsAReshape) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 1, 3, 4});
  graph.outputs = {AddNode(graph, OpKind::kTranspose, "t", {x}, By({0, 2, 3, 1})).value()};
  EXPECT_EQ(RemoveTransposes(graph), 1);
  EXPECT_EQ(Layers(graph), "Reshape \"t\" (x) -> t float32[1,3,4,1]\noutput t\n");
}

TEST(RemoveTransposes, BeforeAFlatteningItGoesIntoTheWeights) {
  Graph graph;
  const TensorId x = Int8Input(graph, "x", {1, 1, 2, 2}, 0.5F, 3);
  const TensorId t = Int8Node(graph, OpKind::kTranspose, "t", {x}, By({0, 1, 3, 2}), 0.5F, 3);
  const TensorId flat = Int8Node(graph, OpKind::kReshape, "flat", {t}, NoAttributes{}, 0.5F, 3, {1, 4});
  const TensorId w = Int8Constant(graph, "w", {4, 2}, {1, 2, 3, 4, 5, 6, 7, 8}, 0.1F);
  graph.outputs = {Int8Node(graph, OpKind::kFullyConnected, "fc", {flat, w}, FullyConnectedAttributes{}, 1, 0)};
  EXPECT_EQ(RemoveTransposes(graph), 1);
  RemoveDeadCode(graph);
  EXPECT_EQ(Layers(graph),
            "Reshape \"flat\" (x) -> flat int8[1,4] scale 0.5 zero 3\n"
            "FullyConnected \"fc\" (flat, w) -> fc int8[1,2] scale 1 zero 0\n"
            "output fc\n");
  EXPECT_EQ(graph.tensor(graph.nodes[1].inputs[1]).data, (std::vector<uint8_t>{1, 2, 5, 6, 3, 4, 7, 8}));
  EXPECT_TRUE(Verify(graph).has_value());
}

TEST(RemoveTransposes, OneThatSomebodyElseReadsStays) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2, 3});
  const TensorId t = AddNode(graph, OpKind::kTranspose, "t", {x}, By({0, 2, 1})).value();
  const TensorId relu = AddNode(graph, OpKind::kRelu, "relu", {t}).value();
  graph.outputs = {relu, t};
  EXPECT_EQ(RemoveTransposes(graph), 0);
}

}  // namespace
}  // namespace linnet::passes
