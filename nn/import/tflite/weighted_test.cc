// Convolutions and matrix products: order of weights, scales, windows, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "linnet/graph/build.h"
#include "test_text.h"

namespace linnet::tflite {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Op = schema::BuiltinOperator;
using Type = schema::TensorType;

std::vector<float> Counted(size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.0F);
  return values;
}

std::vector<int8_t> Counted8(size_t count) {
  std::vector<int8_t> values(count);
  std::iota(values.begin(), values.end(), int8_t{0});
  return values;
}

const graph::Tensor& WeightsOf(const graph::Graph& graph, size_t node = 0) {
  return graph.tensor(graph.nodes.at(node).inputs.at(1));
}

schema::Conv2DOptionsT Conv(int stride_h, int stride_w, schema::Padding padding = schema::Padding::SAME) {
  schema::Conv2DOptionsT options;
  options.stride_h = stride_h;
  options.stride_w = stride_w;
  options.padding = padding;
  return options;
}

TEST(TfliteConv2D, WeightsOhwiBecomeHwio) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 5, 5, 2});
  const int w = b.Floats("w", {3, 2, 1, 2}, Counted(12));  // [out,kh,kw,in]
  const int y = b.Tensor("y", {1, 5, 3, 3});
  schema::Conv2DOptionsT options = Conv(1, 2);
  options.fused_activation_function = schema::ActivationFunctionType::RELU6;
  b.Operator(Op::CONV_2D, {x, w, -1}, {y}, options);
  b.Output(y);
  const graph::Graph graph = GraphOf(b);
  ASSERT_EQ(graph.nodes.size(), 1U);
  const graph::Tensor& weights = WeightsOf(graph);
  EXPECT_EQ(weights.shape, (graph::Shape{2, 1, 2, 3}));
  EXPECT_EQ(graph::FloatValues(weights), (std::vector<float>{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}));
  EXPECT_EQ(graph.nodes[0].inputs.size(), 2U);
  const auto& a = std::get<graph::ConvAttributes>(graph.nodes[0].attributes);
  EXPECT_EQ(a.activation, graph::Activation::kRelu6);
  EXPECT_EQ((std::vector{a.window.stride_h, a.window.stride_w, a.window.pad_top, a.window.pad_bottom}),
            (std::vector{1, 2, 0, 1}));
}

// One int8 convolution 1x1 of 2 to 3 channels.
TfliteBuilder Int8Conv(std::vector<float> scales, int axis = 0) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 2, 2, 2}, Type::INT8, 0.5F, -3);
  const int w = b.Int8s("w", {3, 1, 1, 2}, Counted8(6), std::move(scales), axis);
  const int bias = b.Ints("b", {3}, {10, 20, 30});
  const int y = b.Tensor("y", {1, 2, 2, 3}, Type::INT8, 0.25F, 7);
  b.Operator(Op::CONV_2D, {x, w, bias}, {y}, Conv(1, 1));
  b.Output(y);
  return b;
}

