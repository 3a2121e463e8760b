#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"
#include "test_graphs.h"

namespace linnet::passes {
namespace {

using namespace graph;  // NOLINT: a test of graphs

SliceAttributes Columns(int64_t begin, int64_t step, int64_t count) {
  SliceAttributes slice;
  slice.ranges = {{0, 1, 1}, {begin, step, count}};
  return slice;
}

TEST(MergeSlices, ASliceReadsTheOperandItLiesIn) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 4});
  const TensorId y = AddInput(graph, "y", {1, 6});
  const TensorId both = AddNode(graph, OpKind::kConcat, "both", {x, y}, ConcatAttributes{1}).value();
  const TensorId odd = AddNode(graph, OpKind::kSlice, "odd", {both}, Columns(5, 2, 3)).value();
  const TensorId last = AddNode(graph, OpKind::kSlice, "last", {odd}, Columns(2, -1, 2)).value();
  graph.outputs = {AddNode(graph, OpKind::kConcat, "more", {last, both}, ConcatAttributes{1}).value()};
  EXPECT_EQ(MergeSlices(graph), 2);
  EXPECT_EQ(Layers(graph),
            "Concat \"both\" (x, y) along 1 -> both float32[1,10]\n"
            "Slice \"odd\" (y) [0:1,1:7:2] -> odd float32[1,3]\n"
            "Slice \"last\" (y) [0:1,5:1:-2] -> last float32[1,2]\n"
            "Concat \"more\" (last, both) along 1 -> more float32[1,12]\n"
            "output more\n");
  RemoveDeadCode(graph);
  EXPECT_EQ(MergeSlices(graph), 1);  // nobody else reads `both` any more
  RemoveDeadCode(graph);
  EXPECT_EQ(Layers(graph),
            "Slice \"last\" (y) [0:1,5:1:-2] -> last float32[1,2]\n"
            "Concat \"more\" (last, x, y) along 1 -> more float32[1,12]\n"
            "output more\n");
  EXPECT_TRUE(Verify(graph).has_value());
}

TEST(MergeSlices, AnOperandOfAnotherScaleIsNotReadDirectly) {
  Graph graph;
  const TensorId x = Int8Input(graph, "x", {1, 4}, 0.5F, 3);
  const TensorId y = Int8Input(graph, "y", {1, 4}, 0.25F, 3);
  const TensorId both = Int8Node(graph, OpKind::kConcat, "both", {x, y}, ConcatAttributes{1}, 0.5F, 3);
  graph.outputs = {Int8Node(graph, OpKind::kSlice, "in y", {both}, Columns(4, 1, 2), 0.5F, 3),
                   Int8Node(graph, OpKind::kSlice, "in x", {both}, Columns(0, 1, 2), 0.5F, 3)};
  EXPECT_EQ(MergeSlices(graph), 1);
  EXPECT_EQ(graph.nodes[1].inputs[0], both);
  EXPECT_EQ(graph.nodes[2].inputs[0], x);
}

}  // namespace
}  // namespace linnet::passes
