// QDQ files: what becomes int8, what stays float, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/onnx/import_onnx.h"
#include "linnet/reference/int8_interpreter.h"
#include "onnx_builder.h"

namespace linnet::onnx {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string TextOf(const OnnxBuilder& builder) {
  const auto graph = ImportOnnx(builder.Bytes());
  return graph ? graph::ToText(*graph) : "error: " + graph.error().message;
}

// An input [1,2,4,4] quantised, the start of most tests here: it is called x_q in the graph. Gives the name behind.
std::string QuantizedImage(OnnxBuilder& b, bool is_unsigned = false) {
  b.Input("x", {1, 2, 4, 4});
  return b.Quantized("x", 0.5F, is_unsigned ? 130 : 2, is_unsigned);
}

// The nodes of the graph by operator, in order.
std::string KindsOf(const OnnxBuilder& builder) {
  const auto graph = ImportOnnx(builder.Bytes());
  if (!graph) return "error: " + graph.error().message;
  std::string text;
  for (const graph::Node& node : graph->nodes) text += (text.empty() ? "" : " ") + std::string(graph::Name(node.op));
  return text;
}

// int8 weights [3,2,1,1] with three scales, and a bias in steps of 0.5 * scale.
void ConvolutionOf(OnnxBuilder& b, const std::string& x) {
  b.Codes("w_codes", {3, 2, 1, 1}, std::vector<int8_t>{1, 2, -128, 4, 5, -6});
  b.Floats("w_scale", {3}, {0.1F, 0.2F, 0.3F});
  b.Codes("w_zero", {3}, std::vector<int8_t>{0, 0, 0});
  OnnxBuilder::SetInt(b.Node("DequantizeLinear", {"w_codes", "w_scale", "w_zero"}, "w"), "axis", 0);
  b.Int32s("b_codes", {3}, {100, -7, 9});
  b.Floats("b_scale", {3}, {0.05F, 0.1F, 0.15F});
  OnnxBuilder::SetInt(b.Node("DequantizeLinear", {"b_codes", "b_scale"}, "b"), "axis", 0);
  b.Node("Conv", {x, "w", "b"}, "conv");
}

TEST(OnnxQdq, ConvolutionBetweenQuantisersIsInt8WithItsActivation) {
  OnnxBuilder b;
  ConvolutionOf(b, QuantizedImage(b));
  b.Node("Relu", {"conv"}, "relu");
  b.Output(b.Quantized("relu", 0.25F, -100));
  EXPECT_THAT(TextOf(b),
              AllOf(HasSubstr("-> x_q int8[1,4,4,2] scale 0.5 zero 2"), HasSubstr("int8[1,1,2,3] 3 scales"),
                    HasSubstr("int32[3] 3 scales"), HasSubstr("relu -> conv int8[1,4,4,3] scale 0.25 zero -100\n"),
                    HasSubstr("Dequantize \"relu_dq/dequantized\" (conv)")));
  EXPECT_EQ(KindsOf(b), "Quantize Conv2D Dequantize");
}

TEST(OnnxQdq, WeightsAndBiasKeepTheirCodes) {
  OnnxBuilder b;
  ConvolutionOf(b, QuantizedImage(b));
  b.Output(b.Quantized("conv", 0.25F, 0));
  const auto graph = ImportOnnx(b.Bytes());
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  EXPECT_EQ(graph->arithmetic, graph::Arithmetic::kSingleRounding);
  const graph::Node& conv = graph->nodes.at(1);
  const graph::Tensor& w = graph->tensor(conv.inputs[1]);
  // [in][out]; -128 is one the int8 kernels don't take.
  const std::vector<int8_t> expected{1, -127, 5, 2, 4, -6};
  ASSERT_EQ(w.data.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(static_cast<int8_t>(w.data[i]), expected[i]) << i;
  EXPECT_EQ(w.quantization.axis, 3);
  const graph::Tensor& bias = graph->tensor(conv.inputs[2]);
  EXPECT_EQ(bias.data[0], 100);
  EXPECT_EQ(static_cast<int8_t>(bias.data[4]), -7);
  EXPECT_TRUE(reference::Int8Interpreter::Create(*graph).has_value());
}

TEST(OnnxQdq, UnsignedIsInt8WithoutThe128) {
  OnnxBuilder b;
  const std::string x = QuantizedImage(b, true);
  b.Codes("w_codes", {1, 2, 1, 1}, std::vector<uint8_t>{129, 120});
  b.Floats("w_scale", {}, {0.1F});
  b.Codes("w_zero", {}, std::vector<uint8_t>{128});
  b.Node("DequantizeLinear", {"w_codes", "w_scale", "w_zero"}, "w");
  b.Node("Conv", {x, "w"}, "conv");
  b.Output(b.Quantized("conv", 0.25F, 0, true));
  const auto graph = ImportOnnx(b.Bytes());
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  EXPECT_THAT(graph::ToText(*graph), AllOf(HasSubstr("-> x_q int8[1,4,4,2] scale 0.5 zero 2"),
                                           HasSubstr("-> conv int8[1,4,4,1] scale 0.25 zero -128")));
  const graph::Tensor& w = graph->tensor(graph->nodes[1].inputs[1]);
  EXPECT_EQ(static_cast<int8_t>(w.data[0]), 1);
  EXPECT_EQ(static_cast<int8_t>(w.data[1]), -8);
}

TEST(OnnxQdq, AsymmetricWeightsAreRefused) {
  OnnxBuilder b;
  const std::string x = QuantizedImage(b);
  b.Codes("w_codes", {1, 2, 1, 1}, std::vector<uint8_t>{129, 120});
  b.Floats("w_scale", {}, {0.1F});
  b.Codes("w_zero", {}, std::vector<uint8_t>{100});
  b.Node("DequantizeLinear", {"w_codes", "w_scale", "w_zero"}, "w");
  b.Node("Conv", {x, "w"}, "conv");
  b.Output(b.Quantized("conv", 0.25F, 0));
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("layer 'conv' (op 'Conv', opset 13): int8 weights with a zero point (-28"),
                               HasSubstr("WeightSymmetric=True")));
}

