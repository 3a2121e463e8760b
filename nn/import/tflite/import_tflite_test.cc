// What the importer does with a file as a whole: inputs, outputs, names, damage, limits, and what it refuses.
#include "linnet/tflite/import_tflite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "linnet/graph/build.h"
#include "test_text.h"
#include "tflite_builder.h"

namespace linnet::tflite {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Op = schema::BuiltinOperator;
using Type = schema::TensorType;

// x float[1,2] -> FULLY_CONNECTED -> RELU.
TfliteBuilder Dense() {
  TfliteBuilder b;
  const int x = b.Input("serving_default_x:0", {1, 2});
  const int w = b.Floats("w", {3, 2}, {1, 2, 3, 4, 5, 6});
  const int bias = b.Floats("b", {3}, {7, 8, 9});
  const int y = b.Tensor("model/dense/MatMul;model/dense/BiasAdd", {1, 3});
  const int z = b.Tensor("StatefulPartitionedCall:0", {1, 3});
  b.Operator(Op::FULLY_CONNECTED, {x, w, bias}, {y}, schema::FullyConnectedOptionsT());
  b.Operator(Op::RELU, {y}, {z});
  b.Output(z);
  return b;
}

TEST(Tflite, DenseNetworkWithMeaningfulNames) {
  EXPECT_THAT(TextOf(Dense()), AllOf(HasSubstr("input x float32[1,2]"),
                                     HasSubstr("FullyConnected \"dense\" (x, dense/weights, dense/bias)")));
}

TEST(Tflite, WeightsAreTurnedToInputsByOutputs) {
  const graph::Graph graph = GraphOf(Dense());
  const graph::Tensor& weights = graph.tensor(graph.nodes.at(0).inputs.at(1));
  EXPECT_EQ(weights.shape, (graph::Shape{2, 3}));
  EXPECT_EQ(graph::FloatValues(weights), (std::vector<float>{1, 3, 5, 2, 4, 6}));
  EXPECT_EQ(graph.arithmetic, graph::Arithmetic::kSingleRounding);
}

TEST(Tflite, EarlierLayerAsOutputDropsWhatFollows) {
  Options options;
  options.outputs = {"dense"};
  const auto graph = ImportTflite(Dense().Bytes(), options);
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  EXPECT_EQ(graph->nodes.size(), 1U);
  EXPECT_EQ(graph->tensor(graph->outputs.at(0)).name, "dense");
  options.outputs = {"nowhere"};
  EXPECT_THAT(ImportTflite(Dense().Bytes(), options).error().message,
              HasSubstr("there is no layer 'nowhere'; layers: dense, relu_1"));
}

TEST(Tflite, OpenBatchBecomesOneOtherOpenDimensionsAreRefused) {
  TfliteBuilder b = Dense();
  b.at(0).shape_signature = {-1, 2};
  EXPECT_THAT(TextOf(b), HasSubstr("input x float32[1,2]"));
  b.at(0).shape_signature = {1, -1};
  EXPECT_THAT(TextOf(b), HasSubstr("input 'x': dimension 1 of its shape [1,2] is open; supported: an open batch"));
}

TEST(Tflite, CutAtEveryByteItIsAnErrorOrAGraph) {
  const std::vector<uint8_t> bytes = Dense().Bytes();
  size_t refused = 0;
  for (size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<uint8_t> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const auto graph = ImportTflite(cut);
    EXPECT_TRUE(!graph.has_value() || graph::Verify(*graph).has_value());
    refused += graph.has_value() ? 0 : 1;
  }
  EXPECT_GT(refused, bytes.size() / 2);
}

TEST(Tflite, EveryByteTurnedItIsAnErrorOrAGraph) {
  const std::vector<uint8_t> bytes = Dense().Bytes();
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const uint8_t flip : {0x01, 0x80, 0xFF}) {
      std::vector<uint8_t> wrong = bytes;
      wrong[i] ^= flip;
      const auto graph = ImportTflite(wrong);
      EXPECT_TRUE(!graph.has_value() || graph::Verify(*graph).has_value());
    }
  }
}

TEST(Tflite, BytesAtAnOddAddressAreRead) {
  std::vector<uint8_t> shifted = Dense().Bytes();
  shifted.insert(shifted.begin(), 0);
  EXPECT_TRUE(ImportTflite(std::span(shifted).subspan(1)).has_value());
}

