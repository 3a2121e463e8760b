#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "linnet/graph/build.h"
#include "linnet/onnx/import_onnx.h"
#include "linnet/reference/float_interpreter.h"
#include "onnx_builder.h"

namespace linnet::onnx {
namespace {

using proto::TensorProto;
using testing::AllOf;
using testing::HasSubstr;

std::string TextOf(const OnnxBuilder& builder, const ImportOptions& options = {}) {
  const auto graph = ImportOnnx(builder.Bytes(), options);
  return graph ? graph::ToText(*graph) : "error: " + graph.error().message;
}

Error ErrorOf(const OnnxBuilder& builder, const ImportOptions& options = {}) {
  const auto graph = ImportOnnx(builder.Bytes(), options);
  return graph ? Error(Status::kOk, graph::ToText(*graph)) : graph.error();
}

// A convolution of 2 channels to 3, then a matrix product over all of it, as PyTorch writes it.
OnnxBuilder Small() {
  OnnxBuilder b;
  b.Input("x", {-1, 2, 4, 5});
  std::vector<float> weights(3 * 2 * 2 * 2);
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(i % 7) - 3;
  b.Floats("w", {3, 2, 2, 2}, weights);
  b.Floats("b", {3}, {1, 2, 3});
  b.Node("Conv", {"x", "w", "b"}, "conv");
  b.Node("Relu", {"conv"}, "relu");
  b.Node("Flatten", {"relu"}, "flat");
  std::vector<float> fc(2 * 36);
  for (size_t i = 0; i < fc.size(); ++i) fc[i] = static_cast<float>(i % 5) - 2;
  b.Floats("fc", {2, 36}, fc);
  OnnxBuilder::SetInt(b.Node("Gemm", {"flat", "fc"}, "logits"), "transB", 1);
  b.Output("logits");
  return b;
}

TEST(Onnx, ChannelsLastWithTheOrderOfTheFileBeforeTheMatrix) {
  EXPECT_THAT(TextOf(Small()),
              AllOf(HasSubstr("input x float32[1,4,5,2]"), HasSubstr("const w float32[2,2,2,3]"),
                    HasSubstr("-> conv float32[1,3,4,3]"), HasSubstr("-> flat/transposed float32[1,3,3,4]"),
                    HasSubstr("Reshape \"flat\" (flat/transposed) -> flat float32[1,36]"),
                    HasSubstr("const fc float32[36,2]"), HasSubstr("output logits")));
}

// The answer of the file's own, channels-first arithmetic.
TEST(Onnx, AnswersAsTheFileMeansIt) {
  const OnnxBuilder b = Small();
  const auto graph = ImportOnnx(b.Bytes());
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  std::vector<float> x(2 * 4 * 5);  // [c][h][w]
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 11) - 5;
  const auto w = [](int o, int c, int y, int k) { return static_cast<float>((((o * 2 + c) * 2 + y) * 2 + k) % 7) - 3; };
  std::vector<float> expected(2, 0.0F);
  for (int o = 0, at = 0; o < 3; ++o) {
    for (int y = 0; y < 3; ++y) {
      for (int k = 0; k < 4; ++k, ++at) {
        auto sum = static_cast<float>(o + 1);
        for (int c = 0; c < 2; ++c) {
          for (int t = 0; t < 4; ++t)
            sum += w(o, c, t / 2, t % 2) * x[static_cast<size_t>((c * 4 + y + t / 2) * 5 + k + t % 2)];
        }
        for (int n = 0; n < 2; ++n)
          expected[static_cast<size_t>(n)] += std::max(sum, 0.0F) * (static_cast<float>((n * 36 + at) % 5) - 2);
      }
    }
  }
  std::vector<float> last(x.size());  // [h][w][c]
  for (size_t i = 0; i < x.size(); ++i) last[i % 20 * 2 + i / 20] = x[i];
  auto net = reference::FloatInterpreter::Create(*graph);
  ASSERT_TRUE(net.has_value()) << net.error().message;
  net->Run(last);
  for (size_t n = 0; n < 2; ++n) EXPECT_FLOAT_EQ(net->output()[n], expected[n]);
}

TEST(Onnx, ATransposeBeforeAndBehindIsTheFilesOwnChannelsLast) {
  OnnxBuilder b;
  b.Input("x", {1, 5, 6, 3});
  OnnxBuilder::SetInts(b.Node("Transpose", {"x"}, "first"), "perm", {0, 3, 1, 2});
  b.Floats("w", {4, 3, 1, 1}, std::vector<float>(12, 0.5F));
  b.Node("Conv", {"first", "w"}, "conv");
  OnnxBuilder::SetInts(b.Node("Transpose", {"conv"}, "last"), "perm", {0, 2, 3, 1});
  b.Output("last");
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("input x float32[1,5,6,3]"), HasSubstr("output conv"),
                               testing::Not(HasSubstr("Transpose"))));
}

