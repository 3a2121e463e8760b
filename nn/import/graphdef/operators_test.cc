// Single operators and forms: what they become, and numbers where TensorFlow.js can't be asked (tests/graphdef_journey.sh).
#include <gmock/gmock.h>

#include <cmath>

#include "testing/import_for_tests.h"

namespace linnet::graphdef {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;
using testing::Not;
using testing::Pointwise;

void SetInt(NodeDef& node, const char* name, int64_t value) { (*node.mutable_attr())[name].set_i(value); }

std::vector<float> Ramp(size_t count) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>((i * 7) % 11) - 5;
  return values;
}

TEST(Operators, BatchNormalisationIsAProductAndASum) {
  GraphDefBuilder b;
  b.Placeholder("x", {-1, 1, 1, 2});
  b.Floats("gamma", {2}, {2, 3});
  b.Floats("beta", {2}, {10, 20});
  b.Floats("mean", {2}, {1, -1});
  b.Floats("variance", {2}, {3, 8});
  NodeDef& norm = b.Layer("bn", "FusedBatchNormV3", {"x", "gamma", "beta", "mean", "variance"});
  (*norm.mutable_attr())["epsilon"].set_f(1);
  (*norm.mutable_attr())["is_training"].set_b(false);
  EXPECT_THAT(TextOf(b),
              AllOf(HasSubstr("Mul \"bn/scaled\" (x, bn/factor)"), HasSubstr("Add \"bn\" (bn/scaled, bn/shift)")));
  EXPECT_THAT(AnswerOf(b, {5, 2}), ElementsAre(FloatEq((5 - 1) * 2 / 2.0F + 10), FloatEq((2 + 1) * 3 / 3.0F + 20)));

  (*norm.mutable_attr())["is_training"].set_b(true);
  EXPECT_THAT(ErrorOf(b).message,
              AllOf(HasSubstr("layer 'bn' (op 'FusedBatchNormV3'): takes mean and variance from the "
                              "batch"),
                    HasSubstr("training=False")));
}

TEST(Operators, UnfusedBatchNormalisationSeesConstants) {
  GraphDefBuilder b;
  b.Placeholder("x", {-1, 2});
  b.Floats("variance", {2}, {3, 8});
  b.Floats("epsilon", {}, {1});
  b.Layer("sum", "Add", {"variance", "epsilon"});
  b.Layer("rsqrt", "Rsqrt", {"sum"});
  b.Layer("y", "Mul", {"x", "rsqrt"});
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("Mul \"y\" (x, rsqrt)"), Not(HasSubstr("epsilon"))));
  EXPECT_THAT(AnswerOf(b, {4, 9}), ElementsAre(2, 3));
}

TEST(Operators, DividingByAConstantIsMultiplying) {
  GraphDefBuilder b;
  b.Placeholder("x", {1, 2});
  b.Floats("c", {2}, {4, 8});
  b.Layer("y", "RealDiv", {"x", "c"});
  EXPECT_THAT(TextOf(b), HasSubstr("Mul \"y\" (x, y/inverse)"));
  EXPECT_THAT(AnswerOf(b, {1, 2}), ElementsAre(0.25F, 0.25F));
}

GraphDefBuilder Channels(bool first) {
  GraphDefBuilder b;
  const std::string format = first ? "NCHW" : "NHWC";
  const auto order = [&](int64_t h, int64_t w) {
    return first ? std::vector<int64_t>{1, 1, h, w} : std::vector<int64_t>{1, h, w, 1};
  };
  b.Placeholder("x", first ? std::vector<int64_t>{-1, 2, 6, 5} : std::vector<int64_t>{-1, 6, 5, 2});
  b.Floats("w", {3, 2, 2, 3}, Ramp(36));
  NodeDef& conv = b.Layer("conv", "Conv2D", {"x", "w"});
  b.List(conv, "strides", order(2, 1));
  b.Text(conv, "padding", "EXPLICIT");
  b.List(conv, "explicit_paddings",
         first ? std::vector<int64_t>{0, 0, 0, 0, 1, 2, 0, 1} : std::vector<int64_t>{0, 0, 1, 2, 0, 1, 0, 0});
  b.Text(conv, "data_format", format);
  b.Floats("b", {3}, {1, -2, 3});
  b.Text(b.Layer("bias", "BiasAdd", {"conv", "b"}), "data_format", format);
  b.Layer("relu", "Relu", {"bias"});
  b.Floats("c", first ? std::vector<int64_t>{3, 1, 1} : std::vector<int64_t>{3}, {2, 3, 4});
  b.Layer("scaled", "Mul", {"c", "relu"});
  NodeDef& pool = b.Layer("pool", "MaxPool", {"scaled"});
  b.List(pool, "ksize", order(2, 3));
  b.List(pool, "strides", order(1, 2));
  b.Text(pool, "padding", "VALID");
  b.Text(pool, "data_format", format);
  b.Ints("axes", {2}, first ? std::vector<int>{2, 3} : std::vector<int>{1, 2});
  b.Layer("mean", "Mean", {"pool", "axes"});
  return b;
}

