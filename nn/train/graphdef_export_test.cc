#include "linnet/train/graphdef_export.h"

#include <gmock/gmock.h>

#include <cstring>
#include <map>

#include "linnet_graphdef/graphdef.pb.h"

namespace linnet::train {
namespace {

using ::testing::ElementsAre;

Architecture Make(const std::string& name) {
  Architecture architecture;
  EXPECT_TRUE(MakeArchitecture(name, 28, 28, 0.5, &architecture));
  return architecture;
}

// Every value differs from its neighbours, so that a transposed tensor would show.
std::vector<Parameter> Filled(const Architecture& architecture) {
  std::vector<Parameter> parameters = ParametersOf(architecture);
  float next = 0;
  for (Parameter& parameter : parameters) {
    size_t count = 1;
    for (int size : parameter.shape) count *= static_cast<size_t>(size);
    for (size_t i = 0; i < count; ++i) parameter.values.push_back(next += 0.25f);
  }
  return parameters;
}

graphdef::GraphDef ReadBack(const std::string& name) {
  const auto bytes = ExportGraphDef(Make(name), Filled(Make(name)));
  EXPECT_TRUE(bytes);
  graphdef::GraphDef graph;
  EXPECT_TRUE(graph.ParseFromString(*bytes));
  return graph;
}

std::vector<std::string> Ops(const graphdef::GraphDef& graph) {
  std::vector<std::string> ops;
  for (const auto& node : graph.node()) {
    if (node.op() != "Const") ops.push_back(node.op());
  }
  return ops;
}

TEST(GraphDefExport, Dnn_IsThreeMatMulsBetweenInputAndOutput) {
  const graphdef::GraphDef graph = ReadBack("dnn");
  EXPECT_THAT(Ops(graph), ElementsAre("Placeholder", "MatMul", "BiasAdd", "Relu", "MatMul", "BiasAdd", "Relu", "MatMul",
                                      "BiasAdd", "Softmax"));
  EXPECT_EQ(graph.node(0).name(), "input");
  EXPECT_EQ(graph.node(0).attr().at("shape").shape().dim(0).size(), -1);
  EXPECT_EQ(graph.node(0).attr().at("shape").shape().dim(1).size(), 784);
  EXPECT_EQ(graph.node(graph.node_size() - 1).name(), "output");
  EXPECT_EQ(graph.versions().producer(), 27);
}

TEST(GraphDefExport, Cnn_HasNoDropoutAndSamePadding) {
  const graphdef::GraphDef graph = ReadBack("cnn");
  EXPECT_THAT(Ops(graph),
              ElementsAre("Placeholder", "Conv2D", "BiasAdd", "Relu", "MaxPool", "Conv2D", "BiasAdd", "Relu", "MaxPool",
                          "Conv2D", "BiasAdd", "Relu", "MaxPool", "Reshape", "MatMul", "BiasAdd", "Softmax"));
  for (const auto& node : graph.node()) {
    if (node.op() != "Conv2D" && node.op() != "MaxPool") continue;
    EXPECT_EQ(node.attr().at("padding").s(), "SAME");
    EXPECT_EQ(node.attr().at("data_format").s(), "NHWC");
    EXPECT_EQ(node.attr().at("strides").list().i(1), node.op() == "Conv2D" ? 1 : 2);
  }
}

Learned LearnedOf(const Architecture& architecture) {
  Learned learned;
  learned.any = true;
  learned.input = {0, 1};
  Extent extent = InputOf(architecture);
  for (const Layer& layer : architecture.layers) {
    extent = After(layer, extent);
    learned.outputs.push_back({-1, 2});
    learned.weight_scales.emplace_back(layer.weighted() ? static_cast<size_t>(extent.channels) : 0, 0.5f);
  }
  return learned;
}

TEST(GraphDefExport, LearnedQuantisation_StandsInFakeQuantNodes) {
  Architecture network = Folded(Make("ds-cnn"));
  for (Layer& layer : network.layers) {
    if (layer.name == "depthwise2") layer.weight_bits = 4;
  }
  const auto bytes = ExportGraphDef(network, Filled(network), LearnedOf(network));
  ASSERT_TRUE(bytes) << bytes.error().message;
  graphdef::GraphDef graph;
  ASSERT_TRUE(graph.ParseFromString(*bytes));
  std::map<std::string, const graphdef::NodeDef*> nodes;
  int weights = 0, values = 0;
  for (const auto& node : graph.node()) {
    nodes[node.name()] = &node;
    weights += node.op() == "FakeQuantWithMinMaxVarsPerChannel";
    values += node.op() == "FakeQuantWithMinMaxVars";
  }
  EXPECT_EQ(weights, 10);  // nine convolutions and the dense layer
  EXPECT_EQ(values, 12);   // their outputs, the average's and the input
  const auto& fake = *nodes.at("depthwise2/weights/FakeQuant");
  EXPECT_EQ(fake.attr().at("num_bits").i(), 4);
  EXPECT_EQ(nodes.at("depthwise3/weights/FakeQuant")->attr().at("num_bits").i(), 8);
  EXPECT_TRUE(fake.attr().at("narrow_range").b());
  const graphdef::Tensor& max = nodes.at(fake.input(2))->attr().at("value").tensor();
  std::string expected;
  for (int i = 0; i < 32; ++i) expected += std::string("\x00\x00\x60\x40", 4);  // 3.5: 7 steps of 0.5
  EXPECT_EQ(max.tensor_content(), expected);
  // Per channel is per last dimension: the constant is 3x3x1x32, a Reshape makes it 3x3x32x1.
  const auto& shape = nodes.at("depthwise2/weights")->attr().at("value").tensor().tensor_shape();
  EXPECT_EQ(shape.dim(2).size(), 1);
  EXPECT_EQ(shape.dim(3).size(), 32);
  EXPECT_EQ(nodes.at("depthwise2/DepthwiseConv2dNative")->input(1), "depthwise2/weights/Reshape");
  EXPECT_EQ(nodes.at("conv3/Conv2D")->input(0), "depthwise3/FakeQuant");
  EXPECT_EQ(nodes.at("depthwise2/DepthwiseConv2dNative")->input(0), "conv1/FakeQuant");
}

TEST(GraphDefExport, NormalisationThatIsNotFolded_IsRefused) {
  EXPECT_FALSE(ExportGraphDef(Make("tiny-cnn"), Filled(Make("tiny-cnn"))));
  EXPECT_TRUE(ExportGraphDef(Folded(Make("tiny-cnn")), Filled(Make("tiny-cnn"))));
}

TEST(GraphDefExport, EveryInputIsANodeThatStandsBefore) {
  for (const char* name : {"dnn", "cnn"}) {
    std::map<std::string, int> seen;
    const graphdef::GraphDef graph = ReadBack(name);
    for (const auto& node : graph.node()) {
      for (const std::string& input : node.input()) EXPECT_EQ(seen.count(input), 1u) << node.name() << " <- " << input;
      seen[node.name()] = 1;
    }
  }
}

TEST(GraphDefExport, ConstantsHoldTheWeightsBitByBit) {
  const std::vector<Parameter> parameters = Filled(Make("cnn"));
  const graphdef::GraphDef graph = ReadBack("cnn");
  size_t found = 0;
  for (const auto& node : graph.node()) {
    for (const Parameter& parameter : parameters) {
      if (node.name() != parameter.name) continue;
      const graphdef::Tensor& tensor = node.attr().at("value").tensor();
      ASSERT_EQ(tensor.tensor_content().size(), parameter.values.size() * sizeof(float));
      EXPECT_EQ(std::memcmp(tensor.tensor_content().data(), parameter.values.data(), tensor.tensor_content().size()),
                0);
      ASSERT_EQ(tensor.tensor_shape().dim_size(), static_cast<int>(parameter.shape.size()));
      ++found;
    }
  }
  EXPECT_EQ(found, parameters.size());
}

TEST(GraphDefExport, IsTheSameBytesEveryTime) {
  const Architecture cnn = Make("cnn");
  const auto first = ExportGraphDef(cnn, Filled(cnn));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(*ExportGraphDef(cnn, Filled(cnn)), *first);
}

TEST(GraphDefExport, WeightsOfAnotherNetwork_AreRefused) {
  EXPECT_FALSE(ExportGraphDef(Make("cnn"), Filled(Make("dnn"))));
  std::vector<Parameter> one_short = Filled(Make("dnn"));
  one_short[0].values.pop_back();
  EXPECT_FALSE(ExportGraphDef(Make("dnn"), one_short));
}

}  // namespace
}  // namespace linnet::train
