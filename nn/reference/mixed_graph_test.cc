// Graphs of several types of tensors, several inputs and outputs, operators that move elements, and states.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "linnet/graph/build.h"
#include "linnet/reference/int8_interpreter.h"

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

TensorId Input(Graph& graph, graph::Shape shape, float scale, int32_t zero_point) {
  const TensorId id = AddInput(graph, "x", std::move(shape), DType::kInt8);
  SetScale(graph, id, scale, zero_point);
  return id;
}

template <typename T>
TensorId Constant(Graph& graph, DType type, graph::Shape shape, const std::vector<T>& values, float scale) {
  graph::Tensor tensor;
  tensor.name = "c";
  tensor.type = type;
  tensor.shape = std::move(shape);
  tensor.constant = true;
  tensor.data.resize(values.size() * sizeof(T));
  std::memcpy(tensor.data.data(), values.data(), tensor.data.size());
  tensor.quantization = {{scale}, {0}, -1};
  graph.tensors.push_back(std::move(tensor));
  return static_cast<TensorId>(graph.tensors.size() - 1);
}

// Adds a node whose output has the scale, and makes it the graph's output.
TensorId Output(Graph& graph, OpKind op, std::vector<TensorId> inputs, graph::Attributes attributes, float scale,
                int32_t zero_point, graph::Shape target = {}) {
  const auto out = AddNode(graph, op, "node", std::move(inputs), std::move(attributes), std::move(target));
  EXPECT_TRUE(out.has_value()) << (out ? "" : out.error().message);
  if (graph.tensor(*out).type == DType::kInt8) SetScale(graph, *out, scale, zero_point);
  graph.outputs = {*out};
  return *out;
}

std::vector<int> Answer(const Graph& graph, const std::vector<std::vector<int8_t>>& inputs) {
  auto net = Int8Interpreter::Create(graph);
  EXPECT_TRUE(net.has_value()) << (net ? "" : net.error().message);
  if (!net) return {};
  for (size_t i = 0; i < inputs.size(); ++i) net->SetInput(i, std::as_bytes(std::span(inputs[i])));
  net->Run();
  return {net->output().begin(), net->output().end()};
}

TEST(MixedGraph, FloatInInt8WithinFloatOut) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 3});
  const TensorId q = AddNode(graph, OpKind::kQuantize, "in", {x}).value();
  SetScale(graph, q, 0.5F, 10);
  const TensorId r = AddNode(graph, OpKind::kRelu, "relu", {q}).value();
  SetScale(graph, r, 0.5F, 10);
  const TensorId real = AddNode(graph, OpKind::kDequantize, "out", {r}).value();
  const TensorId doubled = AddNode(graph, OpKind::kAdd, "float", {real, real}).value();
  const TensorId best = AddNode(graph, OpKind::kArgMax, "best", {q}, graph::ReduceAttributes{{1}, false}).value();
  graph.outputs = {doubled, best};
  auto net = Int8Interpreter::Create(graph);
  ASSERT_TRUE(net.has_value()) << net.error().message;
  net->RunFloat(std::vector<float>{1.25F, -3, 1000});
  EXPECT_THAT(net->value(q), ElementsAre(13, 4, 127));  // 12.5 away from zero
  EXPECT_THAT(net->value(r), ElementsAre(13, 10, 127));
  EXPECT_THAT(net->float_value(doubled), ElementsAre(3, 0, 117));
  int64_t index = 0;
  ASSERT_EQ(net->bytes(best).size(), sizeof index);
  std::memcpy(&index, net->bytes(best).data(), sizeof index);
  EXPECT_EQ(index, 2);
}

