#include "linnet/train/onnx_export.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "linnet/base/bytes.h"
#include "linnet/graphdef/import_graphdef.h"
#include "linnet/onnx/import_onnx.h"
#include "linnet/reference/float_interpreter.h"
#include "linnet/reference/int8_interpreter.h"
#include "linnet/train/graphdef_export.h"
#include "linnet/train/random.h"
#include "linnet_onnx/onnx.pb.h"
#include "test_networks.h"

namespace linnet::train {
namespace {

using graph::OpKind;
using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::FloatNear;
using ::testing::Pointwise;

Architecture Make(const std::string& name, int height = 28, int width = 28) {
  Architecture architecture;
  EXPECT_TRUE(MakeArchitecture(name, height, width, 0.5, &architecture));
  return Folded(architecture);
}

std::vector<float> RandomImage(const Architecture& architecture, uint64_t seed) {
  Random random(seed);
  std::vector<float> image(static_cast<size_t>(architecture.height * architecture.width));
  for (float& pixel : image) pixel = static_cast<float>(random.Below(256)) / 255;
  return image;
}

graph::Graph Imported(const Outcome<std::string>& file) {
  EXPECT_TRUE(file) << file.error().message;
  auto graph = onnx::ImportOnnx(AsBytes(*file), "net");
  EXPECT_TRUE(graph) << graph.error().message;
  return graph ? *std::move(graph) : graph::Graph();
}

std::vector<float> Answer(const graph::Graph& graph, const std::vector<float>& image) {
  auto interpreter = reference::FloatInterpreter::Create(graph);
  EXPECT_TRUE(interpreter) << interpreter.error().message;
  interpreter->Run(image);
  return {interpreter->output().begin(), interpreter->output().end()};
}

std::vector<std::string> Ops(const std::string& file) {
  onnx::proto::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(file));
  std::vector<std::string> ops;
  for (const auto& node : model.graph().node()) ops.push_back(node.op_type());
  return ops;
}

uint64_t Seed() {
  const char* seed = std::getenv("SEED");
  return seed != nullptr ? std::strtoull(seed, nullptr, 10) : testing::UnitTest::GetInstance()->random_seed() + 1u;
}

// Each layer of the network is int8 and has the very steps that were learned.
void ExpectLearned(const Architecture& architecture, const Learned& learned, const graph::Graph& network) {
  std::vector<const graph::Node*> weighted;
  for (const graph::Node& node : network.nodes) {
    const auto wanted = node.op == OpKind::kDequantize ? graph::DType::kFloat32 : graph::DType::kInt8;
    EXPECT_EQ(network.tensor(node.outputs[0]).type, wanted) << node.name;
    if (node.inputs.size() == 3) weighted.push_back(&node);
  }
  size_t next = 0;
  for (size_t l = 0; l < architecture.layers.size(); ++l) {
    if (!architecture.layers[l].weighted()) continue;
    ASSERT_LT(next, weighted.size());
    const graph::Node& node = *weighted[next++];
    SCOPED_TRACE(node.name);
    EXPECT_THAT(network.tensor(node.inputs[1]).quantization.scales, Pointwise(FloatEq(), learned.weight_scales[l]));
    const graph::Quantization& output = network.tensor(node.outputs[0]).quantization;
    EXPECT_FLOAT_EQ(output.scales.at(0), (learned.outputs[l].max - learned.outputs[l].min) / 255);
    EXPECT_EQ(output.zero_points.at(0), learned.outputs[l].min == 0 ? -128 : -16);
    for (const uint8_t code : network.tensor(node.inputs[1]).data) {
      ASSERT_LE(std::abs(static_cast<int8_t>(code)), MostSteps(architecture.layers[l]));
    }
  }
  EXPECT_EQ(next, weighted.size());
}

TEST(OnnxExport, AnswersAsTheGraphDefDoes) {
  const uint64_t seed = Seed();
  for (const Architecture& architecture :
       {Make("dnn"), Make("cnn"), Make("ds-cnn"), Make("tiny-cnn"), Make("cnn", 15, 22), Crooked()}) {
    SCOPED_TRACE(architecture.name + ", replay with SEED=" + std::to_string(seed));
    const std::vector<Parameter> parameters = RandomWeights(architecture, seed);
    const auto graphdef = ExportGraphDef(architecture, parameters);
    ASSERT_TRUE(graphdef);
    const auto expected = graphdef::ImportGraphDef(AsBytes(*graphdef));
    ASSERT_TRUE(expected) << expected.error().message;
    const graph::Graph found = Imported(ExportOnnx(architecture, parameters));
    for (uint64_t i = 0; i < 3; ++i) {
      const std::vector<float> image = RandomImage(architecture, seed + i);
      EXPECT_THAT(Answer(found, image), Pointwise(FloatNear(1e-5f), Answer(*expected, image)));
    }
  }
}

TEST(OnnxExport, LayersAreOnnxOperators_AndNothingIsTransposed) {
  EXPECT_THAT(Ops(*ExportOnnx(Make("dnn"), RandomWeights(Make("dnn"), 1))),
              ElementsAre("Flatten", "Gemm", "Relu", "Gemm", "Relu", "Gemm", "Softmax"));
  EXPECT_THAT(Ops(*ExportOnnx(Make("cnn"), RandomWeights(Make("cnn"), 1))),
              ElementsAre("Conv", "Relu", "MaxPool", "Conv", "Relu", "MaxPool", "Conv", "Relu", "MaxPool", "Flatten",
                          "Gemm", "Softmax"));
}

TEST(OnnxExport, EndsAreNamedAndLeaveTheBatchOpen) {
  onnx::proto::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(*ExportOnnx(Make("cnn"), RandomWeights(Make("cnn"), 1))));
  EXPECT_EQ(model.ir_version(), 7);
  EXPECT_EQ(model.opset_import(0).version(), 13);
  const auto& input = model.graph().input(0);
  EXPECT_EQ(input.name(), "input");
  EXPECT_EQ(input.type().tensor_type().shape().dim(0).dim_param(), "N");
  EXPECT_EQ(input.type().tensor_type().shape().dim(1).dim_value(), 1);
  EXPECT_EQ(input.type().tensor_type().shape().dim(3).dim_value(), 28);
  EXPECT_EQ(model.graph().output(0).name(), "output");
  EXPECT_EQ(model.graph().output(0).type().tensor_type().shape().dim(1).dim_value(), 10);
}

