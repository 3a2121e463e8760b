#include "linnet/reference/int8_interpreter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"

namespace linnet::reference {
namespace {

using graph::AddInput;
using graph::AddNode;
using graph::DType;
using graph::Graph;
using graph::OpKind;
using graph::TensorId;
using testing::ElementsAre;
using testing::HasSubstr;

void SetScale(Graph& graph, TensorId id, float scale, int32_t zero_point) {
  graph.tensor(id).quantization = {{scale}, {zero_point}, -1};
}

TensorId Int8Input(Graph& graph, graph::Shape shape, float scale, int32_t zero_point) {
  const TensorId id = AddInput(graph, "x", std::move(shape), DType::kInt8);
  SetScale(graph, id, scale, zero_point);
  return id;
}

TensorId Int8Constant(Graph& graph, graph::Shape shape, const std::vector<int8_t>& values, std::vector<float> scales,
                      int axis) {
  graph::Tensor tensor;
  tensor.name = "c";
  tensor.type = DType::kInt8;
  tensor.shape = std::move(shape);
  tensor.constant = true;
  tensor.data.assign(values.begin(), values.end());
  tensor.quantization = {scales, std::vector<int32_t>(scales.size(), 0), axis};
  graph.tensors.push_back(std::move(tensor));
  return static_cast<TensorId>(graph.tensors.size() - 1);
}

TensorId Bias(Graph& graph, const std::vector<int32_t>& values) {
  graph::Tensor tensor;
  tensor.name = "bias";
  tensor.type = DType::kInt32;
  tensor.shape = {static_cast<int64_t>(values.size())};
  tensor.constant = true;
  tensor.data.resize(values.size() * 4);
  std::memcpy(tensor.data.data(), values.data(), tensor.data.size());
  graph.tensors.push_back(std::move(tensor));
  return static_cast<TensorId>(graph.tensors.size() - 1);
}

std::vector<int> RunNode(Graph graph, OpKind op, std::vector<TensorId> inputs, graph::Attributes attributes,
                         float scale, int32_t zero_point, const std::vector<int8_t>& input) {
  const auto out = AddNode(graph, op, "node", std::move(inputs), std::move(attributes));
  EXPECT_TRUE(out.has_value()) << (out ? "" : out.error().message);
  SetScale(graph, *out, scale, zero_point);
  graph.outputs = {*out};
  auto net = Int8Interpreter::Create(graph);
  EXPECT_TRUE(net.has_value()) << (net ? "" : net.error().message);
  if (!net) return {};
  net->Run(input);
  return {net->output().begin(), net->output().end()};
}

TEST(Int8Interpreter, FullyConnectedByHand) {
  Graph graph;
  const TensorId x = Int8Input(graph, {1, 2}, 0.5F, -1);
  const TensorId w = Int8Constant(graph, {2, 2}, {2, -127, 4, 1}, {0.25F, 0.5F}, 1);
  const TensorId b = Bias(graph, {3, -10});
  // (q - zp) = 11, 5. acc0 = 3 + 11*2 + 5*4 = 45, times 0.5*0.25/1 = 5.625 -> 6, + 10 = 16
  // acc1 = -10 - 11*127 + 5 = -1402, times 0.25 = -350.5 -> -350 (half up), clamped to -128; with relu to zero point 10
  EXPECT_THAT(RunNode(graph, OpKind::kFullyConnected, {x, w, b}, graph::FullyConnectedAttributes{}, 1.0F, 10, {10, 4}),
              ElementsAre(16, -128));
  EXPECT_THAT(RunNode(graph, OpKind::kFullyConnected, {x, w, b},
                      graph::FullyConnectedAttributes{graph::Activation::kRelu}, 1.0F, 10, {10, 4}),
              ElementsAre(16, 10));
}

TEST(Int8Interpreter, PaddingOfAConvolutionIsTheZeroPoint) {
  Graph graph;
  const TensorId x = Int8Input(graph, {1, 2, 2, 1}, 1.0F, -128);
  const TensorId w = Int8Constant(graph, {3, 3, 1, 1}, std::vector<int8_t>(9, 1), {1.0F}, 3);
  graph::ConvAttributes conv;
  conv.window.padding = graph::Padding::kSame;
  EXPECT_THAT(RunNode(graph, OpKind::kConv2D, {x, w}, conv, 1.0F, -128, {-127, -126, -125, -124}),
              ElementsAre(-118, -118, -118, -118));
}

TEST(Int8Interpreter, AllZeroChannelGivesTheZeroPoint) {
  Graph graph;
  const TensorId x = Int8Input(graph, {1, 1, 1, 1}, 1.0F, 0);
  const TensorId w = Int8Constant(graph, {1, 1, 1, 2}, {0, 3}, {0.0F, 1.0F}, 3);
  EXPECT_THAT(RunNode(graph, OpKind::kConv2D, {x, w}, graph::ConvAttributes{}, 1.0F, 7, {9}), ElementsAre(7, 34));
}

TEST(Int8Interpreter, PoolsAndMean) {
  Graph graph;
  const TensorId x = Int8Input(graph, {1, 2, 2, 1}, 0.1F, 5);
  graph::PoolAttributes pool;
  pool.window = {.stride_h = 2, .stride_w = 2, .kernel_h = 2, .kernel_w = 2};
  EXPECT_THAT(RunNode(graph, OpKind::kMaxPool, {x}, pool, 0.1F, 5, {-1, -2, -4, -3}), ElementsAre(-1));
  EXPECT_THAT(RunNode(graph, OpKind::kAveragePool, {x}, pool, 0.1F, 5, {-1, -2, -4, -3}),
              ElementsAre(-3));  // -2.5 away from zero
  EXPECT_THAT(RunNode(graph, OpKind::kMean, {x}, graph::ReduceAttributes{{1, 2}, false}, 0.1F, 5, {1, 2, 4, 4}),
              ElementsAre(3));
}

TEST(Int8Interpreter, SoftmaxSharesSumToNearlyOne) {
  Graph graph;
  const TensorId x = Int8Input(graph, {1, 4}, 0.1F, 0);
  EXPECT_THAT(
      RunNode(graph, OpKind::kSoftmax, {x}, graph::NoAttributes{}, graph::kSoftmaxOutputScale, -128, {10, 10, 10, 10}),
      ElementsAre(-64, -64, -64, -64));
  EXPECT_THAT(RunNode(graph, OpKind::kSoftmax, {x}, graph::NoAttributes{}, graph::kSoftmaxOutputScale, -128,
                      {127, -128, -128, -128}),
              ElementsAre(127, -128, -128, -128));
}

TEST(Int8Interpreter, AddSubMulRescale) {
  Graph graph;
  const TensorId x = Int8Input(graph, {1, 2}, 0.5F, 1);
  const TensorId c = Int8Constant(graph, {2}, {4, -8}, {0.25F}, -1);
  // real x = 2, 4.5; real c = 1, -2
  EXPECT_THAT(RunNode(graph, OpKind::kAdd, {x, c}, graph::NoAttributes{}, 0.125F, -3, {5, 10}), ElementsAre(21, 17));
  EXPECT_THAT(RunNode(graph, OpKind::kSub, {x, c}, graph::NoAttributes{}, 0.125F, -3, {5, 10}), ElementsAre(5, 49));
  EXPECT_THAT(RunNode(graph, OpKind::kMul, {x, c}, graph::NoAttributes{}, 0.125F, -3, {5, 10}), ElementsAre(13, -75));
}

TEST(Int8Interpreter, ConvolutionsAreWithinAStepOfRealArithmetic) {
  const unsigned seed = 7;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const auto any = [&](int low, int high) {
    return static_cast<int8_t>(std::uniform_int_distribution<int>(low, high)(random));
  };
  for (const OpKind op : {OpKind::kConv2D, OpKind::kDepthwiseConv2D}) {
    Graph graph;
    const TensorId x = Int8Input(graph, {1, 5, 6, 3}, 0.02F, 4);
    std::vector<int8_t> weights(3 * 2 * 3 * 2);
    for (int8_t& w : weights) w = any(-127, 127);
    const size_t channels = op == OpKind::kConv2D ? 2 : 6;
    std::vector<float> scales;
    std::vector<int32_t> biases;
    for (size_t c = 0; c < channels; ++c) {
      scales.push_back(0.001F * static_cast<float>(c + 1));
      biases.push_back(any(-100, 100) * 10);
    }
    const TensorId w = Int8Constant(graph, {3, 2, 3, 2}, weights, scales, 3);
    const TensorId b = Bias(graph, biases);
    graph::ConvAttributes conv;
    conv.window = {.stride_h = 2, .stride_w = 1, .padding = graph::Padding::kSame};
    std::vector<int8_t> image(5 * 6 * 3);
    for (int8_t& q : image) q = any(-128, 127);
    const float out_scale = 0.05F;
    const std::vector<int> out = RunNode(graph, op, {x, w, b}, conv, out_scale, -7, image);
    // SAME: 3 rows of stride 2 over 5 rows pad 1 above; 6 columns, kernel 2, pad 0 left.
    size_t at = 0;
    for (int y = 0; y < 3; ++y) {
      for (int xx = 0; xx < 6; ++xx) {
        for (size_t c = 0; c < channels; ++c, ++at) {
          double sum = biases[c];
          for (int ky = 0; ky < 3; ++ky) {
            for (int kx = 0; kx < 2; ++kx) {
              const int iy = y * 2 - 1 + ky;
              const int ix = xx + kx;
              if (iy < 0 || iy >= 5 || ix >= 6) continue;
              for (int ic = 0; ic < 3; ++ic) {
                if (op == OpKind::kDepthwiseConv2D && ic != static_cast<int>(c) / 2) continue;
                const int tap = (ky * 2 + kx) * 3 + ic;
                const int weight = weights[static_cast<size_t>(
                    op == OpKind::kConv2D ? tap * 2 + static_cast<int>(c) : tap * 2 + static_cast<int>(c) % 2)];
                sum += (image[static_cast<size_t>((iy * 6 + ix) * 3 + ic)] - 4) * weight;
              }
            }
          }
          const double exact = std::clamp(
              sum * static_cast<double>(0.02F) * static_cast<double>(scales[c]) / static_cast<double>(out_scale) - 7,
              -128.0, 127.0);
          EXPECT_LE(std::fabs(out[at] - exact), 0.5 + 1e-5) << "row " << y << " column " << xx << " channel " << c;
        }
      }
    }
  }
}

TEST(Int8Interpreter, AnAnswerFarFinerThanItsOperandsIsRefused) {
  Graph graph;
  const TensorId x = Int8Input(graph, {1, 2}, 1.0F, 0);
  const TensorId out = AddNode(graph, OpKind::kSub, "less", {x, x}).value();
  SetScale(graph, out, 1e-20F, 0);
  graph.outputs = {out};
  const auto net = Int8Interpreter::Create(graph);
  ASSERT_FALSE(net.has_value());
  EXPECT_THAT(net.error().message, HasSubstr("layer 'less' (Sub): its answer is more than 2^24 times finer"));
}

TEST(Int8Interpreter, NamesTheLayerWithoutQuantisation) {
  Graph graph;
  const TensorId x = Int8Input(graph, {1, 2}, 0.5F, 0);
  graph.outputs = {AddNode(graph, OpKind::kRelu, "r", {x}).value()};
  const auto net = Int8Interpreter::Create(graph);
  ASSERT_FALSE(net.has_value());
  EXPECT_THAT(net.error().message, HasSubstr("layer 'r' (Relu): 'r' needs exactly one scale"));
}

}  // namespace
}  // namespace linnet::reference