TEST(MixedGraph, ConcatenationBringsNumbersToTheOutputsScaleInSingleRounding) {
  Graph graph;
  const TensorId a = Input(graph, {1, 2}, 1.0F, 0);
  const TensorId b = Input(graph, {1, 1}, 0.5F, 3);
  Output(graph, OpKind::kConcat, {a, b}, graph::ConcatAttributes{1}, 1.0F, 0);
  EXPECT_THAT(Answer(graph, {{5, -7}, {10}}), ElementsAre(5, -7, 4));  // (10 - 3) * 0.5 = 3.5
  graph.arithmetic = graph::Arithmetic::kTflite;
  EXPECT_THAT(Answer(graph, {{5, -7}, {10}}), ElementsAre(5, -7, 10));
}

TEST(MixedGraph, MovesOfElements) {
  Graph graph;
  const TensorId x = Input(graph, {1, 2, 3}, 1.0F, 0);
  const std::vector<int8_t> v = {1, 2, 3, 4, 5, 6};
  Output(graph, OpKind::kTranspose, {x}, graph::TransposeAttributes{{0, 2, 1}}, 1.0F, 0);
  EXPECT_THAT(Answer(graph, {v}), ElementsAre(1, 4, 2, 5, 3, 6));
  graph.nodes.clear();
  Output(graph, OpKind::kSlice, {x}, graph::SliceAttributes{{{0, 1, 1}, {1, -1, 2}, {0, 2, 2}}}, 1.0F, 0);
  EXPECT_THAT(Answer(graph, {v}), ElementsAre(4, 6, 1, 3));
  graph.nodes.clear();
  graph::PadAttributes pad{{{0, 0}, {1, 0}, {0, 1}}, -9.0F};
  Output(graph, OpKind::kPad, {x}, pad, 1.0F, 0);
  EXPECT_THAT(Answer(graph, {v}), ElementsAre(-9, -9, -9, -9, 1, 2, 3, -9, 4, 5, 6, -9));
}

TEST(MixedGraph, NearestRowsAndColumns) {
  Graph graph;
  const TensorId x = Input(graph, {1, 1, 3, 1}, 1.0F, 0);
  Output(graph, OpKind::kResizeNearest, {x}, graph::ResizeAttributes{2, 5}, 1.0F, 0);
  EXPECT_THAT(Answer(graph, {{1, 2, 3}}), ElementsAre(1, 1, 2, 2, 3, 1, 1, 2, 2, 3));
  graph.nodes.clear();
  Output(graph, OpKind::kResizeNearest, {x}, graph::ResizeAttributes{1, 5, true, false}, 1.0F, 0);
  EXPECT_THAT(Answer(graph, {{1, 2, 3}}), ElementsAre(1, 2, 2, 3, 3));  // positions 0, 0.5, 1, 1.5, 2 halves up
}

TEST(MixedGraph, TransposedConvolutionSpreadsEachPixel) {
  Graph graph;
  const TensorId x = Input(graph, {1, 1, 2, 1}, 1.0F, 1);
  const TensorId w = Constant<int8_t>(graph, DType::kInt8, {1, 3, 1, 1}, {1, 2, 3}, 1.0F);
  graph::TransposeConvAttributes conv;
  conv.window.stride_w = 2;
  conv.out_h = 1;
  conv.out_w = 5;
  Output(graph, OpKind::kTransposeConv, {x, w}, conv, 1.0F, -5);
  // 10 and 20 apart by two columns: 10, 20, 30 + 20, 40, 60
  EXPECT_THAT(Answer(graph, {{11, 21}}), ElementsAre(5, 15, 45, 35, 55));
}

TEST(MixedGraph, SumsAndMeansOfAnotherScale) {
  Graph graph;
  const TensorId x = Input(graph, {1, 4}, 0.5F, 2);
  Output(graph, OpKind::kSum, {x}, graph::ReduceAttributes{{1}, false}, 1.0F, -1);
  EXPECT_THAT(Answer(graph, {{3, 4, 5, 7}}), ElementsAre(5));  // 11 * 0.5 = 5.5 -> 6
  graph.nodes.clear();
  Output(graph, OpKind::kMean, {x}, graph::ReduceAttributes{{1}, false}, 0.125F, 0);
  EXPECT_THAT(Answer(graph, {{3, 4, 5, 7}}), ElementsAre(11));  // 11 / 4 * 4
}

