// One test a form that an operator has, as text of the graph, and one a refusal. That the numbers are right is shown against
// ONNX Runtime (tests/onnx_journey.sh).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/onnx/import_onnx.h"
#include "onnx_builder.h"

namespace linnet::onnx {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string TextOf(const OnnxBuilder& builder) {
  const auto graph = ImportOnnx(builder.Bytes());
  return graph ? graph::ToText(*graph) : "error: " + graph.error().message;
}

// One node between x of `shape` and the output y.
struct One : OnnxBuilder {
  One(const std::string& op, const Dims& shape, int opset = 13, const std::vector<std::string>& more = {})
      : OnnxBuilder(opset) {
    Input("x", shape);
    std::vector<std::string> inputs{"x"};
    inputs.insert(inputs.end(), more.begin(), more.end());
    node = &Node(op, inputs, "y");
    Output("y");
  }
  proto::NodeProto* node;
  std::string Text() const { return TextOf(*this); }
};

One Convolution(const OnnxBuilder::Dims& input, const OnnxBuilder::Dims& weights) {
  One b("Conv", input, 13, {"w"});
  int64_t count = 1;
  for (const int64_t d : weights) count *= d;
  b.Floats("w", weights, std::vector<float>(static_cast<size_t>(count), 0.5F));
  return b;
}

TEST(OnnxConv, GroupsAreDepthwiseOrSlices) {
  One depthwise = Convolution({1, 4, 5, 5}, {8, 1, 3, 3});
  OnnxBuilder::SetInt(*depthwise.node, "group", 4);
  EXPECT_THAT(depthwise.Text(), AllOf(HasSubstr("const w float32[3,3,4,2]"), HasSubstr("DepthwiseConv2D \"y\"")));
  One halves = Convolution({1, 4, 5, 5}, {6, 2, 3, 3});
  OnnxBuilder::SetInt(*halves.node, "group", 2);
  EXPECT_THAT(halves.Text(), AllOf(HasSubstr("Slice \"y/group1/input\" (x) [0:1,0:5,0:5,2:4]"),
                                   HasSubstr("Concat \"y\" (y/group0, y/group1) along 3 -> y float32[1,3,3,6]")));
}

TEST(OnnxConv, PadsAreTopLeftBottomRight) {
  One b = Convolution({1, 1, 5, 6}, {1, 1, 3, 2});
  OnnxBuilder::SetInts(*b.node, "pads", {2, 1, 0, 0});
  OnnxBuilder::SetInts(*b.node, "dilations", {2, 1});
  EXPECT_THAT(b.Text(), HasSubstr("Conv2D \"y\" (x, w) dilation 2x1 pad 2,0,1,0 -> y float32[1,3,6,1]"));
  One lower = Convolution({1, 1, 5, 6}, {1, 1, 2, 2});
  OnnxBuilder::SetText(*lower.node, "auto_pad", "SAME_LOWER");
  EXPECT_THAT(lower.Text(), HasSubstr("pad 1,0,1,0"));
}

TEST(OnnxConv, OneDimensionIsAnImageOnePixelHigh) {
  One b = Convolution({1, 3, 9}, {2, 3, 4});
  EXPECT_THAT(b.Text(), AllOf(HasSubstr("const w float32[1,4,3,2]"), HasSubstr("-> y float32[1,1,6,2]")));
}

TEST(OnnxConv, Refusals) {
  EXPECT_THAT(
      Convolution({1, 3, 4, 4, 4}, {2, 3, 1, 1, 1}).Text(),
      HasSubstr("layer 'y' (op 'Conv', opset 13): an input of 5 dimensions, [1,3,4,4,4]; supported: [n,c,h,w]"));
  EXPECT_THAT(Convolution({1, 3, 4, 4}, {2, 5, 1, 1}).Text(), HasSubstr("want 5 channels, the input is [1,3,4,4]"));
  One computed("Conv", {1, 3, 4, 4}, 13, {"x"});
  EXPECT_THAT(computed.Text(), HasSubstr("'x' is computed from the network's input; supported: constants"));
  One odd = Convolution({1, 3, 4, 4}, {2, 3, 1, 1});
  OnnxBuilder::SetText(*odd.node, "auto_pad", "MIRROR");
  EXPECT_THAT(odd.Text(), HasSubstr("auto_pad 'MIRROR'; supported: NOTSET"));
  EXPECT_THAT(Convolution({1, 3, 4, 4}, {2, 3, 7, 7}).Text(), HasSubstr("larger than the input"));
}

TEST(OnnxPool, CeilAndZerosAndRefusals) {
  One ceil("MaxPool", {1, 1, 5, 5}, 12);
  OnnxBuilder::SetInts(*ceil.node, "kernel_shape", {2, 2});
  OnnxBuilder::SetInts(*ceil.node, "strides", {2, 2});
  OnnxBuilder::SetInt(*ceil.node, "ceil_mode", 1);
  EXPECT_THAT(ceil.Text(), HasSubstr("pad 0,1,0,1 -> y float32[1,3,3,1]"));
  One zeros("AveragePool", {1, 1, 5, 5}, 12);
  OnnxBuilder::SetInts(*zeros.node, "kernel_shape", {3, 3});
  OnnxBuilder::SetInts(*zeros.node, "pads", {1, 1, 1, 1});
  OnnxBuilder::SetInt(*zeros.node, "count_include_pad", 1);
  EXPECT_THAT(zeros.Text(), AllOf(HasSubstr("Pad \"y/padded\" (x) by 0,0 1,1 1,1 0,0"),
                                  HasSubstr("AveragePool \"y\" (y/padded) 3x3 -> y float32[1,5,5,1]")));
  EXPECT_THAT(One("MaxPool", {1, 1, 5, 5}).Text(), HasSubstr("has no kernel_shape"));
  One wide("MaxPool", {1, 1, 5, 5});
  OnnxBuilder::SetInts(*wide.node, "kernel_shape", {2, 2});
  OnnxBuilder::SetInts(*wide.node, "pads", {2, 0, 0, 0});
  EXPECT_THAT(wide.Text(), HasSubstr("pads of 2 are not smaller than the window of 2"));
}

TEST(OnnxPool, IndicesAreRefusedOnlyIfUsed) {
  One b("MaxPool", {1, 1, 4, 4});
  OnnxBuilder::SetInts(*b.node, "kernel_shape", {2, 2});
  b.node->add_output("indices");
  EXPECT_THAT(b.Text(), HasSubstr("output y"));
  b.Output("indices");
  EXPECT_THAT(b.Text(), HasSubstr("its output 1 'indices' is used; supported: the first 1"));
}

TEST(OnnxGemm, FactorsAreFoldedIntoWeightsAndBias) {
  One b("Gemm", {1, 2}, 13, {"w", "c"});
  b.Floats("w", {2, 3}, {1, 2, 3, 4, 5, 6});
  b.Floats("c", {1, 3}, {1, 2, 3});
  OnnxBuilder::SetFloat(*b.node, "alpha", 2);
  OnnxBuilder::SetFloat(*b.node, "beta", 0.5F);
  const auto graph = ImportOnnx(b.Bytes());
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  ASSERT_EQ(graph->nodes.size(), 1U);
  EXPECT_EQ(graph::FloatValues(graph->tensor(graph->nodes[0].inputs[1])), (std::vector<float>{2, 4, 6, 8, 10, 12}));
  EXPECT_EQ(graph::FloatValues(graph->tensor(graph->nodes[0].inputs[2])), (std::vector<float>{0.5F, 1, 1.5F}));
}

TEST(OnnxMatMul, NeedsOneConstant) {
  One b("MatMul", {1, 4, 4}, 13, {"x"});
  EXPECT_THAT(b.Text(), HasSubstr("neither factor is constant"));
  One rows("MatMul", {1, 5, 4}, 13, {"w"});
  rows.Floats("w", {4, 3}, std::vector<float>(12, 1));
  EXPECT_THAT(rows.Text(), AllOf(HasSubstr("FullyConnected \"y\""), HasSubstr("-> y float32[1,5,3]")));
  One misfit("MatMul", {1, 5}, 13, {"w"});
  misfit.Floats("w", {4, 3}, std::vector<float>(12, 1));
  EXPECT_THAT(misfit.Text(), HasSubstr("[1,5] and [4,3] don't fit"));
}

TEST(OnnxElementwise, ConstantsLieAsTheValueDoes) {
  One b("Mul", {1, 3, 4, 5}, 13, {"c"});
  b.Floats("c", {3, 1, 1}, {1, 2, 3});
  EXPECT_THAT(b.Text(), HasSubstr("const c float32[3]"));  // channels are last in the graph
  One row("Mul", {1, 3, 4, 5}, 13, {"c"});
  row.Floats("c", {5}, {1, 2, 3, 4, 5});
  EXPECT_THAT(row.Text(), HasSubstr("const c float32[5,1]"));
  One misfit("Mul", {1, 3}, 13, {"c"});
  misfit.Floats("c", {5}, {1, 2, 3, 4, 5});
  EXPECT_THAT(misfit.Text(), HasSubstr("don't broadcast"));
}

TEST(OnnxElementwise, ClipIsReluWhereItCan) {
  One old("Clip", {1, 4}, 9);
  OnnxBuilder::SetFloat(*old.node, "min", 0);
  EXPECT_THAT(old.Text(), HasSubstr("Relu \"y\""));
  One six("Clip", {1, 4}, 11, {"lo", "hi"});
  six.Floats("lo", {}, {0});
  six.Floats("hi", {}, {6});
  EXPECT_THAT(six.Text(), HasSubstr("Relu6 \"y\""));
  One other("Clip", {1, 4}, 11, {"lo", "hi"});
  other.Floats("lo", {}, {-2});
  other.Floats("hi", {}, {1.5F});
  EXPECT_THAT(other.Text(), HasSubstr("Clamp \"y\" (x) -2..1.5"));
  One wrong("Clip", {1, 4}, 11, {"lo", "hi"});
  wrong.Floats("lo", {}, {2});
  wrong.Floats("hi", {}, {1});
  EXPECT_THAT(wrong.Text(), HasSubstr("expected the lower one first"));
}

TEST(OnnxBatchNormalization, IsAFactorAndAnOffset) {
  One b("BatchNormalization", {1, 2, 3, 3}, 13, {"s", "o", "m", "v"});
  b.Floats("s", {2}, {2, 3});
  b.Floats("o", {2}, {1, 1});
  b.Floats("m", {2}, {4, 0});
  b.Floats("v", {2}, {4, 1});
  OnnxBuilder::SetFloat(*b.node, "epsilon", 0);
  const auto graph = ImportOnnx(b.Bytes());
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  ASSERT_EQ(graph->nodes.size(), 2U);
  EXPECT_EQ(graph::FloatValues(graph->tensor(graph->nodes[0].inputs[1])), (std::vector<float>{1, 3}));
  EXPECT_EQ(graph::FloatValues(graph->tensor(graph->nodes[1].inputs[1])), (std::vector<float>{-3, 1}));
  OnnxBuilder::SetInt(*b.node, "training_mode", 1);
  EXPECT_THAT(b.Text(), HasSubstr("training mode; export the network for inference"));
}

TEST(OnnxSoftmax, TheAxisOfTheOperatorSet) {
  One channels("Softmax", {1, 3, 2, 2}, 13);
  OnnxBuilder::SetInt(*channels.node, "axis", 1);
  EXPECT_THAT(channels.Text(), HasSubstr("Softmax \"y\" (x) -> y float32[1,2,2,3]"));
  One old("Softmax", {1, 3, 2, 2}, 11);  // all of it
  EXPECT_THAT(old.Text(), HasSubstr("-> y float32[1,12]"));
  OnnxBuilder::SetInt(*old.node, "axis", 7);
  EXPECT_THAT(old.Text(), HasSubstr("axis 7 of a tensor that has 4 dimensions"));
}

TEST(OnnxShapes, Refusals) {
  One reshape("Reshape", {1, 6}, 13, {"t"});
  reshape.Ints("t", {2}, {1, 5});
  EXPECT_THAT(reshape.Text(), HasSubstr("can't turn [1,6] into [1,5]"));
  One squeeze("Squeeze", {1, 6}, 11);
  OnnxBuilder::SetInts(*squeeze.node, "axes", {1});
  EXPECT_THAT(squeeze.Text(), HasSubstr("dimension 1 of [1,6] is not 1"));
  One transpose("Transpose", {1, 6});
  OnnxBuilder::SetInts(*transpose.node, "perm", {0, 0});
  EXPECT_THAT(transpose.Text(), HasSubstr("is no permutation of 2 dimensions"));
  One dynamic("Reshape", {1, 6}, 13, {"x"});
  EXPECT_THAT(dynamic.Text(), HasSubstr("'x' is computed from the network's input"));
}

TEST(OnnxPieces, Refusals) {
  One nothing("Slice", {1, 6}, 9);
  OnnxBuilder::SetInts(*nothing.node, "starts", {0, 3});
  OnnxBuilder::SetInts(*nothing.node, "ends", {1, 3});
  EXPECT_THAT(nothing.Text(), HasSubstr("leaves nothing of dimension 1 of [1,6]"));
  One parts("Split", {1, 6}, 11);
  OnnxBuilder::SetInt(*parts.node, "axis", 1);
  OnnxBuilder::SetInts(*parts.node, "split", {4});
  EXPECT_THAT(parts.Text(), HasSubstr("parts of [4] of 6 for 1 outputs"));
  One pad("Pad", {1, 6}, 9);
  OnnxBuilder::SetText(*pad.node, "mode", "reflect");
  EXPECT_THAT(pad.Text(), HasSubstr("mode 'reflect'; supported: constant"));
  One shape("Cast", {1, 6});
  OnnxBuilder::SetInt(*shape.node, "to", proto::TensorProto::INT64);
  EXPECT_THAT(shape.Text(), HasSubstr("on constants and shapes only"));
}

TEST(OnnxPieces, AConcatenationNeedsEveryInput) {
  One values("Concat", {1, 6}, 13, {""});
  EXPECT_THAT(values.Text(), HasSubstr("layer 'y' (op 'Concat', opset 13): input 1 is left out"));
  One shapes("Reshape", {1, 6}, 13, {"t"});
  shapes.Ints("a", {1}, {6});
  shapes.model.mutable_graph()->clear_node();
  OnnxBuilder::SetInt(shapes.Node("Concat", {"a", ""}, "t"), "axis", 0);
  shapes.Node("Reshape", {"x", "t"}, "y");
  EXPECT_THAT(shapes.Text(), HasSubstr("layer 't' (op 'Concat', opset 13): input 1 is left out"));
}

TEST(OnnxTypes, IntegersAreNamed) {
  OnnxBuilder b;
  b.Input("x", {1, 6}, proto::TensorProto::INT64);
  b.Node("Relu", {"x"}, "y");
  b.Output("y");
  EXPECT_THAT(TextOf(b), HasSubstr("input 'x': of int64; supported: float32"));
  One mixed("Add", {1, 2}, 13, {"i"});
  mixed.Ints("i", {2}, {1, 2});
  EXPECT_THAT(mixed.Text(), HasSubstr("reads values of int64; supported: float32"));
}

TEST(OnnxTypes, HalfAndDoubleConstantsBecomeFloat) {
  One b("Add", {1, 3}, 13, {"h"});
  auto& half = b.Floats("h", {3}, {});
  half.set_data_type(proto::TensorProto::FLOAT16);
  const uint16_t bits[] = {0x3C00, 0xC100, 0x0001};  // 1, -2.5, 2^-24
  half.set_raw_data(bits, sizeof bits);
  const auto graph = ImportOnnx(b.Bytes());
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  EXPECT_EQ(graph::FloatValues(graph->tensor(graph->nodes[0].inputs[1])), (std::vector<float>{1, -2.5F, 0x1p-24F}));
}

}  // namespace
}  // namespace linnet::onnx
