#include "linnet/graph/graph_file.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "linnet/graph/build.h"

namespace linnet::graph {
namespace {

using testing::HasSubstr;

Window Square(int kernel, int stride) {
  return {.stride_h = stride, .stride_w = stride, .padding = Padding::kSame, .kernel_h = kernel, .kernel_w = kernel};
}

// A node of every kind of attributes that a network without state has.
Graph ManyOperators() {
  Graph graph;
  graph.name = "many operators";
  graph.arithmetic = Arithmetic::kTflite;
  const auto constant = [&](const char* name, Shape shape) {
    return AddConstant(graph, name, shape, std::vector<float>(static_cast<size_t>(ElementCount(shape)), -1.5F));
  };
  TensorId x = AddInput(graph, "x", {1, 8, 8, 2});
  const auto add = [&](OpKind op, const char* name, std::vector<TensorId> inputs, Attributes attributes,
                       Shape target = {}) {
    const auto id = AddNode(graph, op, name, std::move(inputs), std::move(attributes), std::move(target));
    EXPECT_TRUE(id) << id.error().message;
    x = id.value();
  };
  add(OpKind::kConv2D, "conv", {x, constant("w", {3, 3, 2, 4}), kNoTensor},
      ConvAttributes{Square(0, 1), Activation::kRelu6});
  add(OpKind::kMaxPool, "pool", {x}, PoolAttributes{Square(2, 2), Activation::kNone});
  add(OpKind::kPad, "pad", {x}, PadAttributes{{{0, 0}, {1, 0}, {2, 1}, {0, 0}}, -0.25F});
  add(OpKind::kTranspose, "turn", {x}, TransposeAttributes{{0, 2, 1, 3}});
  add(OpKind::kSlice, "slice", {x}, SliceAttributes{{{0, 1, 1}, {1, 2, 3}, {0, 1, 5}, {3, -1, 4}}});
  add(OpKind::kResizeNearest, "resize", {x}, ResizeAttributes{6, 10, false, true});
  add(OpKind::kLeakyRelu, "leaky", {x}, LeakyReluAttributes{0.125F});
  add(OpKind::kClamp, "clamp", {x}, ClampAttributes{-1, 2.5F});
  add(OpKind::kConcat, "concat", {x, x}, ConcatAttributes{3, Activation::kNone});
  add(OpKind::kAdd, "add", {x, x}, ActivationAttributes{Activation::kReluN1To1});
  add(OpKind::kMean, "mean", {x}, ReduceAttributes{{1, 2}, false});
  add(OpKind::kFullyConnected, "fc", {x, constant("w2", {8, 3}), kNoTensor},
      FullyConnectedAttributes{Activation::kRelu});
  add(OpKind::kSoftmax, "softmax", {x}, SoftmaxAttributes{0.5F});
  graph.outputs = {x};
  graph.tensor(graph.inputs[0]).quantization = {{0.5F, 0.25F}, {-3, 1 << 20}, 3};
  graph.tensor(graph.inputs[0]).learned = {.bits = 8, .narrow_range = false, .min = {-0.5F}, .max = {1.25F}};
  graph.tensor(graph.nodes[0].inputs[1]).learned = {
      .bits = 4, .narrow_range = true, .min = {-1, -2, 0, -4}, .max = {1, 2, 0, 4}};
  return graph;
}

TEST(GraphFile, GivesTheGraphBack) {
  const Graph graph = ManyOperators();
  const auto file = ToFile(graph);
  const auto again = FromFile(file);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(ToText(*again), ToText(graph));
  EXPECT_EQ(again->name, graph.name);
  EXPECT_EQ(again->arithmetic, Arithmetic::kTflite);
  const Quantization& q = again->tensor(0).quantization;
  EXPECT_EQ(q.scales, (std::vector<float>{0.5F, 0.25F}));
  EXPECT_EQ(q.zero_points, (std::vector<int32_t>{-3, 1 << 20}));
  EXPECT_EQ(q.axis, 3);
  EXPECT_EQ(again->tensor(0).learned, graph.tensor(0).learned);
  const TensorId w = graph.nodes[0].inputs[1];
  EXPECT_EQ(again->tensor(w).learned, graph.tensor(w).learned);
  EXPECT_EQ(std::get<SliceAttributes>(again->nodes[4].attributes).ranges[3].step, -1);
  EXPECT_EQ(std::get<SoftmaxAttributes>(again->nodes.back().attributes).beta, 0.5F);
  EXPECT_EQ(ToFile(*again), file);
}

TEST(GraphFile, AFileThatEndsEarlyIsRefusedWhereverItEnds) {
  const auto file = ToFile(ManyOperators());
  for (size_t size = 0; size < file.size(); ++size) EXPECT_FALSE(FromFile(ByteSpan(file).first(size))) << size;
}

TEST(GraphFile, SaysWhatIsWrong) {
  auto file = ToFile(ManyOperators());
  file[4] = 1;
  EXPECT_THAT(FromFile(file).error().message, HasSubstr("another version"));
  file[4] = 2;
  file.push_back(0);
  EXPECT_THAT(FromFile(file).error().message, HasSubstr("more in the file"));
  file[0] = 'X';
  EXPECT_THAT(FromFile(file).error().message, HasSubstr("not a graph"));
}

// Seed 1; a byte of the file changed at a time: refused, or a sound graph, which writes itself the same way.
TEST(GraphFile, DamageNeverGivesAnUnsoundGraph) {
  const auto file = ToFile(ManyOperators());
  std::mt19937 rng(1);
  for (int round = 0; round < 20000; ++round) {
    auto damaged = file;
    const size_t at = 5 + rng() % (file.size() - 5);
    damaged[at] = static_cast<uint8_t>(rng());
    const auto graph = FromFile(damaged);
    if (!graph) continue;
    const auto verified = Verify(*graph);
    ASSERT_TRUE(verified) << "round " << round << ", byte " << at;
    const auto again = FromFile(ToFile(*graph));
    ASSERT_TRUE(again) << "round " << round << ", byte " << at;
    ASSERT_EQ(ToText(*again), ToText(*graph)) << "round " << round << ", byte " << at;
  }
}

}  // namespace
}  // namespace linnet::graph