TEST(Operators, ChannelsFirstRunsChannelsLast) {
  const GraphDefBuilder first = Channels(true);
  const std::string text = TextOf(first);
  EXPECT_THAT(text, HasSubstr("Transpose \"conv/input_channels_last\" (x) by 0 2 3 1"));
  EXPECT_EQ(text.find("Transpose", text.find("Transpose") + 1), std::string::npos) << text;  // the only one

  const std::vector<float> input = Ramp(60);  // [2, 6, 5]
  std::vector<float> last(60);
  for (size_t c = 0; c < 2; ++c) {
    for (size_t i = 0; i < 30; ++i) last[i * 2 + c] = input[c * 30 + i];
  }
  EXPECT_THAT(AnswerOf(first, input), Pointwise(FloatEq(), AnswerOf(Channels(false), last)));
}

TEST(Operators, SeveralRowsAreThePixelsOfAConvolution) {
  GraphDefBuilder b;
  b.Placeholder("x", {2, 3});
  b.def.mutable_node(0)->mutable_attr()->at("shape").mutable_shape()->mutable_dim(0)->set_size(2);
  b.Floats("w", {3, 2}, {1, 2, 3, 4, 5, 6});
  b.Layer("y", "MatMul", {"x", "w"});
  EXPECT_THAT(TextOf(b), HasSubstr("Conv2D \"y/products\" (y/pixels, y/filter)"));
  EXPECT_THAT(AnswerOf(b, {1, 0, 0, 1, 1, 1}), ElementsAre(1, 2, 9, 12));
}

TEST(Operators, StridedSliceWithEllipsisAndNewDimensions) {
  GraphDefBuilder b;
  b.Placeholder("x", {1, 2, 2, 3});
  b.Ints("begin", {4}, {0, 0, 0, -1});
  b.Ints("end", {4}, {0, 1, 0, 0});
  b.Ints("steps", {4}, {1, 1, 1, -2});
  NodeDef& cut = b.Layer("y", "StridedSlice", {"x", "begin", "end", "steps"});  // x[..., 0:1, newaxis, ::-2]
  SetInt(cut, "ellipsis_mask", 1);
  SetInt(cut, "new_axis_mask", 4);
  SetInt(cut, "begin_mask", 8);
  SetInt(cut, "end_mask", 8);
  EXPECT_THAT(TextOf(b), HasSubstr("-> y float32[1,2,1,1,2]"));
  EXPECT_THAT(AnswerOf(b, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}), ElementsAre(2, 0, 8, 6));
}

TEST(Operators, AReshapeToAComputedShape) {
  GraphDefBuilder b;
  b.Placeholder("x", {-1, 4, 3});
  b.Layer("shape", "Shape", {"x"});
  b.Ints("at", {2}, {2, 1});
  b.Ints("zero", {}, {0});
  b.Layer("taken", "GatherV2", {"shape", "at", "zero"});  // 3, 4
  b.Ints("front", {1}, {1});
  b.Layer("target", "ConcatV2", {"front", "taken", "zero"});
  b.Layer("y", "Reshape", {"x", "target"});
  EXPECT_THAT(TextOf(b), HasSubstr("Reshape \"y\" (x) -> y float32[1,3,4]"));
}

TEST(Operators, ConstantsAreComputedInTheirType) {
  GraphDefBuilder b;
  b.Placeholder("x", {1, 6});
  b.Ints("a", {3}, {7, -7, 9});
  b.Ints("b", {}, {2});
  b.Layer("div", "FloorDiv", {"a", "b"});  // 3 -4 4
  b.Layer("mod", "FloorMod", {"a", "b"});  // 1 1 1
  b.Ints("zero", {}, {0});
  b.Ints("three", {}, {3});
  b.Layer("range", "Range", {"zero", "three", "mod0"});
  b.Ints("mod0", {}, {1});
  b.Layer("sum", "Add", {"div", "range"});  // 3 -3 6
  b.Layer("both", "ConcatV2", {"sum", "mod", "zero"});
  b.Type(b.Layer("float", "Cast", {"both"}), "DstT", DT_FLOAT);
  b.Layer("y", "AddV2", {"x", "float"});
  EXPECT_THAT(AnswerOf(b, {0, 0, 0, 0, 0, 0}), ElementsAre(3, -3, 6, 1, 1, 1));
}

TEST(Operators, LayersThatLeaveDataAsItIs) {  // those that TensorFlow.js doesn't run
  GraphDefBuilder b;
  b.Placeholder("x", {1, 2});
  b.Layer("checked", "CheckNumerics", {"x"});
  b.Layer("sure", "EnsureShape", {"checked"});
  b.Layer("kept", "PreventGradient", {"sure"});
  EXPECT_THAT(AnswerOf(b, {3, -4}), ElementsAre(3, -4));
}

