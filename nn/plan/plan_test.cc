#include "linnet/plan/plan.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linnet::plan {
namespace {

using graph::Graph;
using graph::OpKind;
using graph::TensorId;
using testing::HasSubstr;

TensorId AddTensor(Graph& g, int64_t count, const std::string& name) {
  g.tensors.push_back({.name = name,
                       .type = graph::DType::kInt8,
                       .shape = {1, count},
                       .quantization = {},
                       .constant = false,
                       .data = {}});
  return static_cast<TensorId>(g.tensors.size() - 1);
}
void AddNode(Graph& g, OpKind op, std::vector<TensorId> inputs, TensorId output) {
  g.nodes.push_back(
      {.op = op, .name = g.tensor(output).name, .inputs = std::move(inputs), .outputs = {output}, .attributes = {}});
}

// input -> a chain of nodes -> output, tensor sizes as given.
Graph Chain(const std::vector<int64_t>& sizes, OpKind op = OpKind::kMaxPool) {
  Graph g;
  g.inputs = {AddTensor(g, sizes[0], "in")};
  for (size_t i = 1; i < sizes.size(); ++i) {
    const TensorId out = AddTensor(g, sizes[i], "t" + std::to_string(i));
    AddNode(g, op, {out - 1}, out);
  }
  g.outputs = {static_cast<TensorId>(sizes.size() - 1)};
  return g;
}

void ExpectApart(std::span<const Block> blocks, const Layout& layout) {
  for (size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(layout.offsets[i] % kAlignmentBytes, 0U);
    EXPECT_LE(layout.offsets[i] + blocks[i].bytes, layout.peak_bytes);
    for (size_t j = 0; j < i; ++j) {
      if (blocks[i].first > blocks[j].last || blocks[j].first > blocks[i].last) continue;
      EXPECT_TRUE(layout.offsets[i] + blocks[i].bytes <= layout.offsets[j] ||
                  layout.offsets[j] + blocks[j].bytes <= layout.offsets[i])
          << i << " and " << j;
    }
  }
}

TEST(PlaceBlocks, RandomGraphsNeverOverlap) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    std::vector<Block> blocks(1 + rng() % 25);
    for (Block& b : blocks) {
      b.first = static_cast<int>(rng() % 20);
      b.last = b.first + static_cast<int>(rng() % 6);
      b.bytes = 1 + rng() % 5000;
    }
    const Layout layout = PlaceBlocks(blocks);
    ExpectApart(blocks, layout);
    EXPECT_GE(layout.peak_bytes, LowerBoundBytes(blocks));
    EXPECT_LE(layout.peak_bytes, LowerBoundBytes(blocks) * 3 / 2 + 64);
  }
}

TEST(PlaceBlocks, ChainsReachTheLowerBound) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    std::vector<Block> blocks(1 + rng() % 20);
    for (size_t i = 0; i < blocks.size(); ++i)
      blocks[i] = {1 + rng() % 9000, static_cast<int>(i), static_cast<int>(i) + 1};
    const Layout layout = PlaceBlocks(blocks);
    ExpectApart(blocks, layout);
    EXPECT_EQ(layout.peak_bytes, LowerBoundBytes(blocks));
  }
}

TEST(PlaceBlocks, NothingNeedsNothing) { EXPECT_EQ(PlaceBlocks({}).peak_bytes, 0U); }

TEST(PlanArena, InputAndOutputAreTheCallers) {
  const Graph g = Chain({784, 128, 64, 10});
  const auto plan = PlanArena(g, std::vector<size_t>(3, 0));
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->tensors[0].home, Home::kInput);
  EXPECT_EQ(plan->tensors[1].home, Home::kArena);
  EXPECT_EQ(plan->tensors[3].home, Home::kOutput);
  EXPECT_EQ(plan->arena_bytes, 128U + 64);
  EXPECT_EQ(plan->live_bytes, (std::vector<size_t>{128, 192, 64}));
}

TEST(PlanArena, ScratchLivesForItsNodeAlone) {
  const Graph g = Chain({784, 100, 300, 10});
  const auto plan = PlanArena(g, std::vector<size_t>{500, 0, 40});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->scratch[0].home, Home::kArena);
  EXPECT_EQ(plan->scratch[1].home, Home::kNone);
  EXPECT_EQ(plan->arena_bytes, 600U);
}

TEST(PlanArena, ReluAndReshapeShareTheirInputsMemory) {
  Graph g = Chain({10, 64, 64, 64, 10});
  g.nodes[1].op = OpKind::kRelu;
  g.nodes[2].op = OpKind::kReshape;
  const auto plan = PlanArena(g, std::vector<size_t>(4, 0));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->tensors[1], plan->tensors[2]);
  EXPECT_EQ(plan->tensors[2], plan->tensors[3]);
  EXPECT_EQ(plan->arena_bytes, 64U);
}

TEST(PlanArena, ReluKeepsAnInputThatIsReadLater) {
  Graph g = Chain({10, 64, 64, 10});
  g.nodes[1].op = OpKind::kRelu;
  g.nodes[2] = {.op = OpKind::kAdd, .name = "sum", .inputs = {1, 2}, .outputs = {3}, .attributes = {}};
  const auto plan = PlanArena(g, std::vector<size_t>(3, 0));
  ASSERT_TRUE(plan);
  EXPECT_NE(plan->tensors[1].offset_bytes, plan->tensors[2].offset_bytes);
  EXPECT_EQ(plan->arena_bytes, 128U);
}

// A view made by reshape is still read after a relu would have overwritten it.
TEST(PlanArena, AliasesKeepTheMemoryAliveForAllTheirReaders) {
  Graph g = Chain({10, 64, 64, 64, 64});
  g.nodes[1].op = OpKind::kReshape;  // t2 views t1
  g.nodes[2] = {.op = OpKind::kRelu,
                .name = "relu",
                .inputs = {1},
                .outputs = {3},
                .attributes = {}};  // reads t1 for the last time
  g.nodes[3] = {.op = OpKind::kAdd, .name = "sum", .inputs = {2, 3}, .outputs = {4}, .attributes = {}};
  const auto plan = PlanArena(g, std::vector<size_t>(4, 0));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->tensors[1], plan->tensors[2]);
  EXPECT_NE(plan->tensors[3], plan->tensors[2]);
}

TEST(PlanArena, TheCallersInputIsNeverWritten) {
  const auto relu = PlanArena(Chain({64, 64}, OpKind::kRelu), std::vector<size_t>(1, 0));
  ASSERT_TRUE(relu);
  EXPECT_EQ(relu->tensors[1].home, Home::kOutput);
  const auto reshape = PlanArena(Chain({64, 64, 10}, OpKind::kReshape), std::vector<size_t>(2, 0));
  ASSERT_TRUE(reshape);
  EXPECT_EQ(reshape->tensors[1].home, Home::kInput);
}

TEST(PlanArena, AnOutputThatNoLayerMakesIsRefused) {
  Graph g = Chain({64, 64});
  g.nodes.clear();
  g.outputs = {0};
  const auto plan = PlanArena(g, {});
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message, HasSubstr("made by no layer"));
}

TEST(PlanArena, NamesAnUnknownSize) {
  const auto plan = PlanArena(Chain({64, 0, 10}), std::vector<size_t>(2, 0));
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message, HasSubstr("t1"));
}

}  // namespace
}  // namespace linnet::plan
