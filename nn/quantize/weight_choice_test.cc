#include "linnet/quantize/weight_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "linnet/graph/build.h"
#include "linnet/quantize/images.h"
#include "linnet/quantize/quantize.h"

namespace linnet::quantize {
namespace {

using graph::TensorId;
using testing::HasSubstr;

graph::Graph TwoLayers() {
  graph::Graph graph;
  TensorId x = graph::AddInput(graph, "x", {1, 8});
  for (const char* name : {"fc1/MatMul", "fc2/MatMul"}) {
    std::vector<float> w(64);
    for (size_t i = 0; i < w.size(); ++i) w[i] = static_cast<float>(i * 37 % 64) / 32 - 1;
    const TensorId weights = graph::AddConstant(graph, "w", {8, 8}, w);
    x = graph::AddNode(graph, graph::OpKind::kFullyConnected, name, {x, weights}, graph::FullyConnectedAttributes{})
            .value();
  }
  graph.outputs = {x};
  return graph;
}

TEST(WeightChoice, ReadsItsThreeForms) {
  EXPECT_FALSE(ParseWeightChoice("int8")->IsInt4("fc1"));
  EXPECT_TRUE(ParseWeightChoice("int4")->IsInt4("fc1"));
  const auto some = ParseWeightChoice("int4:fc1,conv2");
  ASSERT_TRUE(some);
  EXPECT_TRUE(some->IsInt4("fc1"));
  EXPECT_TRUE(some->IsInt4("conv2/Conv2D"));
  EXPECT_FALSE(some->IsInt4("fc10"));
  EXPECT_FALSE(some->IsInt4("fc"));
  for (const char* text : {"", "int2", "int4:", "int4:a,", "int4:,a", "int8:a"}) {
    const auto choice = ParseWeightChoice(text);
    ASSERT_FALSE(choice) << text;
    EXPECT_THAT(choice.error().message, HasSubstr("there are int8, int4, and int4:"));
  }
}

TEST(WeightChoice, NamedLayersBecomeInt4) {
  Options options;
  options.weights = *ParseWeightChoice("int4:fc2");
  const graph::Graph graph = TwoLayers();
  const auto q = Quantize(graph, RandomCalibration(graph, 4), options);
  ASSERT_TRUE(q) << q.error().message;
  EXPECT_EQ(q->errors[0].weight_bits, 8);
  EXPECT_EQ(q->errors[1].weight_bits, 4);
  const graph::Tensor& weights = q->graph.tensor(q->graph.nodes[1].inputs[1]);
  EXPECT_EQ(weights.quantization.bits, 4);
  const auto [least, most] = std::ranges::minmax(weights.data, {}, [](uint8_t b) { return static_cast<int8_t>(b); });
  EXPECT_EQ(std::max(-static_cast<int8_t>(least), +static_cast<int8_t>(most)), 7);
  EXPECT_THAT(graph::ToText(q->graph), HasSubstr("const w int8[8,8] 4 bits 8 scales"));
}

TEST(WeightChoice, ALayerThatIsNotThereIsRefused) {
  Options options;
  options.weights = *ParseWeightChoice("int4:fc3");
  const graph::Graph graph = TwoLayers();
  const auto q = Quantize(graph, RandomCalibration(graph, 4), options);
  ASSERT_FALSE(q);
  EXPECT_THAT(q.error().message, HasSubstr("no layer 'fc3' has weights; there are fc1/MatMul, fc2/MatMul"));
}

}  // namespace
}  // namespace linnet::quantize
