// UNIDIRECTIONAL_SEQUENCE_LSTM and SVDF: the order of their constants, their states, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_text.h"

namespace linnet::tflite {
namespace {

using testing::HasSubstr;
using Op = schema::BuiltinOperator;
using Type = schema::TensorType;

// An LSTM of 2 units over 3 steps of 4 numbers; constant k of the operator is filled with k.
TfliteBuilder Lstm() {
  TfliteBuilder b;
  std::vector<int32_t> inputs(24, -1);
  inputs[0] = b.Input("x", {1, 3, 4}, Type::INT8, 0.5F, 3);
  const auto weights = [&](int32_t i, const TfliteBuilder::Dims& shape) {
    const auto count = static_cast<size_t>(shape[0] * shape[1]);
    inputs[static_cast<size_t>(i)] = b.Int8s("w", shape, std::vector<int8_t>(count, static_cast<int8_t>(i)), {0.25F});
  };
  for (int32_t i = 1; i <= 4; ++i) weights(i, {2, 4});
  for (int32_t i = 5; i <= 8; ++i) weights(i, {2, 2});
  for (int32_t i = 12; i <= 15; ++i) inputs[static_cast<size_t>(i)] = b.Ints("b", {2}, {i, i});
  inputs[18] = b.Variable("hidden", {1, 2}, Type::INT8, 0.125F, -5);
  inputs[19] = b.Variable("cell", {1, 2}, Type::INT16, 1.0F / 2048, 0);
  const int y = b.Tensor("y", {1, 3, 2}, Type::INT8, 0.125F, -5);
  schema::UnidirectionalSequenceLSTMOptionsT options;
  options.fused_activation_function = schema::ActivationFunctionType::TANH;
  options.cell_clip = 10;
  b.Operator(Op::UNIDIRECTIONAL_SEQUENCE_LSTM, inputs, {y}, options);
  b.Output(y);
  return b;
}

schema::OperatorT& OperatorOf(TfliteBuilder& b) { return *b.graph().operators[0]; }

TEST(TfliteLstm, ConstantsInTheGraphsOrderAndStatesAsAttributes) {
  const graph::Graph graph = GraphOf(Lstm());
  ASSERT_EQ(graph.nodes.size(), 1U);
  const graph::Node& node = graph.nodes[0];
  ASSERT_EQ(node.op, graph::OpKind::kLstm);
  std::vector<int> first;
  for (size_t i = 1; i < node.inputs.size(); ++i) first.push_back(graph.tensor(node.inputs[i]).data.at(0));
  EXPECT_EQ(first, (std::vector{1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15}));
  const auto& a = std::get<graph::LstmAttributes>(node.attributes);
  EXPECT_FALSE(a.time_major);
  EXPECT_EQ(a.cell_clip, 10);
  EXPECT_EQ(a.cell_scale, 1.0F / 2048);
  EXPECT_EQ(a.hidden_scale, 0.125F);
  EXPECT_EQ(a.hidden_zero_point, -5);
  EXPECT_EQ(graph.tensor(graph.outputs[0]).shape, (graph::Shape{1, 3, 2}));
}

TEST(TfliteLstm, OtherKindsAreRefusedByName) {
  const auto refuse = [](const auto& change) {
    TfliteBuilder b = Lstm();
    change(b);
    return TextOf(b);
  };
  EXPECT_THAT(refuse([](auto& b) { OperatorOf(b).inputs[1] = -1; }),
              HasSubstr("coupled (CIFG); supported: the plain LSTM"));
  EXPECT_THAT(refuse([](auto& b) { OperatorOf(b).inputs[9] = OperatorOf(b).inputs[12]; }), HasSubstr("with peepholes"));
  EXPECT_THAT(refuse([](auto& b) { OperatorOf(b).inputs[16] = OperatorOf(b).inputs[5]; }),
              HasSubstr("with a projection"));
  EXPECT_THAT(refuse([](auto& b) { OperatorOf(b).inputs[20] = OperatorOf(b).inputs[12]; }),
              HasSubstr("with layer normalisation"));
  EXPECT_THAT(refuse([](auto& b) { b.Quantize(OperatorOf(b).inputs[19], {0.001F}, {0}); }),
              HasSubstr("the scale of its cell state is not a power of two"));
  EXPECT_THAT(refuse([](auto& b) { b.at(OperatorOf(b).inputs[18]).is_variable = false; }),
              HasSubstr("its output state is not a variable of its own"));
  EXPECT_THAT(refuse([](auto& b) { OperatorOf(b).inputs[15] = -1; }), HasSubstr("its output gate biases are missing"));
  EXPECT_THAT(refuse([](auto& b) { OperatorOf(b).inputs[7] = OperatorOf(b).inputs[2]; }),
              HasSubstr("its cell gate recurrent weights are [2,4]; expected [2,2]"));
  EXPECT_THAT(refuse([](auto& b) { b.Quantize(OperatorOf(b).outputs[0], {0.25F}, {-5}); }),
              HasSubstr("its output and its output state have different scales"));
  EXPECT_THAT(refuse([](auto& b) {
                b.at(0).type = Type::FLOAT32;
                b.at(OperatorOf(b).outputs[0]).type = Type::FLOAT32;
              }),
              HasSubstr("layer 'y' (UNIDIRECTIONAL_SEQUENCE_LSTM): in float32; supported: int8"));
}

TfliteBuilder Svdf(Type state) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 3}, Type::INT8, 0.5F, 3);
  const int feature = b.Int8s("feature", {4, 3}, std::vector<int8_t>(12, 1), {0.25F});
  const int time = state == Type::INT16
                       ? b.Constant<int16_t>("time", {4, 5}, std::vector<int16_t>(20, 300), Type::INT16)
                       : b.Constant<int8_t>("time", {4, 5}, std::vector<int8_t>(20, 30), Type::INT8);
  b.Quantize(time, {0.125F}, {0});
  const int bias = b.Ints("bias", {2}, {7, 8});
  const int memory = b.Variable("memory", {1, 20}, state, 0.0625F, state == Type::INT8 ? 9 : 0);
  const int y = b.Tensor("y", {1, 2}, Type::INT8, 0.5F, 3);
  schema::SVDFOptionsT options;
  options.rank = 2;
  options.fused_activation_function = schema::ActivationFunctionType::RELU;
  b.Operator(Op::SVDF, {x, feature, time, bias, memory}, {y}, options);
  b.Output(y);
  return b;
}