TEST(TfliteConv2D, ScalesOfChannelsFollowTheirChannel) {
  const graph::Graph graph = GraphOf(Int8Conv({1, 2, 3}));
  EXPECT_EQ(graph.arithmetic, graph::Arithmetic::kTflite);
  const graph::Tensor& weights = WeightsOf(graph);
  EXPECT_EQ(weights.quantization.axis, 3);
  EXPECT_EQ(weights.quantization.scales, (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(weights.data, (std::vector<uint8_t>{0, 2, 4, 1, 3, 5}));
  const graph::Tensor& bias = graph.tensor(graph.nodes[0].inputs[2]);
  EXPECT_EQ(bias.type, graph::DType::kInt32);
  EXPECT_EQ(bias.quantization.scales, (std::vector<float>{0.5F, 1, 1.5F}));  // not in the file: input * weights
  const graph::Tensor& out = graph.tensor(graph.outputs[0]);
  EXPECT_EQ(out.quantization.scales, std::vector<float>{0.25F});
  EXPECT_EQ(out.quantization.zero_points, std::vector<int32_t>{7});
}

TEST(TfliteConv2D, OneScaleStaysOne) {
  const graph::Graph graph = GraphOf(Int8Conv({2}));
  EXPECT_EQ(WeightsOf(graph).quantization.scales, std::vector<float>{2});
}

TEST(TfliteConv2D, WhatCannotBeCompiledIsSaid) {
  EXPECT_THAT(TextOf(Int8Conv({1, 2}, 3)), HasSubstr("scales along dimension 2 of [1,1,2,3]"));
  EXPECT_THAT(TextOf(Int8Conv({1, 2}, 0)), HasSubstr("it has 2 scales along dimension 0 of its shape [3,1,1,2]"));

  TfliteBuilder zero = Int8Conv({1});
  zero.at(1).quantization->zero_point = {5};
  EXPECT_THAT(TextOf(zero), HasSubstr("layer 'y' (CONV_2D): its weights have a zero point other than 0"));

  TfliteBuilder wide = Int8Conv({1});
  wide.at(2).type = Type::INT64;
  wide.model.buffers[2]->data.resize(24);
  EXPECT_THAT(TextOf(wide), HasSubstr("its bias is int64; supported here: int32"));

  TfliteBuilder bias = Int8Conv({1});
  bias.at(2).shape = {2};
  bias.model.buffers[2]->data.resize(8);
  EXPECT_THAT(TextOf(bias), HasSubstr("its bias is [2]; expected [3]"));

  TfliteBuilder grouped;
  const int x = grouped.Input("x", {1, 2, 2, 4});
  const int w = grouped.Floats("w", {6, 1, 1, 2}, Counted(12));
  const int y = grouped.Tensor("y", {1, 2, 2, 6});
  grouped.Operator(Op::CONV_2D, {x, w}, {y}, Conv(1, 1));
  grouped.Output(y);
  EXPECT_THAT(TextOf(grouped), HasSubstr("a grouped convolution: weights for 2 of 4 channels"));

  TfliteBuilder tanh = Int8Conv({1});
  tanh.graph().operators[0]->builtin_options.AsConv2DOptions()->fused_activation_function =
      schema::ActivationFunctionType::TANH;
  EXPECT_THAT(TextOf(tanh), HasSubstr("its fused activation is TANH; supported: NONE, RELU, RELU6, RELU_N1_TO_1"));

  TfliteBuilder flows = Int8Conv({1});
  const int other = flows.Input("other", {3, 1, 1, 2}, Type::INT8, 1, 0);
  flows.graph().operators[0]->inputs[1] = other;
  EXPECT_THAT(TextOf(flows), HasSubstr("its weights 'other' are not constant"));
}

TEST(TfliteDepthwise, ChannelsAreInputTimesMultiplier) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 4, 4, 2}, Type::INT8, 0.5F, 0);
  const int w = b.Int8s("w", {1, 1, 2, 6}, Counted8(12), {1, 2, 3, 4, 5, 6}, 3);
  const int y = b.Tensor("y", {1, 4, 3, 6}, Type::INT8, 0.5F, 0);
  schema::DepthwiseConv2DOptionsT options;
  options.stride_h = options.stride_w = 1;
  options.padding = schema::Padding::VALID;
  options.depth_multiplier = 3;
  b.Operator(Op::DEPTHWISE_CONV_2D, {x, w}, {y}, options);
  b.Output(y);
  const graph::Graph graph = GraphOf(b);
  const graph::Tensor& weights = WeightsOf(graph);
  EXPECT_EQ(weights.shape, (graph::Shape{1, 2, 2, 3}));
  EXPECT_EQ(weights.data.at(7), 7);  // [0,1,0,1]: as in the file
  EXPECT_EQ(weights.quantization.scales.size(), 6U);
  b.at(w).shape = {1, 1, 2, 5};
  EXPECT_THAT(TextOf(b), HasSubstr("expects [batch,height,width,in] and [1,kh,kw,in * multiplier]"));
}

TEST(TfliteFullyConnected, InputsOfMoreDimensionsAreFlattened) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 2, 2, 3});
  const int w = b.Floats("w", {2, 12}, Counted(24));
  const int y = b.Tensor("dense/y", {1, 2});
  b.Operator(Op::FULLY_CONNECTED, {x, w, -1}, {y}, schema::FullyConnectedOptionsT());
  b.Output(y);
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("Reshape \"dense/y/flatten\" (x) -> dense/y/flatten float32[1,12]"),
                               HasSubstr("FullyConnected \"dense/y\" (dense/y/flatten, dense/y/weights) -> dense/y "
                                         "float32[1,2]")));
}

