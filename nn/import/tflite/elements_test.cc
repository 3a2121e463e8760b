// Element-wise operators, activations, pools and reductions, and the borders between the types.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_text.h"

namespace linnet::tflite {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Op = schema::BuiltinOperator;
using Type = schema::TensorType;

// x -> op -> y, int8 with these scales and zero points; or float where the scale is 0.
TfliteBuilder Unary(Op op, float in_scale = 0, int in_zero = 0, float out_scale = 0, int out_zero = 0) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 4}, in_scale == 0 ? Type::FLOAT32 : Type::INT8, in_scale, in_zero);
  const int y = b.Tensor("y", {1, 4}, out_scale == 0 ? Type::FLOAT32 : Type::INT8, out_scale, out_zero);
  b.Operator(op, {x}, {y});
  b.Output(y);
  return b;
}

TfliteBuilder Binary(Op op, TfliteBuilder::Dims b_shape = {4}) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 2, 4});
  const int c = b.Floats("c", std::move(b_shape), {1, 2, 3, 4});
  const int y = b.Tensor("y", {1, 2, 4});
  b.Operator(op, {x, c}, {y});
  b.Output(y);
  return b;
}

TEST(TfliteElements, BinaryOperatorsWithConstantsAndActivations) {
  for (const auto& [op, name] : {std::pair{Op::ADD, "Add"},
                                 {Op::SUB, "Sub"},
                                 {Op::MUL, "Mul"},
                                 {Op::DIV, "Div"},
                                 {Op::MAXIMUM, "Maximum"},
                                 {Op::MINIMUM, "Minimum"}}) {
    EXPECT_THAT(TextOf(Binary(op)), HasSubstr(std::string(name) + " \"y\" (x, y/constant) -> y float32[1,2,4]"));
  }
  TfliteBuilder fused = Binary(Op::MUL);
  schema::MulOptionsT options;
  options.fused_activation_function = schema::ActivationFunctionType::RELU_N1_TO_1;
  fused.graph().operators[0]->builtin_options.Set(options);
  EXPECT_EQ(graph::ActivationOf(GraphOf(fused).nodes.at(0)), graph::Activation::kReluN1To1);
  EXPECT_THAT(TextOf(Binary(Op::ADD, {2, 2})), HasSubstr("layer 'y' (Add): shapes [1,2,4] and [2,2] don't broadcast"));
}

TEST(TfliteElements, Int8OperandsKeepTheirScales) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 2}, Type::INT8, 0.5F, 1);
  const int c = b.Constant<int8_t>("c", {2}, {5, -6}, Type::INT8);
  b.Quantize(c, {0.25F}, {-7});
  const int y = b.Tensor("y", {1, 2}, Type::INT8, 0.125F, 3);
  schema::AddOptionsT options;
  options.fused_activation_function = schema::ActivationFunctionType::RELU;
  b.Operator(Op::ADD, {x, c}, {y}, options);
  b.Output(y);
  const graph::Graph graph = GraphOf(b);
  const graph::Tensor& constant = graph.tensor(graph.nodes.at(0).inputs.at(1));
  EXPECT_EQ(constant.quantization.zero_points, std::vector<int32_t>{-7});
  EXPECT_EQ(constant.data, (std::vector<uint8_t>{5, 250}));
  EXPECT_EQ(graph::ActivationOf(graph.nodes[0]), graph::Activation::kRelu);
  b.Quantize(c, {0.25F, 0.5F}, {0, 0});
  EXPECT_THAT(TextOf(b), HasSubstr("it is quantised with 2 scales; supported for what flows between layers: 1"));
  b.Quantize(c, {0}, {0});
  EXPECT_THAT(TextOf(b), HasSubstr("its scale must be above 0"));
}

TEST(TfliteElements, Int8DivisionIsRefusedWithAWayOut) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 2}, Type::INT8, 0.5F, 1);
  const int y = b.Tensor("y", {1, 2}, Type::INT8, 0.5F, 1);
  b.Operator(Op::DIV, {x, x}, {y});
  b.Output(y);
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("a division in int8; supported: float32"), HasSubstr("reciprocal")));
}