TEST(TfliteSvdf, StateOfInt16AndOfInt8) {
  const graph::Graph wide = GraphOf(Svdf(Type::INT16));
  const auto& a = std::get<graph::SvdfAttributes>(wide.nodes.at(0).attributes);
  EXPECT_EQ(a.rank, 2);
  EXPECT_EQ(a.activation, graph::Activation::kRelu);
  EXPECT_EQ(a.state_type, graph::DType::kInt16);
  EXPECT_EQ(a.state_scale, 0.0625F);
  EXPECT_EQ(wide.tensor(wide.nodes[0].inputs[2]).type, graph::DType::kInt16);
  const graph::Graph narrow = GraphOf(Svdf(Type::INT8));
  EXPECT_EQ(std::get<graph::SvdfAttributes>(narrow.nodes.at(0).attributes).state_zero_point, 9);
}

TEST(TfliteSvdf, WhatDoesNotFitIsRefused) {
  TfliteBuilder rank = Svdf(Type::INT16);
  OperatorOf(rank).builtin_options.AsSVDFOptions()->rank = 3;
  EXPECT_THAT(TextOf(rank), HasSubstr("and rank 3 don't fit"));
  TfliteBuilder state = Svdf(Type::INT16);
  OperatorOf(state).inputs.pop_back();
  EXPECT_THAT(TextOf(state), HasSubstr("its state is not a variable of its own"));
}

}  // namespace
}  // namespace linnet::tflite