TEST(TfliteFullyConnected, KeepNumDimsKeepsThem) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 5, 3});
  const int w = b.Floats("w", {2, 3}, Counted(6));
  const int y = b.Tensor("y", {1, 5, 2});
  schema::FullyConnectedOptionsT options;
  options.keep_num_dims = true;
  options.fused_activation_function = schema::ActivationFunctionType::RELU;
  b.Operator(Op::FULLY_CONNECTED, {x, w}, {y}, options);
  b.Output(y);
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("-> y/flatten float32[5,3]"), HasSubstr("relu -> y/product float32[5,2]"),
                               HasSubstr("Reshape \"y\" (y/product) -> y float32[1,5,2]")));
  b.graph().operators[0]->builtin_options.AsFullyConnectedOptions()->weights_format =
      schema::FullyConnectedOptionsWeightsFormat::SHUFFLED4x16INT8;
  EXPECT_THAT(TextOf(b), HasSubstr("its weights are shuffled (SHUFFLED4x16INT8)"));
}

TEST(TfliteFullyConnected, WeightsUsedTwiceStandOnce) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 3});
  const int w = b.Floats("w", {3, 3}, Counted(9));
  const int y = b.Tensor("y", {1, 3});
  const int z = b.Tensor("z", {1, 3});
  b.Operator(Op::FULLY_CONNECTED, {x, w}, {y}, schema::FullyConnectedOptionsT());
  b.Operator(Op::FULLY_CONNECTED, {y, w}, {z}, schema::FullyConnectedOptionsT());
  b.Output(z);
  const graph::Graph graph = GraphOf(b);
  ASSERT_EQ(graph.nodes.size(), 2U);
  EXPECT_EQ(graph.nodes[0].inputs[1], graph.nodes[1].inputs[1]);
}

TEST(TfliteFullyConnected, FloatWeightsStoredAsInt8AndFloat16AreMadeFloat) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 2});
  const int small = b.Int8s("w8", {2, 2}, {1, 2, 3, 4}, {0.5F, 2}, 0);
  const int w = b.Tensor("w", {2, 2});
  const int half = b.Constant<uint16_t>("b16", {2}, {0x3C00, 0xC580}, Type::FLOAT16);  // 1, -5.5
  const int bias = b.Tensor("b", {2});
  const int y = b.Tensor("y", {1, 2});
  b.Operator(Op::DEQUANTIZE, {small}, {w});
  b.Operator(Op::DEQUANTIZE, {half}, {bias});
  b.Operator(Op::FULLY_CONNECTED, {x, w, bias}, {y}, schema::FullyConnectedOptionsT());
  b.Output(y);
  const graph::Graph graph = GraphOf(b);
  ASSERT_EQ(graph.nodes.size(), 1U);
  EXPECT_EQ(graph::FloatValues(WeightsOf(graph)), (std::vector<float>{0.5F, 6, 1, 8}));
  EXPECT_EQ(graph::FloatValues(graph.tensor(graph.nodes[0].inputs[2])), (std::vector<float>{1, -5.5F}));
  EXPECT_EQ(graph.tensors.size(), 4U);  // what nothing reads any more is gone
}

TEST(TfliteTransposeConv, OutputShapeWeightsInputBias) {
  TfliteBuilder b;
  const int shape = b.Ints("shape", {4}, {1, 4, 4, 2});
  const int w = b.Floats("w", {2, 2, 2, 3}, Counted(24));  // [out,kh,kw,in]
  const int x = b.Input("x", {1, 2, 2, 3});
  const int y = b.Tensor("y", {1, 4, 4, 2});
  schema::TransposeConvOptionsT options;
  options.stride_h = options.stride_w = 2;
  options.padding = schema::Padding::SAME;
  b.Operator(Op::TRANSPOSE_CONV, {shape, w, x}, {y}, options);
  b.Output(y);
  const graph::Graph graph = GraphOf(b);
  EXPECT_EQ(WeightsOf(graph).shape, (graph::Shape{2, 2, 3, 2}));
  EXPECT_EQ(graph::FloatValues(WeightsOf(graph)).at(1), 12);  // [0,0,0,1] was [1,0,0,0]
  const auto& a = std::get<graph::TransposeConvAttributes>(graph.nodes.at(0).attributes);
  EXPECT_EQ((std::vector{a.out_h, a.out_w, a.window.stride_h}), (std::vector{4, 4, 2}));
  b.model.buffers[1]->data[4] = 200;
  EXPECT_THAT(TextOf(b), HasSubstr("doesn't belong to an input of [1,2,2,3] with this window"));
}

}  // namespace
}  // namespace linnet::tflite