TEST(Onnx, OutputsOfFourDimensionsAreChannelsLast) {
  OnnxBuilder b;
  b.Input("x", {1, 12});
  b.Ints("target", {4}, {1, 2, 2, 3});
  b.Node("Reshape", {"x", "target"}, "image");  // [n,c,h,w], in ONNX's order until here
  b.Output("image");
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("Reshape \"image\" (x) -> image float32[1,2,2,3]"),
                               HasSubstr("(image) by 0 2 3 1 -> image/transposed float32[1,2,3,2]"),
                               HasSubstr("output image/transposed")));
}

TEST(Onnx, OnePixelNeedsNoTransposition) {
  OnnxBuilder b;
  b.Input("x", {1, 3, 4, 4});
  b.Node("GlobalAveragePool", {"x"}, "mean");
  b.Node("Flatten", {"mean"}, "flat");
  b.Output("flat");
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("Mean \"mean\""), HasSubstr("-> flat float32[1,3]"),
                               testing::Not(HasSubstr("Transpose"))));
}

TEST(Onnx, ShapesThatAreComputedAreFolded) {
  OnnxBuilder b;
  b.Input("x", {-1, 2, 3});
  b.Node("Shape", {"x"}, "shape");
  b.Ints("zero", {}, {0});
  b.Node("Gather", {"shape", "zero"}, "batch");
  b.Ints("axes", {1}, {0});
  b.Node("Unsqueeze", {"batch", "axes"}, "batch1");
  auto& minus = b.Node("Constant", {}, "minus");
  OnnxBuilder::SetInts(minus, "value_ints", {-1});
  OnnxBuilder::SetInt(b.Node("Concat", {"batch1", "minus"}, "target"), "axis", 0);
  b.Node("Reshape", {"x", "target"}, "flat");
  b.Output("flat");
  EXPECT_THAT(TextOf(b), HasSubstr("Reshape \"flat\" (x) -> flat float32[1,6]"));
}

TEST(Onnx, WhatNoOutputNeedsIsNotRead) {
  OnnxBuilder b = Small();
  b.Node("Mystery", {"relu"}, "odd");
  EXPECT_THAT(TextOf(b), HasSubstr("output logits"));
  b.Output("odd");
  const Error error = ErrorOf(b);
  EXPECT_EQ(error.status, Status::kUnimplemented);
  EXPECT_THAT(error.message, AllOf(HasSubstr("layer 'odd' (op 'Mystery', opset 13): not supported; supported: Add, "),
                                   HasSubstr("ask for the answer of an earlier layer")));
  ImportOptions options;
  options.outputs = {"relu"};  // the way out
  EXPECT_THAT(TextOf(b, options), HasSubstr("output relu"));
}

TEST(Onnx, OpenDimensionsAreExplainedAndCanBeGiven) {
  OnnxBuilder b;
  b.Input("x", {-1, 3, -1, 4});
  b.Node("Relu", {"x"}, "y");
  b.Output("y");
  EXPECT_THAT(ErrorOf(b).message, AllOf(HasSubstr("input 'x': dimension 2 is not known ('N')"), HasSubstr("onnxsim")));
  ImportOptions options;
  options.input_shapes[""] = {1, 3, 7, 4};
  EXPECT_THAT(TextOf(b, options), HasSubstr("input x float32[1,7,4,3]"));
}

TEST(Onnx, EveryTruncationIsAnError) {
  const std::vector<uint8_t> bytes = Small().Bytes();
  size_t read = 0;
  for (size_t length = 0; length < bytes.size(); ++length) {
    const auto graph = ImportOnnx(std::span(bytes).first(length));
    EXPECT_TRUE(graph || !graph.error().message.empty()) << length;
    read += graph ? 1 : 0;
  }
  EXPECT_EQ(read, 0U);  // the operator set stands last
  const auto cut = ImportOnnx(std::span(bytes).first(bytes.size() - 9));
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().status, Status::kDataLoss);
  EXPECT_THAT(cut.error().message, HasSubstr("cut short"));
}

TEST(Onnx, OtherFilesAreNotOnnx) {
  const auto import = [](std::string_view text) {
    const std::span bytes(reinterpret_cast<const uint8_t*>(text.data()), text.size());
    EXPECT_FALSE(LooksLikeOnnx(bytes));
    const auto graph = ImportOnnx(bytes);
    return graph ? "" : graph.error().message;
  };
  EXPECT_THAT(import(""), HasSubstr("empty"));
  EXPECT_THAT(import("\x7f"
                     "ELF......"),
              HasSubstr("not an ONNX model"));
  EXPECT_THAT(import("\x08\x07"), HasSubstr("it holds no graph"));
  EXPECT_TRUE(LooksLikeOnnx(Small().Bytes()));
}