TEST(Tflite, OtherFilesAndVersions) {
  EXPECT_EQ(ImportTflite({}).error().status, Status::kDataLoss);
  const std::vector<uint8_t> text(100, 'x');
  EXPECT_THAT(ImportTflite(text).error().message, HasSubstr("not a TensorFlow Lite file"));
  TfliteBuilder b = Dense();
  b.model.version = 1;
  EXPECT_THAT(TextOf(b), HasSubstr("schema version 1; supported: 3"));
}

TEST(Tflite, SeveralSubgraphsAreRefused) {
  TfliteBuilder b = Dense();
  b.model.subgraphs.push_back(std::make_unique<schema::SubGraphT>());
  EXPECT_THAT(TextOf(b), HasSubstr("the file holds 2 subgraphs (control flow, or several signatures); supported: one"));
}

TEST(Tflite, UnknownOperatorsAreNamedWithAWayOut) {
  const auto refuse = [](Op op, const char* custom) {
    TfliteBuilder b;
    const int x = b.Input("x", {1, 2});
    const int y = b.Tensor("y", {1, 2});
    b.Operator(op, {x}, {y});
    b.model.operator_codes[0]->custom_code = custom;
    b.Output(y);
    return TextOf(b);
  };
  EXPECT_THAT(refuse(Op::RESIZE_BILINEAR, ""),
              AllOf(HasSubstr("layer 'y' (RESIZE_BILINEAR): not supported; supported: ADD, ARG_MAX"),
                    HasSubstr("UpSampling2D(interpolation='nearest')")));
  EXPECT_THAT(refuse(Op::WHILE, ""), AllOf(HasSubstr("(WHILE)"), HasSubstr("unroll")));
  EXPECT_THAT(refuse(Op::CUSTOM, "ethos-u"), HasSubstr("layer 'y' (custom operator 'ethos-u'): not supported"));
  EXPECT_THAT(refuse(static_cast<Op>(207), ""), HasSubstr("(operator 207)"));
}

TEST(Tflite, TypesThatCannotFlowAreNamedWithAWayOut) {
  TfliteBuilder uint8;
  const int x = uint8.Input("x", {1, 2}, Type::UINT8, 0.5F, 128);
  const int y = uint8.Tensor("y", {1, 2}, Type::UINT8, 0.5F, 128);
  uint8.Operator(Op::RELU, {x}, {y});
  uint8.Output(y);
  EXPECT_THAT(TextOf(uint8), AllOf(HasSubstr("input 'x' is uint8"), HasSubstr("inference_input_type = tf.int8")));

  TfliteBuilder int16;
  const int a = int16.Input("a", {1, 2}, Type::INT16, 0.5F, 0);
  const int c = int16.Tensor("c", {1, 2}, Type::INT16, 0.5F, 0);
  int16.Operator(Op::RELU, {a}, {c});
  int16.Output(c);
  EXPECT_THAT(TextOf(int16), AllOf(HasSubstr("layer 'c' (RELU): tensor 'a': it is int16; supported: float32 and int8"),
                                   HasSubstr("TFLITE_BUILTINS_INT8")));

  TfliteBuilder mixed;
  const int f = mixed.Input("f", {1, 2});
  const int g = mixed.Tensor("g", {1, 2}, Type::INT8, 0.5F, 0);
  mixed.Operator(Op::RELU, {f}, {g});
  mixed.Output(g);
  EXPECT_THAT(TextOf(mixed), HasSubstr("layer 'g' (RELU): reads float32 and makes int8"));
}

TEST(Tflite, DynamicRangeWeightsAreRefused) {
  TfliteBuilder b = Dense();
  b.at(1).type = Type::INT8;
  b.model.buffers[1]->data.resize(6);
  b.Quantize(1, {0.5F}, {0});
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("layer 'dense' (FULLY_CONNECTED): int8 weights with float activations"),
                               HasSubstr("representative_dataset")));
}

TEST(Tflite, SparseAndOddlyQuantisedAndExternalConstantsAreRefused) {
  TfliteBuilder sparse = Dense();
  sparse.at(1).sparsity = std::make_unique<schema::SparsityParametersT>();
  EXPECT_THAT(TextOf(sparse), HasSubstr("layer 'dense' (FULLY_CONNECTED): tensor 'w': it is sparse"));

  TfliteBuilder blocks = Dense();
  blocks.Quantize(1, {0.5F}, {0});
  blocks.at(1).quantization->details.Set(schema::BlockwiseQuantizationT());
  EXPECT_THAT(TextOf(blocks), HasSubstr("quantised by a scheme other than scale and zero point"));

  TfliteBuilder external = Dense();
  external.at(1).external_buffer = 3;
  EXPECT_THAT(TextOf(external), HasSubstr("its data lies in another file"));
}

