#include "linnet/graph/unary_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"

namespace linnet::graph {
namespace {

using testing::HasSubstr;

struct Layer {
  Graph graph;
  const Node& node() const { return graph.nodes[0]; }
};

Layer Make(OpKind op, Attributes attributes, float in, int32_t in_zero, float out, int32_t out_zero) {
  Layer layer;
  const TensorId x = AddInput(layer.graph, "x", {1, 4}, DType::kInt8);
  layer.graph.tensor(x).quantization = {{in}, {in_zero}, -1};
  const TensorId y = AddNode(layer.graph, op, "layer", {x}, std::move(attributes)).value();
  layer.graph.tensor(y).quantization = {{out}, {out_zero}, -1};
  layer.graph.outputs = {y};
  return layer;
}

int At(const Layer& layer, int q) {
  const auto table = UnaryTable(layer.graph, layer.node());
  EXPECT_TRUE(table.has_value()) << (table ? "" : table.error().message);
  return table ? (*table)[static_cast<size_t>(q + 128)] : 999;
}

TEST(UnaryTable, SingleRoundingIsTheRealFunction) {
  const Layer relu6 = Make(OpKind::kRelu6, NoAttributes{}, 0.1F, 0, 0.05F, -10);
  EXPECT_EQ(At(relu6, -3), -10);
  EXPECT_EQ(At(relu6, 20), 30);    // 2.0
  EXPECT_EQ(At(relu6, 100), 110);  // 6.0
  const Layer leaky = Make(OpKind::kLeakyRelu, LeakyReluAttributes{0.25F}, 1.0F, 0, 1.0F, 0);
  EXPECT_EQ(At(leaky, 9), 9);
  EXPECT_EQ(At(leaky, -10), -3);  // -2.5 away from zero
  const Layer swish = Make(OpKind::kHardSwish, NoAttributes{}, 1.0F, 0, 0.5F, 0);
  EXPECT_EQ(At(swish, -4), 0);
  EXPECT_EQ(At(swish, -1), -1);  // -1/3
  EXPECT_EQ(At(swish, 3), 6);
  const Layer clamp = Make(OpKind::kClamp, ClampAttributes{-0.5F, 1.5F}, 0.5F, 0, 0.5F, 1);
  EXPECT_EQ(At(clamp, -9), 0);
  EXPECT_EQ(At(clamp, 1), 2);
  EXPECT_EQ(At(clamp, 9), 4);
}

TEST(UnaryTable, SigmoidAndTanhAreThoseOfFixedPoint) {
  const Layer sigmoid = Make(OpKind::kSigmoid, NoAttributes{}, 0.07F, 5, kSigmoidOutputScale, kSigmoidOutputZeroPoint);
  EXPECT_EQ(UnaryTable(sigmoid.graph, sigmoid.node()).value(), SigmoidTable(0.07F, 5));
  const Layer tanh = Make(OpKind::kTanh, NoAttributes{}, 0.07F, 5, kTanhOutputScale, kTanhOutputZeroPoint);
  EXPECT_EQ(UnaryTable(tanh.graph, tanh.node()).value(), TanhTable(0.07F, 5));
}

TEST(UnaryTable, EqualScalesRescaleToThemselves) {
  const Layer layer = Make(OpKind::kQuantize, NoAttributes{}, 0.37F, 11, 0.37F, 11);
  const Tensor& tensor = layer.graph.tensor(layer.graph.inputs[0]);
  for (const Arithmetic arithmetic : {Arithmetic::kSingleRounding, Arithmetic::kTflite}) {
    const auto table = RescaleTable(arithmetic, tensor, tensor);
    for (int q = -128; q < 128; ++q) EXPECT_EQ(table[static_cast<size_t>(q + 128)], q);
  }
}

TEST(UnaryTable, WhatTensorFlowLiteRefusesIsRefused) {
  Layer layer = Make(OpKind::kSigmoid, NoAttributes{}, 0.1F, 0, 1.0F / 256, 0);
  layer.graph.arithmetic = Arithmetic::kTflite;
  const auto table = UnaryTable(layer.graph, layer.node());
  ASSERT_FALSE(table.has_value());
  EXPECT_THAT(table.error().message, HasSubstr("layer 'layer' (Sigmoid): its int8 output needs the zero point -128"));
}

TEST(UnaryTable, NumbersThatMakeNoTableAreRefused) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const Arithmetic arithmetic : {Arithmetic::kSingleRounding, Arithmetic::kTflite}) {
    Layer slope = Make(OpKind::kLeakyRelu, LeakyReluAttributes{nan}, 0.1F, 0, 0.1F, 0);
    slope.graph.arithmetic = arithmetic;
    EXPECT_FALSE(UnaryTable(slope.graph, slope.node()).has_value());
    Layer ends = Make(OpKind::kClamp, ClampAttributes{0, nan}, 0.1F, 0, 0.1F, 0);
    ends.graph.arithmetic = arithmetic;
    EXPECT_FALSE(UnaryTable(ends.graph, ends.node()).has_value());
  }
}

TEST(UnaryTable, OnlyInt8Counts) {
  Layer layer = Make(OpKind::kRelu, NoAttributes{}, 1, 0, 1, 0);
  EXPECT_TRUE(IsUnaryTable(layer.graph, layer.node()));
  layer.graph.tensors[0].type = DType::kFloat32;
  EXPECT_FALSE(IsUnaryTable(layer.graph, layer.node()));
}

}  // namespace
}  // namespace linnet::graph
