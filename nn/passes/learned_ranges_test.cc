// What quantisation-aware training learned survives every pass, or keeps the pass away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "linnet/passes/passes.h"
#include "test_graphs.h"

namespace linnet::passes {
namespace {

using namespace graph;  // NOLINT: a test of graphs
using testing::ElementsAre;
using testing::HasSubstr;

Learned Range(float min, float max) { return {.bits = 8, .narrow_range = false, .min = {min}, .max = {max}}; }

// As FakeQuant layers are imported.
TensorId Ranged(Graph& graph, const std::string& name, TensorId id, float min, float max) {
  const TensorId out = AddNode(graph, OpKind::kIdentity, name, {id}).value();
  graph.tensor(out).learned = Range(min, max);
  return out;
}

TensorId Dense(Graph& graph, TensorId x, const Learned& learned = {}) {
  const TensorId w = AddConstant(graph, "w", {2, 2}, std::vector<float>{1, 2, -1, 0});
  graph.tensor(w).learned = learned;
  return AddNode(graph, OpKind::kFullyConnected, "fc", {x, w}, FullyConnectedAttributes{}).value();
}

TensorId Plus(Graph& graph, TensorId x) {
  return AddNode(graph, OpKind::kAdd, "plus", {x, AddConstant(graph, "b", {2}, std::vector<float>{3, 4})}).value();
}

std::string Passed(Graph& graph, TensorId output) {
  graph.outputs = {output};
  const auto reports = RunPasses(graph);
  return reports ? ToText(graph) : "error: " + reports.error().message;
}

TEST(LearnedRanges, BelongToTheFusedLayer) {
  Graph graph;
  const TensorId x = Ranged(graph, "in", AddInput(graph, "x", {1, 2}), 0, 1);
  const TensorId relu = AddNode(graph, OpKind::kRelu, "relu", {Plus(graph, Dense(graph, x))}).value();
  const std::string text = Passed(graph, Ranged(graph, "out", relu, 0, 2.55F));
  EXPECT_THAT(text, HasSubstr("input x float32[1,2] learned 8 bits 0..1\n"));
  EXPECT_THAT(text, HasSubstr("FullyConnected \"fc\" (x, w, b) relu -> relu float32[1,2] learned 8 bits 0..2.55\n"));
  EXPECT_EQ(graph.nodes.size(), 1U);
}

TEST(LearnedRanges, OneBeforeTheActivationHoldsBehindIt) {
  Graph graph;
  const TensorId sum = Ranged(graph, "range", Plus(graph, Dense(graph, AddInput(graph, "x", {1, 2}))), -1, 3);
  const std::string text = Passed(graph, AddNode(graph, OpKind::kRelu, "relu", {sum}).value());
  EXPECT_THAT(text, HasSubstr("(x, w, b) relu -> relu float32[1,2] learned 8 bits -1..3\n"));
}

TEST(LearnedRanges, TwoThatDifferKeepLayersApart) {
  Graph graph;
  const TensorId sum = Ranged(graph, "range", Plus(graph, Dense(graph, AddInput(graph, "x", {1, 2}))), -1, 3);
  const TensorId relu = AddNode(graph, OpKind::kRelu, "relu", {sum}).value();
  const std::string text = Passed(graph, Ranged(graph, "out", relu, 0, 2));
  EXPECT_THAT(text, HasSubstr("(x, w, b) -> plus float32[1,2] learned 8 bits -1..3\n"));
  EXPECT_THAT(text, HasSubstr("Relu \"relu\" (plus) -> relu float32[1,2] learned 8 bits 0..2\n"));
}

TEST(LearnedRanges, BetweenProductAndBiasKeepThemApart) {
  Graph graph;
  const TensorId product = Ranged(graph, "range", Dense(graph, AddInput(graph, "x", {1, 2})), -1, 3);
  const std::string text = Passed(graph, Plus(graph, product));
  EXPECT_THAT(text, HasSubstr("FullyConnected \"fc\" (x, w) -> fc float32[1,2] learned 8 bits -1..3\n"));
  EXPECT_THAT(text, HasSubstr("Add \"plus\""));
}

TEST(LearnedRanges, OfWeightsGrowWithTheFactorsOfABatchNormalisation) {
  Graph graph;
  const Learned all = {.bits = 8, .narrow_range = true, .min = {-2}, .max = {2}};
  const TensorId product = Dense(graph, AddInput(graph, "x", {1, 2}), all);
  const TensorId factor = AddConstant(graph, "factor", {2}, std::vector<float>{3, -0.5F});
  Passed(graph, Plus(graph, AddNode(graph, OpKind::kMul, "bn", {product, factor}).value()));
  ASSERT_EQ(graph.nodes.size(), 1U);
  const Tensor& weights = graph.tensor(graph.nodes[0].inputs[1]);
  EXPECT_THAT(FloatValues(weights), ElementsAre(3, -1, -3, 0));
  EXPECT_THAT(weights.learned.min, ElementsAre(-6, -1));
  EXPECT_THAT(weights.learned.max, ElementsAre(6, 1));
  EXPECT_TRUE(weights.learned.narrow_range);
}

TEST(LearnedRanges, OfWeightsKeepFactorsOfTheirInputsAway) {
  for (const bool learned : {false, true}) {
    Graph graph;
    const TensorId factor = AddConstant(graph, "factor", {2}, std::vector<float>{3, -0.5F});
    const TensorId scaled = AddNode(graph, OpKind::kMul, "scaled", {AddInput(graph, "x", {1, 2}), factor}).value();
    Passed(graph, Dense(graph, scaled, learned ? Range(-2, 2) : Learned{}));
    EXPECT_EQ(graph.nodes.size(), learned ? 2U : 1U);
  }
}

TEST(LearnedRanges, OneValueWithTwoIsTwoValues) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2});
  const TensorId relu = AddNode(graph, OpKind::kRelu, "relu", {x}).value();
  const TensorId a = AddNode(graph, OpKind::kTanh, "a", {Ranged(graph, "ra", relu, 0, 1)}).value();
  const TensorId b = AddNode(graph, OpKind::kTanh, "b", {Ranged(graph, "rb", relu, 0, 2)}).value();
  const std::string text = Passed(graph, AddNode(graph, OpKind::kAdd, "sum", {a, b}).value());
  EXPECT_THAT(text, HasSubstr("Relu \"relu\" (x) -> relu float32[1,2] learned 8 bits 0..1\n"));
  EXPECT_THAT(text, HasSubstr("Identity \"rb\" (relu) -> rb float32[1,2] learned 8 bits 0..2\n"));
  EXPECT_THAT(text, HasSubstr("Tanh \"a\" (relu)"));
}

TEST(LearnedRanges, GoThroughTranspositions) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2, 3});
  const TensorId turned = AddNode(graph, OpKind::kTranspose, "turn", {x}, TransposeAttributes{{0, 2, 1}}).value();
  const TensorId tanh = AddNode(graph, OpKind::kTanh, "tanh", {turned}).value();
  const TensorId ranged = Ranged(graph, "range", tanh, -0.5F, 0.5F);
  const TensorId back = AddNode(graph, OpKind::kTranspose, "back", {ranged}, TransposeAttributes{{0, 2, 1}}).value();
  const std::string text = Passed(graph, AddNode(graph, OpKind::kRelu, "relu", {back}).value());
  EXPECT_THAT(Layers(graph),
              HasSubstr("Tanh \"tanh\" (x) -> tanh/untransposed float32[1,2,3] learned 8 bits -0.5..0.5"));
  EXPECT_EQ(graph.nodes.size(), 2U) << text;
}

}  // namespace
}  // namespace linnet::passes