TEST(Tflite, DataMustFitTheShapeAndLieInTheFile) {
  TfliteBuilder fewer = Dense();
  fewer.model.buffers[1]->data.resize(20);
  EXPECT_THAT(TextOf(fewer), HasSubstr("tensor 'w': it holds 20 bytes, its shape [3,2] needs 24"));

  TfliteBuilder none = Dense();
  none.at(1).buffer = 77;
  EXPECT_THAT(TextOf(none), HasSubstr("its data is buffer 77, which doesn't exist"));

  TfliteBuilder outside = Dense();
  outside.model.buffers[1]->data.clear();
  outside.model.buffers[1]->offset = 1U << 20;
  outside.model.buffers[1]->size = 24;
  EXPECT_THAT(TextOf(outside), HasSubstr("tensor 'w': its data lies outside the file"));

  TfliteBuilder huge = Dense();
  huge.at(1).shape = {1 << 30, 1 << 30};
  EXPECT_THAT(TextOf(huge), HasSubstr("has more than 2^26 elements"));
}

TEST(Tflite, DataBehindTheTablesIsRead) {
  TfliteBuilder b = Dense();
  const std::vector<uint8_t> weights = b.model.buffers[1]->data;
  b.model.buffers[1]->data.clear();
  b.model.buffers[1]->offset = 1 << 12;
  b.model.buffers[1]->size = weights.size();
  std::vector<uint8_t> bytes = b.Bytes();
  ASSERT_LT(bytes.size(), 1U << 12);
  bytes.resize(1 << 12);
  bytes.insert(bytes.end(), weights.begin(), weights.end());
  const auto graph = ImportTflite(bytes);
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  EXPECT_EQ(graph::FloatValues(graph->tensor(graph->nodes[0].inputs[1])), (std::vector<float>{1, 3, 5, 2, 4, 6}));
}

TEST(Tflite, OrderOfOperatorsIsChecked) {
  TfliteBuilder late = Dense();
  std::swap(late.graph().operators[0], late.graph().operators[1]);
  EXPECT_THAT(TextOf(late), HasSubstr("layer 'relu_0' (RELU): tensor 'dense': nothing makes it before it is read"));

  TfliteBuilder twice = Dense();
  twice.graph().operators[1]->outputs = {3};
  EXPECT_THAT(TextOf(twice), HasSubstr("operator 1 (RELU) makes 'dense', which exists before"));

  TfliteBuilder outside = Dense();
  outside.graph().operators[1]->inputs = {99};
  EXPECT_THAT(TextOf(outside), HasSubstr("operator 1 names tensor 99 of 5"));

  TfliteBuilder nothing = Dense();
  nothing.graph().outputs = {1};
  EXPECT_THAT(TextOf(nothing), HasSubstr("output 'w': nothing makes it"));
}

TEST(Tflite, ShapesOfTheFileMustAgree) {
  TfliteBuilder b = Dense();
  b.at(3).shape = {1, 4};
  EXPECT_THAT(TextOf(b),
              HasSubstr("layer 'dense' (FULLY_CONNECTED): the file says that it makes [1,4], but it makes [1,3]"));
}

TEST(Tflite, LimitsHold) {
  Options options;
  options.max_constant_bytes = 30;
  EXPECT_EQ(ImportTflite(Dense().Bytes(), options).error().status, Status::kResourceExhausted);
  options = {};
  options.max_operators = 1;
  EXPECT_EQ(ImportTflite(Dense().Bytes(), options).error().status, Status::kResourceExhausted);
  options = {};
  options.max_edges = 4;
  EXPECT_EQ(ImportTflite(Dense().Bytes(), options).error().status, Status::kResourceExhausted);
  options = {};
  options.max_file_bytes = 100;
  EXPECT_EQ(ImportTflite(Dense().Bytes(), options).error().status, Status::kResourceExhausted);
}

TEST(Tflite, ReadmeListsTheOperatorsOfTheCode) {
  std::ifstream file(std::string(LINNET_SOURCE_DIR) + "/nn/import/tflite/README.md");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::replace(text.begin(), text.end(), '\n', ' ');
  EXPECT_THAT(text, HasSubstr("become layers: " + SupportedOperators() + "."));
  EXPECT_THAT(text, HasSubstr("worked out: " + FoldedOperators() + "."));
}

}  // namespace
}  // namespace linnet::tflite
