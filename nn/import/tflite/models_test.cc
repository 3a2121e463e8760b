// The two TensorFlow Lite networks beside the repository, by shape. Skipped where they are absent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "linnet/tflite/import_tflite.h"

namespace linnet::tflite {
namespace {

using graph::OpKind;

// The graph of a file of ../shared/models, or a skipped test.
Outcome<graph::Graph> Model(const std::string& file) {
  std::ifstream stream(std::string(LINNET_SOURCE_DIR) + "/../shared/models/" + file, std::ios::binary);
  if (!stream) return Fail(Status::kNotFound, "skipped: ../shared/models/" + file + " is absent");
  const std::vector<uint8_t> bytes((std::istreambuf_iterator<char>(stream)), {});
  return ImportTflite(bytes);
}

std::vector<graph::Shape> OutputShapes(const graph::Graph& graph, OpKind op) {
  std::vector<graph::Shape> shapes;
  for (const graph::Node& node : graph.nodes) {
    if (node.op == op) shapes.push_back(graph.tensor(node.outputs[0]).shape);
  }
  return shapes;
}

TEST(TfliteModels, KeywordSpotting) {
  const auto graph = Model("kws_ref_model.tflite");
  if (!graph && graph.error().status == Status::kNotFound) GTEST_SKIP() << graph.error().message;
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  EXPECT_EQ(graph->arithmetic, graph::Arithmetic::kTflite);
  EXPECT_EQ(graph->nodes.size(), 13U);
  EXPECT_EQ(graph->tensor(graph->inputs[0]).shape, (graph::Shape{1, 49, 10, 1}));
  EXPECT_EQ(OutputShapes(*graph, OpKind::kConv2D), std::vector(5, graph::Shape{1, 25, 5, 64}));
  EXPECT_EQ(OutputShapes(*graph, OpKind::kDepthwiseConv2D), std::vector(4, graph::Shape{1, 25, 5, 64}));
  EXPECT_EQ(OutputShapes(*graph, OpKind::kSoftmax), (std::vector<graph::Shape>{{1, 12}}));
  EXPECT_EQ(graph->nodes[0].name, "conv2d");
  const graph::Tensor& first = graph->tensor(graph->nodes[0].inputs[1]);
  EXPECT_EQ(first.shape, (graph::Shape{10, 4, 1, 64}));
  EXPECT_EQ(first.quantization.axis, 3);
  EXPECT_EQ(first.quantization.scales.size(), 64U);
  const auto& window = std::get<graph::ConvAttributes>(graph->nodes[0].attributes).window;
  EXPECT_EQ((std::vector{window.pad_top, window.pad_bottom, window.pad_left, window.pad_right}),
            (std::vector{4, 5, 1, 1}));
}

TEST(TfliteModels, ImageClassification) {
  const auto graph = Model("pretrainedResnet_quant.tflite");
  if (!graph && graph.error().status == Status::kNotFound) GTEST_SKIP() << graph.error().message;
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  EXPECT_EQ(graph->nodes.size(), 16U);
  EXPECT_EQ(OutputShapes(*graph, OpKind::kAdd),
            (std::vector<graph::Shape>{{1, 32, 32, 16}, {1, 16, 16, 32}, {1, 8, 8, 64}}));
  EXPECT_EQ(OutputShapes(*graph, OpKind::kFullyConnected), (std::vector<graph::Shape>{{1, 10}}));
}

}  // namespace
}  // namespace linnet::tflite
