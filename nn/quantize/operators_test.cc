// Every operator that a float network may hold comes out close to float, in either arithmetic.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "float_inputs.h"
#include "linnet/graph/build.h"
#include "linnet/quantize/images.h"
#include "linnet/quantize/quantize.h"

namespace linnet::quantize {
namespace {

using graph::AddConstant;
using graph::AddInput;
using graph::AddNode;
using graph::Arithmetic;
using graph::Graph;
using graph::OpKind;
using graph::TensorId;
using testing::HasSubstr;

constexpr unsigned kSeed = 5;

struct OneLayer {
  OpKind op;
  graph::Attributes attributes;
  graph::Shape weights = {};  // of a second, constant operand
};

// x - 0.5, so that there are values on both sides of zero, and the layer.
Graph Network(const OneLayer& layer) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 4, 4, 3});
  const TensorId half = AddConstant(graph, "half", {}, std::vector<float>{0.5F});
  const TensorId centred = AddNode(graph, OpKind::kSub, "centred", {x, half}).value();
  std::vector<TensorId> inputs = {centred};
  if (layer.op == OpKind::kConcat) inputs.push_back(x);
  if (!layer.weights.empty()) {
    std::mt19937 random(kSeed);
    std::uniform_real_distribution<float> values(-1, 1);
    std::vector<float> weights(static_cast<size_t>(graph::ElementCount(layer.weights)));
    for (float& v : weights) v = values(random);
    inputs.push_back(AddConstant(graph, "w", layer.weights, weights));
  }
  graph.outputs = {AddNode(graph, layer.op, "layer", inputs, layer.attributes).value()};
  return graph;
}

std::vector<OneLayer> Layers() {
  graph::TransposeConvAttributes twice;
  twice.window.stride_h = twice.window.stride_w = 2;
  twice.out_h = twice.out_w = 9;
  graph::PoolAttributes pool;
  pool.window.kernel_h = pool.window.kernel_w = 2;
  pool.activation = graph::Activation::kRelu;
  graph::SliceAttributes slice;
  slice.ranges = {{0, 1, 1}, {1, 1, 3}, {3, -1, 4}, {0, 2, 2}};
  const graph::ReduceAttributes picture{{1, 2}, true};
  return {
      {OpKind::kTransposeConv, twice, {3, 3, 3, 2}},
      {OpKind::kConv2D, graph::ConvAttributes{}, {2, 2, 3, 4}},
      {OpKind::kDepthwiseConv2D, graph::ConvAttributes{}, {2, 2, 3, 2}},
      {OpKind::kMaxPool, pool},
      {OpKind::kAveragePool, pool},
      {OpKind::kAdd, graph::ActivationAttributes{graph::Activation::kRelu6}, {3}},
      {OpKind::kMul, graph::NoAttributes{}, {3}},
      {OpKind::kDiv, graph::NoAttributes{}, {3}},
      {OpKind::kMaximum, graph::NoAttributes{}, {3}},
      {OpKind::kMinimum, graph::NoAttributes{}, {3}},
      {OpKind::kRelu, graph::NoAttributes{}},
      {OpKind::kRelu6, graph::NoAttributes{}},
      {OpKind::kSigmoid, graph::NoAttributes{}},
      {OpKind::kTanh, graph::NoAttributes{}},
      {OpKind::kPad, graph::PadAttributes{{{0, 0}, {1, 1}, {2, 0}, {0, 0}}}},
      {OpKind::kMean, picture},
      {OpKind::kSum, picture},
      {OpKind::kConcat, graph::ConcatAttributes{3}},
      {OpKind::kTranspose, graph::TransposeAttributes{{0, 3, 1, 2}}},
      {OpKind::kSlice, slice},
      {OpKind::kResizeNearest, graph::ResizeAttributes{7, 5}},
      {OpKind::kLeakyRelu, graph::LeakyReluAttributes{0.2F}},
      {OpKind::kHardSwish, graph::NoAttributes{}},
      {OpKind::kClamp, graph::ClampAttributes{-0.25F, 0.4F}},
  };
}

TEST(Operators, EachStaysCloseToFloatInEitherArithmetic) {
  for (const OneLayer& layer : Layers()) {
    for (const Arithmetic arithmetic : {Arithmetic::kSingleRounding, Arithmetic::kTflite}) {
      SCOPED_TRACE(std::string(graph::Name(layer.op)) + (arithmetic == Arithmetic::kTflite ? " double" : " single"));
      const Graph graph = Network(layer);
      Options options;
      options.arithmetic = arithmetic;
      const auto q = Quantize(graph, RandomCalibration(graph, 30, kSeed), options);
      ASSERT_TRUE(q.has_value()) << q.error().message;
      EXPECT_EQ(q->graph.arithmetic, arithmetic);
      EXPECT_GT(q->errors.back().signal_to_noise_db, layer.op == OpKind::kMean ? 20 : 30) << ToText(q->errors);
      EXPECT_FALSE(q->errors.back().in_float);
    }
  }
}