TEST(OnnxQdq, FloatWeightsThatTheFileQuantisesAreQuantised) {  // as quantisation-aware training exports
  OnnxBuilder b;
  const std::string x = QuantizedImage(b);
  b.Floats("w", {1, 2, 1, 1}, {0.25F, -0.35F});
  b.Node("Conv", {x, b.Quantized("w", 0.1F, 0)}, "conv");
  b.Output(b.Quantized("conv", 0.25F, 0));
  const auto graph = ImportOnnx(b.Bytes());
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  const graph::Tensor& w = graph->tensor(graph->nodes[1].inputs[1]);
  ASSERT_EQ(w.type, graph::DType::kInt8);
  EXPECT_EQ(static_cast<int8_t>(w.data[0]), 2);   // 2.5, half to even
  EXPECT_EQ(static_cast<int8_t>(w.data[1]), -4);  // -3.5
}

TEST(OnnxQdq, WhatHasNoQuantiserBehindItIsFloat) {
  OnnxBuilder b;
  ConvolutionOf(b, QuantizedImage(b));
  b.Node("Sigmoid", {"conv"}, "y");
  b.Output("y");
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("Dequantize \"conv/dequantized\" (x_q) -> conv/dequantized float32[1,4,4,2]"),
                               HasSubstr("-> conv float32[1,4,4,3]"), HasSubstr("output y")));
}

TEST(OnnxQdq, AQuantiserBehindAFloatLayerIsANode) {
  OnnxBuilder b;
  const std::string x = QuantizedImage(b);
  b.Floats("half", {}, {0.5F});
  b.Node("Div", {x, "half"}, "d");  // no int8 division
  b.Output(b.Quantized("d", 0.25F, 0));
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("Dequantize \"d/dequantized\""), HasSubstr("Div \"d\""),
                               HasSubstr("Quantize \"d_q\" (d) -> d_q int8[1,4,4,2] scale 0.25 zero 0")));
}

TEST(OnnxQdq, MovesAndMaximaNeedNoQuantiser) {
  OnnxBuilder b;
  const std::string x = QuantizedImage(b);
  auto& pool = b.Node("MaxPool", {x}, "pool");
  OnnxBuilder::SetInts(pool, "kernel_shape", {2, 2});
  OnnxBuilder::SetInts(pool, "strides", {2, 2});
  b.Node("Relu", {"pool"}, "relu");
  b.Node("Flatten", {"relu"}, "flat");
  b.Output("flat");
  EXPECT_THAT(TextOf(b),
              AllOf(HasSubstr("MaxPool \"pool\" (x_q) 2x2 stride 2x2 -> pool int8[1,2,2,2] scale 0.5 zero 2"),
                    HasSubstr("Relu \"relu\" (pool) -> relu int8"), HasSubstr("-> flat int8[1,8]")));
  EXPECT_EQ(KindsOf(b), "Quantize MaxPool Relu Transpose Reshape Dequantize");
}

TEST(OnnxQdq, AnotherScaleBehindAMeanOrTableIsHadInOneStep) {
  OnnxBuilder b;
  b.Node("GlobalAveragePool", {QuantizedImage(b)}, "mean");
  b.Node("Sigmoid", {b.Quantized("mean", 0.125F, -3)}, "gate");
  b.Output(b.Quantized("gate", 0.003F, -120));
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("Mean \"mean\" (x_q) over 1 2 keep -> mean int8[1,1,1,2] scale 0.125 zero -3"),
                               HasSubstr("-> gate int8[1,1,1,2] scale 0.003 zero -120")));
  EXPECT_EQ(KindsOf(b), "Quantize Mean Sigmoid Dequantize");
}