TEST(OnnxExport, EveryNameIsGivenOnce_BeforeItIsRead) {
  for (const bool rounded : {false, true}) {
    const Architecture architecture = Crooked();
    Learned learned;
    if (rounded) learned = LearnedOf(architecture, RandomWeights(architecture, 1));
    onnx::proto::ModelProto model;
    ASSERT_TRUE(model.ParseFromString(*ExportOnnx(architecture, RandomWeights(architecture, 1), learned)));
    std::set<std::string> known = {"input"};
    for (const auto& tensor : model.graph().initializer()) EXPECT_TRUE(known.insert(tensor.name()).second);
    for (const auto& node : model.graph().node()) {
      for (const std::string& input : node.input()) EXPECT_EQ(known.count(input), 1u) << node.name() << " <- " << input;
      for (const std::string& output : node.output()) EXPECT_TRUE(known.insert(output).second) << output;
    }
  }
}

TEST(OnnxExport, IsTheSameBytesEveryTime) {
  const Architecture cnn = Make("cnn");
  const std::vector<Parameter> parameters = RandomWeights(cnn, 1);
  const auto first = ExportOnnx(cnn, parameters);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(*ExportOnnx(cnn, parameters), *first);
}

TEST(OnnxExport, WeightsOfAnotherNetwork_AreRefused) {
  EXPECT_FALSE(ExportOnnx(Make("cnn"), RandomWeights(Make("dnn"), 1)));
  std::vector<Parameter> one_short = RandomWeights(Make("dnn"), 1);
  one_short[0].values.pop_back();
  EXPECT_FALSE(ExportOnnx(Make("dnn"), one_short));
  Architecture normalised;
  ASSERT_TRUE(MakeArchitecture("tiny-cnn", 28, 28, 1, &normalised));
  EXPECT_FALSE(ExportOnnx(normalised, RandomWeights(normalised, 1))) << "batch normalisation must be folded";
  Learned learned = LearnedOf(Make("dnn"), RandomWeights(Make("dnn"), 1));
  learned.weight_scales[1].pop_back();
  EXPECT_FALSE(ExportOnnx(Make("dnn"), RandomWeights(Make("dnn"), 1), learned));
}

TEST(OnnxExport, LearnedSteps_BecomeAnInt8Network) {
  const uint64_t seed = Seed();
  for (const int bits : {8, 4}) {
    for (const Architecture& any : {Make("dnn"), Make("ds-cnn"), Crooked()}) {
      Architecture architecture = WithBits(any, bits);
      architecture.layers.back().weight_bits = 8;
      SCOPED_TRACE(architecture.name + ", " + std::to_string(bits) + " bits, replay with SEED=" + std::to_string(seed));
      std::vector<Parameter> parameters = RandomWeights(architecture, seed);
      const Learned learned = LearnedOf(architecture, parameters);
      RoundToSteps(architecture, learned, &parameters);
      const graph::Graph network = Imported(ExportOnnx(architecture, parameters, learned));
      const graph::Graph plain = Imported(ExportOnnx(architecture, parameters));
      auto interpreter = reference::Int8Interpreter::Create(network);
      ASSERT_TRUE(interpreter) << interpreter.error().message;
      double difference = 0;  // a single answer may be moved far where a value lies beyond its range
      for (uint64_t i = 0; i < 10; ++i) {
        const std::vector<float> image = RandomImage(architecture, seed + i);
        interpreter->RunFloat(image);
        const auto answer = interpreter->float_value(network.outputs[0]);
        const std::vector<float> expected = Answer(plain, image);
        for (size_t k = 0; k < expected.size(); ++k) difference += std::fabs(answer[k] - expected[k]) / 100;
      }
      EXPECT_LT(difference, 0.08);  // at most 0.04 with seeds 1 to 400; answers of another network differ by more
      ExpectLearned(architecture, learned, network);
    }
  }
}

TEST(OnnxExport, BiasBeyondItsSteps_StaysAFloat) {
  const Architecture dnn = Make("dnn");
  std::vector<Parameter> parameters = RandomWeights(dnn, 1);
  Learned learned = LearnedOf(dnn, parameters);
  learned.weight_scales[2][0] = 1e-12f;
  onnx::proto::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(*ExportOnnx(dnn, parameters, learned)));
  std::vector<int> types;
  for (const auto& tensor : model.graph().initializer()) {
    if (tensor.name().ends_with("/bias")) types.push_back(tensor.data_type());
  }
  EXPECT_THAT(types, ElementsAre(onnx::proto::TensorProto::INT32, onnx::proto::TensorProto::FLOAT,
                                 onnx::proto::TensorProto::INT32));
}

}  // namespace
}  // namespace linnet::train
