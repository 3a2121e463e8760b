// Networks with pruned layers: the interpreter, the emitted code on this machine and on the emulated Cortex-M4 answer bit for
// bit the same, and leaving the zeros out costs what the choice promises.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emitted_model.h"
#include "linnet/graph/build.h"
#include "random_network.h"

namespace linnet::profile {
namespace {

using graph::Activation;

// Zeroes so many of 100 weights of the fully-connected layers whose names begin with `name`, and all of their channel 3. From
// there on scales shrink as the sums do, so that answers still use their range.
void Prune(graph::Graph& graph, const std::string& name, int zeros_of_100, uint32_t seed) {
  std::mt19937 rng(seed);
  float shrunk = 1;
  for (const graph::Node& node : graph.nodes) {
    if (node.op != graph::OpKind::kFullyConnected) continue;
    const bool chosen = node.name.starts_with(name);
    if (chosen) shrunk *= std::sqrt(1 - static_cast<float>(zeros_of_100) / 100);
    graph.tensor(node.outputs[0]).quantization.scales[0] *= shrunk;
    if (!chosen) continue;
    graph::Tensor& weights = graph.tensor(node.inputs[1]);
    const auto channels = static_cast<size_t>(weights.shape[1]);
    for (size_t i = 0; i < weights.data.size(); ++i) {
      const bool pruned = std::uniform_int_distribution<int>(0, 99)(rng) < zeros_of_100;
      if (pruned || i % channels == 3) weights.data[i] = 0;
    }
  }
}

graph::Graph DnnOfThePoster(int zeros_of_100) {
  RandomNetwork net(1, {1, 784}, 1.0F / 255, -128);
  net.FullyConnected("hidden1", 128, Activation::kRelu).FullyConnected("hidden2", 64, Activation::kRelu);
  graph::Graph graph = net.FullyConnected("logits", 10).Softmax("softmax").Build();
  if (zeros_of_100 > 0) Prune(graph, "hidden", zeros_of_100, 5);
  return graph;
}

class SparseNetworkTest : public EmittedModel {
 protected:
  // Random inputs over all of int8: nothing is gained from inputs that are zero. Without a board the cost is nothing.
  std::optional<BoardCost> SameEverywhere(const graph::Graph& graph, size_t count) {
    EmitModel(graph);
    const auto inputs = RandomInputs(report_.input_bytes(), count, 11);
    const auto defined = Interpret(graph, inputs);
    EXPECT_GT(std::set(defined.begin(), defined.end()).size(),
              1U);  // a network that always answers the same proves nothing
    const auto host = RunOnHost(model_, inputs);
    EXPECT_TRUE(host) << host.error().message;
    if (!host) return std::nullopt;
    EXPECT_EQ(host->outputs, defined);
    if (!HasBoard()) return std::nullopt;
    const auto board = RunOnBoard(model_, inputs);
    EXPECT_TRUE(board) << board.error().message;
    if (!board) return std::nullopt;
    EXPECT_EQ(board->outputs, defined);
    return board->cost;
  }
  std::string Storage(size_t layer) const { return report_.layers.at(layer).storage; }
};

TEST_F(SparseNetworkTest, TheDnnOfThePosterPrunedByEightyPercent) {
  const auto cost = SameEverywhere(DnnOfThePoster(80), 20);
  EXPECT_EQ(Storage(0), "sparse, 4-bit gaps");
  EXPECT_THAT(Storage(1), testing::StartsWith("sparse"));
  EXPECT_EQ(Storage(2), "dense");
  if (!cost) GTEST_SKIP() << "no cross compiler or emulator; the host was checked";
  EXPECT_LE(cost->flash_code_bytes + cost->flash_weights_bytes, 44000U);  // dense 114,700; asked for are 56,000
  EXPECT_LE(cost->instructions_max, 100000U);                             // dense 111,400; asked for are 125,000
  EXPECT_EQ(cost->arena_bytes, 912U);
  EXPECT_LE(cost->stack_bytes_bound, 1024U);
  EXPECT_LE(cost->loop_bytes_max, 1024U);
  RecordProperty("instructions", static_cast<int>(cost->instructions_max));
  RecordProperty("flash_bytes", static_cast<int>(cost->flash_code_bytes + cost->flash_weights_bytes));
}

// Where the choice says that no more instructions are needed, the board agrees: 1 % is what the model of costs is worth.
TEST_F(SparseNetworkTest, SparseLayersTakeNoMoreInstructionsThanDenseOnes) {
  if (!HasBoard()) GTEST_SKIP() << "no cross compiler or emulator";
  const auto dense = SameEverywhere(DnnOfThePoster(0), 12);
  ASSERT_TRUE(dense);
  int sparse_layers = 0;
  for (const int zeros : {76, 79, 90}) {
    const auto cost = SameEverywhere(DnnOfThePoster(zeros), 12);
    ASSERT_TRUE(cost);
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_LE(cost->layers[i].instructions, dense->layers[i].instructions * 101 / 100)
          << zeros << " % " << Storage(i);
      sparse_layers += Storage(i) == "dense" ? 0 : 1;
    }
  }
  EXPECT_GE(sparse_layers, 4);
}

TEST_F(SparseNetworkTest, WhereFlashIsPreferredFewerZerosAreEnough) {
  const graph::Graph graph = DnnOfThePoster(50);
  EmitModel(graph, 0);
  EXPECT_EQ(Storage(0), "dense");
  const size_t dense_bytes = report_.flash_weights_bytes;
  prefer_ = emit::Prefer::kFlash;
  SameEverywhere(graph, 12);
  EXPECT_EQ(Storage(0), "sparse, 4-bit gaps");
  EXPECT_LT(report_.flash_weights_bytes, dense_bytes * 8 / 10);
}

// Each activation in both arithmetics, odd counts, gaps of both widths, channels without weights.
TEST_F(SparseNetworkTest, ActivationsAndArithmeticsAnswerTheSame) {
  prefer_ = emit::Prefer::kFlash;
  for (const auto arithmetic : {graph::Arithmetic::kSingleRounding, graph::Arithmetic::kTflite}) {
    RandomNetwork net(31, {1, 333}, 0.001F, 17);
    net.FullyConnected("a", 77, Activation::kReluN1To1)
        .FullyConnected("b", 131, Activation::kRelu6)
        .FullyConnected("c", 90, Activation::kRelu)
        .FullyConnected("rare", 41)
        .FullyConnected("last", 9);
    graph::Graph graph = net.Build();
    graph.arithmetic = arithmetic;
    for (const auto& [name, zeros] : {std::pair{"a", 70}, {"b", 85}, {"c", 60}, {"rare", 95}})
      Prune(graph, name, zeros, 3);
    SameEverywhere(graph, 12);
    for (size_t i = 0; i < 4; ++i) EXPECT_THAT(Storage(i), testing::StartsWith("sparse")) << i;
    EXPECT_EQ(Storage(4), "dense");
  }
}

TEST_F(SparseNetworkTest, ALayerWithoutAnyWeightAnswersItsBias) {
  RandomNetwork net(32, {1, 48}, 0.05F, 17);
  net.FullyConnected("dense", 64);
  const graph::TensorId dense = net.last();
  net.FullyConnected("empty", 64).Combine("sum", graph::OpKind::kAdd, dense);
  graph::Graph graph = net.Build();
  Prune(graph, "empty", 100, 1);
  for (graph::Tensor& tensor : graph.tensors) {  // a sum without products needs no scale of its own
    for (float& scale : tensor.quantization.scales) scale = scale > 0 ? scale : 1;
  }
  SameEverywhere(graph, 12);
  EXPECT_THAT(Storage(1), testing::StartsWith("sparse"));
  EXPECT_EQ(report_.layers[1].zero_weights, 64 * 64);
}

}  // namespace
}  // namespace linnet::profile