TEST(OnnxQdq, AnAverageInAnotherScaleIsAConvolutionWhereThatIsExact) {
  const auto average = [](const OnnxBuilder::Dims& pads) {
    OnnxBuilder b;
    auto& pool = b.Node("AveragePool", {QuantizedImage(b)}, "pool");
    OnnxBuilder::SetInts(pool, "kernel_shape", {2, 2});
    OnnxBuilder::SetInts(pool, "pads", pads);
    b.Output(b.Quantized("pool", 0.125F, -3));
    return TextOf(b);
  };
  EXPECT_THAT(average({0, 0, 0, 0}),
              HasSubstr("DepthwiseConv2D \"pool\" (x_q, pool/ones) -> pool int8[1,3,3,2] scale 0.125"));
  EXPECT_THAT(average({1, 0, 0, 0}),
              AllOf(HasSubstr("-> pool int8[1,4,3,2] scale 0.5 zero 2"),
                    HasSubstr("(pool) -> pool_q/requantized int8[1,4,3,2] scale 0.125 zero -3")));
}

TEST(OnnxQdq, SoftmaxHasTheScaleOfInt8Softmax) {
  OnnxBuilder b;
  b.Input("x", {1, 6});
  b.Node("Softmax", {b.Quantized("x", 0.1F, 0)}, "soft");
  b.Output(b.Quantized("soft", 1.0F / 256, 0, true));
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("Softmax \"soft\" (x_q) -> soft int8[1,6] scale 0.00390625 zero -128"),
                               HasSubstr("(soft) -> soft_dq/dequantized float32[1,6]")));
}

TEST(OnnxQdq, SumsAndConcatenations) {
  OnnxBuilder b;
  const std::string x = QuantizedImage(b);
  b.Codes("c_codes", {2, 1, 1}, std::vector<int8_t>{10, 20});
  b.Floats("c_scale", {}, {0.5F});
  b.Node("DequantizeLinear", {"c_codes", "c_scale"}, "c");
  b.Node("Add", {x, "c"}, "sum");
  const std::string sum = b.Quantized("sum", 0.75F, 1);
  OnnxBuilder::SetInt(b.Node("Concat", {x, sum}, "both"), "axis", 1);
  b.Output(b.Quantized("both", 0.75F, 1));
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("const c_codes int8[2] scale 0.5 zero 0"),
                               HasSubstr("Add \"sum\" (x_q, c_codes) -> sum int8[1,4,4,2] scale 0.75 zero 1"),
                               HasSubstr("Quantize \"both/requantized\" (x_q)"),
                               HasSubstr("along 3 -> both int8[1,4,4,4] scale 0.75 zero 1")));
}

TEST(OnnxQdq, InputsThatComeQuantised) {
  OnnxBuilder b;
  b.Input("x", {1, 2, 4, 4}, proto::TensorProto::UINT8);
  b.Floats("s", {}, {0.5F});
  b.Codes("z", {}, std::vector<uint8_t>{128});
  b.Node("DequantizeLinear", {"x", "s", "z"}, "real");
  ConvolutionOf(b, "real");
  b.Node("QuantizeLinear", {"conv", "s", "z"}, "y");
  b.Output("y", proto::TensorProto::UINT8);
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("input x int8[1,4,4,2] scale 0.5 zero 0"), HasSubstr("output conv")));
}

TEST(OnnxQdq, AClipWhoseBoundIsTheLayerBeforeIsRefused) {  // the plan of that layer looks ahead
  OnnxBuilder b;
  ConvolutionOf(b, QuantizedImage(b));
  b.Node("Clip", {"conv", "conv"}, "clip");
  b.Output(b.Quantized("clip", 0.25F, 0));
  EXPECT_THAT(TextOf(b), HasSubstr("the lower bound 'conv' is computed from the network's input"));
}

TEST(OnnxQdq, ScalesThatMakeNoSense) {
  OnnxBuilder b;
  b.Input("x", {1, 4});
  b.Output(b.Quantized("x", 0, 0));
  EXPECT_THAT(TextOf(b), HasSubstr("layer 'x_q' (op 'QuantizeLinear', opset 13): a scale of 0"));

  OnnxBuilder two;
  two.Input("x", {1, 4});
  two.Floats("s", {4}, {1, 2, 3, 4});
  two.Codes("z", {4}, std::vector<int8_t>{0, 0, 0, 0});
  two.Node("QuantizeLinear", {"x", "s", "z"}, "y");
  two.Output("y");
  EXPECT_THAT(TextOf(two), HasSubstr("activations with several scales; supported: one scale a tensor"));
}

TEST(OnnxQdq, OtherWaysToQuantiseAreNamedWithTheWayOut) {
  OnnxBuilder b;
  b.Input("x", {1, 4});
  b.Node("DynamicQuantizeLinear", {"x"}, "y");
  b.Output("y");
  EXPECT_THAT(TextOf(b), HasSubstr("quant_format=QuantFormat.QDQ"));
}

}  // namespace
}  // namespace linnet::onnx