TEST(Onnx, OperatorSetsOutsideTheRange) {
  OnnxBuilder b = Small();
  b.model.mutable_opset_import(0)->set_version(20);
  EXPECT_THAT(ErrorOf(b).message, HasSubstr("opset 20; supported: 9 to 18; export with opset 13"));
  b.model.mutable_opset_import(0)->set_version(7);
  EXPECT_EQ(ErrorOf(b).status, Status::kUnimplemented);
  b.model.clear_opset_import();
  EXPECT_THAT(ErrorOf(b).message, HasSubstr("doesn't say which operator set"));
}

TEST(Onnx, BrokenReferencesAreNamed) {
  OnnxBuilder missing = Small();
  missing.Node("Relu", {"gone"}, "y");
  missing.Output("y");
  EXPECT_THAT(ErrorOf(missing).message, HasSubstr("layer 'y' (op 'Relu', opset 13): reads 'gone', which nothing"));

  OnnxBuilder twice = Small();
  twice.Node("Relu", {"x"}, "conv");
  EXPECT_THAT(ErrorOf(twice).message, HasSubstr("makes 'conv', which has another source already"));

  OnnxBuilder later = Small();
  later.Node("Relu", {"z"}, "y");
  later.Node("Relu", {"y"}, "z");
  later.Output("z");
  EXPECT_THAT(ErrorOf(later).message, HasSubstr("before anything has made it"));

  OnnxBuilder nothing = Small();
  nothing.Output("nowhere");
  EXPECT_THAT(ErrorOf(nothing).message, HasSubstr("nothing makes the output 'nowhere'"));

  OnnxBuilder constant = Small();
  constant.Output("w");
  EXPECT_THAT(ErrorOf(constant).message, HasSubstr("output 'w' is an input or a constant"));
}

TEST(Onnx, ConstantsThatLieAboutTheirSize) {
  OnnxBuilder shorter = Small();
  shorter.model.mutable_graph()->mutable_initializer(1)->set_raw_data("1234567");
  const Error data = ErrorOf(shorter);
  EXPECT_EQ(data.status, Status::kDataLoss);
  EXPECT_THAT(data.message, HasSubstr("initializer 'b': holds 7 bytes of values, its shape needs 12"));

  OnnxBuilder bomb = Small();
  bomb.model.mutable_graph()->mutable_initializer(1)->set_dims(0, int64_t{1} << 40);
  EXPECT_EQ(ErrorOf(bomb).status, Status::kResourceExhausted);
  bomb.model.mutable_graph()->mutable_initializer(1)->set_dims(0, -5);
  EXPECT_EQ(ErrorOf(bomb).status, Status::kInvalidArgument);

  OnnxBuilder elsewhere = Small();
  elsewhere.model.mutable_graph()->mutable_initializer(1)->set_data_location(1);
  EXPECT_THAT(ErrorOf(elsewhere).message, HasSubstr("external data"));

  OnnxBuilder text = Small();
  text.model.mutable_graph()->mutable_initializer(1)->set_data_type(TensorProto::STRING);
  EXPECT_THAT(ErrorOf(text).message, HasSubstr("a constant of type string"));
}

TEST(Onnx, LimitsAreKept) {
  ImportOptions options;
  options.max_nodes = 3;
  EXPECT_EQ(ErrorOf(Small(), options).status, Status::kResourceExhausted);
  options = {};
  options.max_constant_bytes = 100;
  EXPECT_EQ(ErrorOf(Small(), options).status, Status::kResourceExhausted);
  options = {};
  options.max_file_bytes = 100;
  EXPECT_EQ(ErrorOf(Small(), options).status, Status::kResourceExhausted);

  OnnxBuilder numbers = Small();  // a byte of file for eight of memory
  auto& tensor = numbers.Ints("many", {1}, {0});
  for (int i = 0; i < 3000; ++i) tensor.add_int64_data(1);
  options = {};
  options.max_constant_bytes = 20000;
  EXPECT_THAT(ErrorOf(numbers, options).message, HasSubstr("written as varints"));
}

TEST(Onnx, ALongChainNeedsNoDeepStack) {
  OnnxBuilder b;
  b.Input("n0", {1, 1});
  for (int i = 1; i < 15000; ++i) b.Node("Relu", {"n" + std::to_string(i - 1)}, "n" + std::to_string(i));
  b.Output("n14999");
  const auto graph = ImportOnnx(b.Bytes());
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  EXPECT_EQ(graph->nodes.size(), 14999U);
}

TEST(Onnx, TheReadmeListsTheOperatorsOfTheCode) {
  std::ifstream file(LINNET_SOURCE_DIR "/nn/import/onnx/README.md");
  std::string readme((std::istreambuf_iterator<char>(file)), {});
  std::replace(readme.begin(), readme.end(), '\n', ' ');
  EXPECT_THAT(readme, HasSubstr(SupportedOperators()));
}

}  // namespace
}  // namespace linnet::onnx
