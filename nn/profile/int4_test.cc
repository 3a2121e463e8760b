// Networks whose weights have 4 bits: the int8 interpreter, the emitted code on this machine and on the emulated Cortex-M4 answer
// bit for bit the same, and the weights take half the flash. LINNET_TEST_SEED=n runs that network alone, LINNET_TEST_NETWORKS=n the
// first n.
#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "emitted_model.h"
#include "random_network.h"

namespace linnet::profile {
namespace {

using graph::Activation;
using graph::OpKind;
using graph::Padding;

class Int4 : public EmittedModel {
 protected:
  std::optional<BoardCost> ExpectSameEverywhere(const graph::Graph& graph, size_t count) {
    EmitModel(graph);
    const auto inputs = RandomInputs(report_.input_bytes(), count, 11);
    const auto defined = Interpret(graph, inputs);
    const auto host = RunOnHost(model_, inputs);
    EXPECT_TRUE(host) << host.error().message;
    if (!host) return std::nullopt;
    EXPECT_EQ(host->outputs, defined) << graph::ToText(graph);
    varied_ += std::set(defined.begin(), defined.end()).size() > 1 ? 1 : 0;
    if (!HasBoard()) return std::nullopt;
    const auto board = RunOnBoard(model_, inputs);
    EXPECT_TRUE(board) << board.error().message;
    if (!board) return std::nullopt;
    EXPECT_EQ(board->outputs, defined) << graph::ToText(graph);
    EXPECT_GE(board->cost->stack_bytes_bound, board->cost->stack_bytes_max);
    return board->cost;
  }
  int varied_ = 0;  // networks that didn't always give the same answer, which would prove nothing
  std::vector<int> Bits() const {
    std::vector<int> bits;
    for (const emit::LayerReport& layer : report_.layers) bits.push_back(layer.weight_bits);
    return bits;
  }
};

TEST_F(Int4, DenseNetworkOfThePosterTakesHalfTheFlash) {
  RandomNetwork net(1, {1, 784}, 1.0F / 255, -128);
  net.WithBits(4).FullyConnected("hidden1", 128, Activation::kRelu).FullyConnected("hidden2", 64, Activation::kRelu);
  const auto cost = ExpectSameEverywhere(net.FullyConnected("logits", 10).Softmax("softmax").Build(), 20);
  EXPECT_EQ(Bits(), (std::vector<int>{4, 4, 4, 0}));
  EXPECT_EQ(varied_, 1);
  if (!cost) GTEST_SKIP() << "no cross compiler or emulator; the host was checked";
  EXPECT_LE(cost->flash_weights_bytes + cost->flash_code_bytes, 64000U);
  EXPECT_LE(cost->instructions_max, 130000U);  // of int8: 111,413
  EXPECT_EQ(cost->arena_bytes, 912U);
  RecordProperty("instructions", static_cast<int>(cost->instructions_max));
  RecordProperty("flash_bytes", static_cast<int>(cost->flash_weights_bytes + cost->flash_code_bytes));
}

TEST_F(Int4, ConvolutionsUnpackABlockAtATime) {
  RandomNetwork net(2, {1, 14, 14, 1}, 0.05F, 12);
  net.WithBits(4)
      .Conv2D("fused", 5, 16, 1, Padding::kSame, Activation::kRelu)
      .Pool("pool", OpKind::kMaxPool, 2, 2, Padding::kSame)
      .Conv2D("strided", 3, 11, 2, Padding::kSame, Activation::kRelu6)
      .Conv2D("pointwise", 1, 9, 1, Padding::kValid, Activation::kNone)
      .Depthwise("depthwise", 3, 1, 1, Padding::kSame)
      .Conv2D("vector", 4, 10, 1, Padding::kValid, Activation::kNone);
  ExpectSameEverywhere(net.Flatten("flat").Build(), 10);
  EXPECT_EQ(Bits(), (std::vector<int>{4, 4, 4, 8, 4, 0}));
  EXPECT_EQ(varied_, 1);
}

TEST_F(Int4, AConvolutionWithALargeBlockStaysInBytes) {
  RandomNetwork net(3, {1, 5, 5, 48}, 0.05F, 12);
  net.WithBits(4).Conv2D("large", 5, 8, 1, Padding::kSame, Activation::kRelu);
  ExpectSameEverywhere(net.Build(), 4);
  EXPECT_EQ(Bits(), (std::vector<int>{8}));
  EXPECT_FALSE(report_.notes.empty());
}

// Nine of ten weights are zero: leaving them out takes less than four bits for each.
TEST_F(Int4, APrunedLayerLeavesItsZerosOut) {
  RandomNetwork net(5, {1, 256}, 0.05F, 12);
  graph::Graph graph = net.WithBits(4).FullyConnected("pruned", 64).Build();
  std::vector<uint8_t>& weights = graph.tensor(graph.nodes[0].inputs[1]).data;
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = i * 7 % 10 == 0 ? weights[i] : 0;
  ExpectSameEverywhere(graph, 5);
  EXPECT_EQ(Bits(), (std::vector<int>{8}));
  EXPECT_TRUE(report_.layers[0].storage.starts_with("sparse")) << report_.layers[0].storage;
  EXPECT_LT(report_.layers[0].weight_bytes, weights.size() / 2);
  EXPECT_TRUE(report_.notes.empty());
}

// A few layers of random kinds and sizes, of 4 or 8 bits.
graph::Graph RandomLayers(uint32_t seed) {
  std::mt19937 rng(seed);
  const auto pick = [&](int lo, int hi) { return std::uniform_int_distribution<int>(lo, hi)(rng); };
  RandomNetwork net(seed, {1, pick(5, 12), pick(5, 12), pick(1, 6)}, 0.05F, pick(-128, 127));
  auto name = [n = 0]() mutable { return "layer" + std::to_string(n++); };
  for (int i = pick(0, 3); i > 0; --i) {
    net.WithBits(pick(0, 3) == 0 ? 8 : 4);
    net.Conv2D(name(), pick(1, 3), pick(1, 20), pick(1, 2), Padding::kSame, Activation::kRelu);
    if (pick(0, 2) == 0) net.Pool(name(), OpKind::kMaxPool, 2, 2, Padding::kSame);
    if (pick(0, 3) == 0) net.Depthwise(name(), 3, 1, 1, Padding::kSame);
  }
  net.Flatten(name());
  for (int i = pick(1, 3); i > 0; --i)
    net.WithBits(pick(0, 3) == 0 ? 8 : 4).FullyConnected(name(), pick(1, 40), Activation::kNone);
  return net.Build();
}

TEST_F(Int4, RandomNetworksAnswerTheSameEverywhere) {
  const char* const seed = std::getenv("LINNET_TEST_SEED");
  const char* const networks = std::getenv("LINNET_TEST_NETWORKS");
  const int first = seed == nullptr ? 0 : std::atoi(seed);
  const int count = seed != nullptr ? 1 : networks == nullptr ? 5 : std::atoi(networks);
  for (int i = first; i < first + count; ++i) {
    SCOPED_TRACE("LINNET_TEST_SEED=" + std::to_string(i));
    ExpectSameEverywhere(RandomLayers(static_cast<uint32_t>(i)), 5);
  }
  EXPECT_GE(varied_, count * 3 / 4);  // some end in one channel that is beyond its range
}

// The greatest sums that there can be, with inputs at the end of their range.
TEST_F(Int4, LongLayersAndExtremeInputsAnswerTheSame) {
  RandomNetwork net(4, {1, 1800}, 0.1F, 127);
  graph::Graph graph = net.WithBits(4).FullyConnected("long", 13).Build();
  for (uint8_t& w : graph.tensor(graph.nodes[0].inputs[1]).data) w = w < 128 ? 7 : static_cast<uint8_t>(-7);
  EmitModel(graph);
  const std::vector<Bytes> inputs = {Bytes(1800, 0x80), Bytes(1800, 0x7F), Bytes(1800, 0)};
  const auto host = RunOnHost(model_, inputs);
  ASSERT_TRUE(host) << host.error().message;
  EXPECT_EQ(host->outputs, Interpret(graph, inputs));
  if (!HasBoard()) return;
  const auto board = RunOnBoard(model_, inputs);
  ASSERT_TRUE(board) << board.error().message;
  EXPECT_EQ(board->outputs, Interpret(graph, inputs));
}

}  // namespace
}  // namespace linnet::profile