TEST(Operators, SoftmaxesAnswerInTheirOwnScales) {
  for (const OpKind op : {OpKind::kSoftmax, OpKind::kLogSoftmax}) {
    const Graph graph = Network({op, graph::NoAttributes{}});
    const auto q = Quantize(graph, RandomCalibration(graph, 30, kSeed));
    ASSERT_TRUE(q.has_value()) << q.error().message;
    EXPECT_LE(q->errors.back().max_error, op == OpKind::kSoftmax ? 0.02 : 0.07) << ToText(q->errors);
    EXPECT_EQ(q->errors.back().in_float, op == OpKind::kLogSoftmax);
  }
}

TEST(Operators, AnArgMaxAnswersTheIndex) {
  Graph graph = Network({OpKind::kRelu, graph::NoAttributes{}});
  graph.outputs = {
      AddNode(graph, OpKind::kArgMax, "best", {graph.outputs[0]}, graph::ReduceAttributes{{3}, false}).value()};
  const auto q = Quantize(graph, RandomCalibration(graph, 30, kSeed));
  ASSERT_TRUE(q.has_value()) << q.error().message;
  EXPECT_EQ(q->graph.tensor(q->graph.outputs[0]).type, graph::DType::kInt64);
  EXPECT_EQ(q->errors.size(), 2U);  // the index has no scale to measure an error in
}

TEST(Operators, ADivisionByWhatIsNotConstantStaysFloat) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 4});
  const TensorId one = AddConstant(graph, "one", {}, std::vector<float>{1});
  const TensorId more = AddNode(graph, OpKind::kAdd, "more", {x, one}).value();
  graph.outputs = {AddNode(graph, OpKind::kDiv, "quotient", {x, more}).value()};
  const auto q = Quantize(graph, RandomCalibration(graph, 30, kSeed));
  ASSERT_TRUE(q.has_value()) << q.error().message;
  EXPECT_THAT(graph::ToText(q->graph),
              HasSubstr("Dequantize \"quotient/dequantize\" (more) -> more/float float32[1,4]\n"
                        "Div \"quotient\" (x/float, more/float) -> quotient/float float32[1,4]\n"
                        "Quantize \"quotient/quantize\" (quotient/float) -> quotient int8[1,4]"));
  EXPECT_TRUE(q->errors.back().in_float);
  EXPECT_GT(q->errors.back().signal_to_noise_db, 35) << ToText(q->errors);
  EXPECT_THAT(ToText(q->errors), HasSubstr("Div float"));
}

// A sigmoid's scale is fixed at 1/256; values up to 10 don't fit into it.
TEST(Operators, AConcatenationBringsFixedScalesToItsOwn) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 4});
  const TensorId ten = AddConstant(graph, "ten", {}, std::vector<float>{10});
  const TensorId large = AddNode(graph, OpKind::kMul, "large", {x, ten}).value();
  const TensorId sigmoid = AddNode(graph, OpKind::kSigmoid, "sigmoid", {x}).value();
  const TensorId tanh = AddNode(graph, OpKind::kTanh, "tanh", {x}).value();
  graph.outputs = {AddNode(graph, OpKind::kConcat, "all", {sigmoid, large, tanh}, graph::ConcatAttributes{1}).value()};
  const auto q = Quantize(graph, RandomCalibration(graph, 30, kSeed));
  ASSERT_TRUE(q.has_value()) << q.error().message;
  EXPECT_GT(q->errors.back().signal_to_noise_db, 40) << ToText(q->errors);
  EXPECT_THAT(graph::ToText(q->graph), HasSubstr("Quantize \"all/rescale\" (sigmoid) -> sigmoid/rescaled int8[1,4]"));
}

TEST(Operators, SeveralInputsAndOutputs) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 4});
  const TensorId y = AddInput(graph, "y", {1, 4});
  const TensorId sum = AddNode(graph, OpKind::kAdd, "sum", {x, y}).value();
  const TensorId product = AddNode(graph, OpKind::kMul, "product", {x, y}).value();
  graph.outputs = {sum, product};
  const auto q = Quantize(graph, {.inputs = {{0.1F, 0.2F, 0.3F, 0.4F, 5, 6, 7, 8}, {1, 1, 1, 1, 9, 9, 9, 9}}});
  ASSERT_TRUE(q.has_value()) << q.error().message;
  EXPECT_FLOAT_EQ(q->graph.tensor(q->graph.inputs[0]).quantization.scales[0], 1.0F / 255);
  EXPECT_FLOAT_EQ(q->graph.tensor(q->graph.inputs[1]).quantization.scales[0], 9.0F / 255);
  for (const LayerError& e : q->errors) EXPECT_GT(e.signal_to_noise_db, 35) << ToText(q->errors);
}

}  // namespace
}  // namespace linnet::quantize