TEST(TfliteElements, Activations) {
  EXPECT_THAT(TextOf(Unary(Op::RELU)), HasSubstr("Relu \"y\" (x)"));
  EXPECT_THAT(TextOf(Unary(Op::RELU6)), HasSubstr("Relu6 \"y\" (x)"));
  EXPECT_THAT(TextOf(Unary(Op::LOGISTIC)), HasSubstr("Sigmoid \"y\" (x)"));
  EXPECT_THAT(TextOf(Unary(Op::TANH)), HasSubstr("Tanh \"y\" (x)"));
  EXPECT_THAT(TextOf(Unary(Op::HARD_SWISH)), HasSubstr("HardSwish \"y\" (x)"));
  EXPECT_THAT(TextOf(Unary(Op::LOG_SOFTMAX)), HasSubstr("LogSoftmax \"y\" (x)"));
  const auto clamp = [](Op op) { return std::get<graph::ClampAttributes>(GraphOf(Unary(op)).nodes.at(0).attributes); };
  EXPECT_EQ(clamp(Op::RELU_N1_TO_1).lo, -1);
  EXPECT_EQ(clamp(Op::RELU_0_TO_1).lo, 0);
  EXPECT_EQ(clamp(Op::RELU_0_TO_1).hi, 1);
}

TEST(TfliteElements, ReluInInt8MayChangeTheScale) {
  const graph::Graph graph = GraphOf(Unary(Op::RELU, 0.5F, 0, 0.25F, -128));
  EXPECT_EQ(graph.tensor(graph.outputs.at(0)).quantization.scales, std::vector<float>{0.25F});
}

TEST(TfliteElements, FixedOutputScalesAreChecked) {
  EXPECT_THAT(TextOf(Unary(Op::LOGISTIC, 0.5F, 3, 1.0F / 256, -128)), HasSubstr("Sigmoid"));
  EXPECT_THAT(TextOf(Unary(Op::LOGISTIC, 0.5F, 3, 0.5F, -128)),
              HasSubstr("layer 'y' (LOGISTIC): its int8 output must have scale 1/256 and zero point -128"));
  EXPECT_THAT(TextOf(Unary(Op::TANH, 0.5F, 3, 1.0F / 128, 0)), HasSubstr("Tanh"));
  EXPECT_THAT(TextOf(Unary(Op::TANH, 0.5F, 3, 1.0F / 128, 1)), HasSubstr("scale 1/128 and zero point 0"));
  EXPECT_THAT(TextOf(Unary(Op::LOG_SOFTMAX, 0.5F, 3, 1.0F / 16, 127)), HasSubstr("LogSoftmax"));
  EXPECT_THAT(TextOf(Unary(Op::SOFTMAX, 0.5F, 3, 0.5F, 0)), HasSubstr("scale 1/256 and zero point -128"));
}

TEST(TfliteElements, OptionsOfLeakyReluAndSoftmax) {
  TfliteBuilder leaky = Unary(Op::LEAKY_RELU);
  EXPECT_THAT(TextOf(leaky), HasSubstr("layer 'y' (LEAKY_RELU): its options are missing"));
  schema::LeakyReluOptionsT alpha;
  alpha.alpha = 0.25F;
  leaky.graph().operators[0]->builtin_options.Set(alpha);
  EXPECT_EQ(std::get<graph::LeakyReluAttributes>(GraphOf(leaky).nodes.at(0).attributes).alpha, 0.25F);

  TfliteBuilder softmax = Unary(Op::SOFTMAX, 0.5F, 0, 1.0F / 256, -128);
  schema::SoftmaxOptionsT beta;
  beta.beta = 0.5F;
  softmax.graph().operators[0]->builtin_options.Set(beta);
  EXPECT_EQ(std::get<graph::SoftmaxAttributes>(GraphOf(softmax).nodes.at(0).attributes).beta, 0.5F);
  beta.beta = -1;
  softmax.graph().operators[0]->builtin_options.Set(beta);
  EXPECT_THAT(TextOf(softmax), HasSubstr("its beta is -1"));
}

TEST(TfliteElements, QuantizeAndDequantizeAtTheBorders) {
  EXPECT_THAT(TextOf(Unary(Op::QUANTIZE, 0, 0, 0.5F, 3)),
              HasSubstr("Quantize \"y\" (x) -> y int8[1,4] scale 0.5 zero 3"));
  EXPECT_THAT(TextOf(Unary(Op::QUANTIZE, 0.25F, 0, 0.5F, 3)), HasSubstr("Quantize \"y\" (x)"));
  EXPECT_THAT(TextOf(Unary(Op::DEQUANTIZE, 0.25F, 0)), HasSubstr("Dequantize \"y\" (x) -> y float32[1,4]"));
  TfliteBuilder uint8 = Unary(Op::QUANTIZE, 0.25F, 0, 0.5F, 3);
  uint8.at(1).type = Type::UINT8;
  EXPECT_THAT(TextOf(uint8), AllOf(HasSubstr("layer 'y' (QUANTIZE): from int8 to uint8; supported: "),
                                   HasSubstr("inference_output_type")));
}