TEST(MixedGraph, SvdfRemembersAndForgetsWithReset) {
  Graph graph;
  graph.arithmetic = graph::Arithmetic::kTflite;
  const TensorId x = Input(graph, {1, 1}, 1.0F, 0);
  const TensorId feature = Constant<int8_t>(graph, DType::kInt8, {1, 1}, {1}, 1.0F);
  const TensorId time = Constant<int16_t>(graph, DType::kInt16, {1, 3}, {1, 2, 4}, 1.0F);
  graph::SvdfAttributes svdf;
  svdf.state_scale = 1.0F;
  Output(graph, OpKind::kSvdf, {x, feature, time}, svdf, 1.0F, 0);
  auto net = Int8Interpreter::Create(graph);
  ASSERT_TRUE(net.has_value()) << net.error().message;
  const auto next = [&](int8_t input) {
    net->Run(std::vector<int8_t>{input});
    return int{net->output()[0]};
  };
  EXPECT_EQ(next(5), 20);
  EXPECT_EQ(next(1), 14);  // 5 * 2 + 1 * 4
  EXPECT_EQ(next(0), 7);   // 5 + 1 * 2
  EXPECT_EQ(next(0), 1);
  net->Reset();
  EXPECT_EQ(next(0), 0);
}

TEST(MixedGraph, LstmStartsAnewAfterReset) {
  Graph graph;
  graph.arithmetic = graph::Arithmetic::kTflite;
  const TensorId x = Input(graph, {1, 2, 1}, 0.05F, 0);
  std::vector<TensorId> inputs = {x};
  for (int i = 0; i < 8; ++i)
    inputs.push_back(Constant<int8_t>(graph, DType::kInt8, {1, 1}, {static_cast<int8_t>(20 + 10 * i)}, 0.02F));
  for (int i = 0; i < 4; ++i) inputs.push_back(Constant<int32_t>(graph, DType::kInt32, {1}, {100 * i}, 0.001F));
  graph::LstmAttributes lstm;
  lstm.cell_scale = 1.0F / 2048;
  lstm.hidden_scale = 1.0F / 128;
  Output(graph, OpKind::kLstm, inputs, lstm, 1.0F / 128, 0);
  auto net = Int8Interpreter::Create(graph);
  ASSERT_TRUE(net.has_value()) << net.error().message;
  const auto run = [&] {
    net->Run(std::vector<int8_t>{40, -10});
    return std::vector<int>(net->output().begin(), net->output().end());
  };
  const auto first = run();
  const auto second = run();
  EXPECT_NE(first, second);
  net->Reset();
  EXPECT_EQ(run(), first);
  EXPECT_EQ(run(), second);
}

TEST(MixedGraph, RefusalsNameTheLayer) {
  Graph graph;
  const TensorId x = Input(graph, {1, 2}, 1.0F, 0);
  Output(graph, OpKind::kDiv, {x, x}, graph::NoAttributes{}, 1.0F, 0);
  const auto division = Int8Interpreter::Create(graph);
  ASSERT_FALSE(division.has_value());
  EXPECT_THAT(division.error().message, HasSubstr("layer 'node' (Div): int8 division can't be computed"));
  graph.nodes.clear();
  graph.arithmetic = graph::Arithmetic::kTflite;
  Output(graph, OpKind::kHardSwish, {x}, graph::NoAttributes{}, 0.001F, 0);
  const auto swish = Int8Interpreter::Create(graph);
  ASSERT_FALSE(swish.has_value());
  EXPECT_THAT(swish.error().message, HasSubstr("layer 'node' (HardSwish): its output is more than 128 times finer"));
}

}  // namespace
}  // namespace linnet::reference