TEST(Operators, SecondResultsAndNamedOutputs) {
  GraphDefBuilder b;
  b.Placeholder("x", {1, 6});
  b.Ints("axis", {}, {1});
  SetInt(b.Layer("split", "Split", {"axis", "x"}), "num_split", 3);
  b.Layer("y", "Relu", {"split:2"});
  EXPECT_THAT(AnswerOf(b, {1, 2, 3, 4, 5, -6}), ElementsAre(5, 0));
  ImportOptions options;
  options.outputs = {"split:1"};
  EXPECT_THAT(TextOf(b, options), AllOf(HasSubstr("output split/1"), Not(HasSubstr("Relu"))));
  options.outputs = {"split:3"};
  EXPECT_THAT(ErrorOf(b, options).message, HasSubstr("layer 'split' (op 'Split'): has no result 3"));
}

TEST(Operators, OfSeveralEndsTheLastIsTheOutput) {
  GraphDefBuilder b;
  b.Placeholder("x", {1, 3});
  b.Layer("first", "Relu", {"x"});
  b.Layer("second", "Sigmoid", {"x"});
  b.Layer("init", "NoOp", {"^first"});
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("output second"), Not(HasSubstr("first"))));
}

TEST(Operators, ShapesThatTheFileLeavesOpenAreGiven) {
  GraphDefBuilder b;
  b.Placeholder("image", {-1, -1, -1, 3});
  b.Layer("y", "Relu", {"image"});
  EXPECT_THAT(ErrorOf(b).message, AllOf(HasSubstr("its shape is [1,-1,-1,3]"), HasSubstr("Give the input's shape")));
  ImportOptions options;
  options.input_shapes["image"] = {1, 8, 9, 3};
  EXPECT_THAT(TextOf(b, options), HasSubstr("input image float32[1,8,9,3]"));
  options.input_shapes = {{"", {1, 7, 7, 3}}};
  EXPECT_THAT(TextOf(b, options), HasSubstr("input image float32[1,7,7,3]"));
  options.input_shapes = {{"", {1, 7, 7, 1}}};
  EXPECT_THAT(ErrorOf(b, options).message, HasSubstr("[1,7,7,1], doesn't fit the file's [-1,-1,-1,3]"));
}

TEST(Operators, HalvesAndDoublesBecomeFloats) {
  GraphDefBuilder b;
  b.Placeholder("x", {1, 3});
  b.Type(*b.def.mutable_node(0), "dtype", DT_HALF);
  Tensor& half = b.Const("half", {3}, DT_HALF);
  for (const int bits : {0x3c00, 0xc100, 0x0001}) half.add_half_val(bits);  // 1, -2.5, 2^-24
  Tensor& wide = b.Const("wide", {}, DT_DOUBLE);
  wide.add_double_val(0.5);
  b.Layer("sum", "AddV2", {"x", "half"});
  b.Layer("y", "Mul", {"sum", "wide"});
  EXPECT_THAT(AnswerOf(b, {0, 0, 0}), ElementsAre(0.5F, -1.25F, std::ldexp(1.0F, -25)));
}

TEST(Operators, WhatCannotBeCompiledIsNamedWithAWayOut) {
  const auto message = [](const std::string& op, const std::vector<std::string>& inputs) {
    GraphDefBuilder b;
    b.Placeholder("x", {1, 4, 4, 2});
    b.Ints("axes", {1}, {3});
    b.Layer("odd", op, inputs);
    return ErrorOf(b).message;
  };
  EXPECT_THAT(message("Exp", {"x"}),
              HasSubstr("layer 'odd' (op 'Exp'): of data that the network computes; supported: Exp "
                        "of constants"));
  EXPECT_THAT(message("Max", {"x", "axes"}), HasSubstr("supported: Max over [1, 2]"));
  EXPECT_THAT(message("VariableV2", {}), HasSubstr("isn't frozen. Freeze it with"));
  EXPECT_THAT(message("TensorArrayV3", {}), HasSubstr("tf.nn.static_rnn"));
  EXPECT_THAT(message("MatMul", {"x", "x"}), HasSubstr("both factors 'x' and 'x' are computed"));
  EXPECT_THAT(message("Conv2D", {"x", "x"}), HasSubstr("the filter 'x' is computed from the network's input"));
  EXPECT_THAT(message("Softmax", {"axes"}), HasSubstr("reads 'axes', which is int32"));

  GraphDefBuilder strings;
  strings.Placeholder("x", {1});
  strings.Const("name", {}, DT_STRING).add_string_val("a");
  strings.Layer("y", "Add", {"x", "name"});
  EXPECT_THAT(ErrorOf(strings).message, HasSubstr("layer 'name' (op 'Const'): a constant of type DT_STRING"));

  GraphDefBuilder integers;
  integers.Placeholder("x", {1, 2});
  integers.Type(*integers.def.mutable_node(0), "dtype", DT_UINT8);
  integers.Layer("y", "Relu", {"x"});
  EXPECT_THAT(ErrorOf(integers).message,
              HasSubstr("layer 'x' (op 'Placeholder'): an input of type DT_UINT8; supported: "
                        "float, or an integer that is cast to float at once"));
}

}  // namespace
}  // namespace linnet::graphdef