TEST(TfliteElements, KeywordNetworksHaveInt16AtTheirBorders) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 4}, Type::INT16, 0.001F, 0);
  const int q = b.Tensor("q", {1, 4}, Type::INT8, 0.05F, -128);
  const int p = b.Tensor("p", {1, 4}, Type::INT16, 1.0F / 65536, -32768);
  const int y = b.Tensor("y", {1, 4}, Type::INT32, 1.0F / 32768, 0);
  b.Operator(Op::QUANTIZE, {x}, {q});
  b.Operator(Op::SOFTMAX, {q}, {p}, schema::SoftmaxOptionsT());
  b.graph().operators[1]->builtin_options.AsSoftmaxOptions()->beta = 1;
  b.Operator(Op::QUANTIZE, {p}, {y});
  b.Output(y);
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("arithmetic tflite"), HasSubstr("Softmax \"p\" (q) -> p int16[1,4]"),
                               HasSubstr("Quantize \"y\" (p) -> y int32[1,4]")));
}

TEST(TflitePools, WindowsAndScales) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 5, 6, 2}, Type::INT8, 0.5F, 3);
  const int y = b.Tensor("y", {1, 3, 2, 2}, Type::INT8, 0.5F, 3);
  schema::Pool2DOptionsT options;
  options.stride_h = 2;
  options.stride_w = 3;
  options.filter_height = 2;
  options.filter_width = 3;
  options.fused_activation_function = schema::ActivationFunctionType::RELU;
  b.Operator(Op::AVERAGE_POOL_2D, {x}, {y}, options);
  b.Output(y);
  EXPECT_THAT(TextOf(b), HasSubstr("AveragePool \"y\" (x) 2x3 stride 2x3 pad 0,1,0,0 relu -> y int8[1,3,2,2]"));
  b.at(1).quantization->scale = {0.25F};
  EXPECT_THAT(TextOf(b), HasSubstr("layer 'y' (AVERAGE_POOL_2D): its input and output have different scales"));
  b.at(1).quantization->scale = {0.5F};
  b.model.operator_codes[0]->builtin_code = Op::MAX_POOL_2D;
  b.model.operator_codes[0]->deprecated_builtin_code = 17;
  EXPECT_THAT(TextOf(b), HasSubstr("MaxPool \"y\""));
}

TEST(TflitePools, ReductionsOverAxesFromBothEnds) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 5, 6, 2});
  const int axes = b.Ints("axes", {2}, {-2, 1});
  const int y = b.Tensor("y", {1, 1, 1, 2});
  schema::ReducerOptionsT options;
  options.keep_dims = true;
  b.Operator(Op::MEAN, {x, axes}, {y}, options);
  b.Output(y);
  const graph::Graph graph = GraphOf(b);
  EXPECT_EQ(std::get<graph::ReduceAttributes>(graph.nodes.at(0).attributes).axes, (std::vector{1, 2}));
  b.model.operator_codes[0]->builtin_code = Op::SUM;
  b.model.operator_codes[0]->deprecated_builtin_code = static_cast<int8_t>(Op::SUM);
  EXPECT_THAT(TextOf(b), HasSubstr("Sum \"y\""));
  b.model.buffers[1]->data[0] = 9;
  b.model.buffers[1]->data[1] = b.model.buffers[1]->data[2] = b.model.buffers[1]->data[3] = 0;
  EXPECT_THAT(TextOf(b), HasSubstr("dimension 9 of a tensor that has 4"));
}

TEST(TflitePools, ArgMaxMakesIntegers) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 5}, Type::INT8, 0.5F, 3);
  const int axis = b.Ints("axis", {}, {-1});
  const int y = b.Tensor("y", {1}, Type::INT32);
  b.Operator(Op::ARG_MAX, {x, axis}, {y});
  b.Output(y);
  EXPECT_THAT(TextOf(b), HasSubstr("ArgMax \"y\" (x) over 1 -> y int32[1]"));
}

TEST(TflitePools, ResizeNearest) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 2, 3, 1});
  const int size = b.Ints("size", {2}, {4, 9});
  const int y = b.Tensor("y", {1, 4, 9, 1});
  schema::ResizeNearestNeighborOptionsT options;
  options.half_pixel_centers = true;
  b.Operator(Op::RESIZE_NEAREST_NEIGHBOR, {x, size}, {y}, options);
  b.Output(y);
  const auto a = std::get<graph::ResizeAttributes>(GraphOf(b).nodes.at(0).attributes);
  EXPECT_EQ(a.out_w, 9);
  EXPECT_TRUE(a.half_pixel_centers);
  EXPECT_FALSE(a.align_corners);
}

}  // namespace
}  // namespace linnet::tflite
