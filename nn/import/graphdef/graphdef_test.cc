#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "testing/import_for_tests.h"
#include "linnet/graph/build.h"
#include "linnet/graphdef/import_graphdef.h"

namespace linnet::graphdef {
namespace {

using testing::AllOf;
using testing::HasSubstr;

GraphDefBuilder Perceptron() {
  GraphDefBuilder b;
  b.Placeholder("x", {-1, 2});
  b.Floats("w", {2, 3}, {1, 2, 3, 4, 5, 6});
  b.Floats("b", {3}, {1});  // one value stands for all
  b.Layer("mm", "MatMul", {"x", "w"});
  b.Layer("logits", "Add", {"mm:0", "b"});
  return b;
}

TEST(GraphDef, DenseLayerWithSpreadConstantAndBatchOfOne) {
  const auto graph = ImportGraphDef(Perceptron().Bytes());
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  EXPECT_THAT(graph::ToText(*graph),
              AllOf(HasSubstr("input x float32[1,2]"), HasSubstr("FullyConnected \"mm\" (x, w) -> mm float32[1,3]"),
                    HasSubstr("Add \"logits\" (mm, b) -> logits float32[1,3]"), HasSubstr("output logits")));
  for (const graph::Tensor& tensor : graph->tensors) {
    if (tensor.name != "b") continue;
    EXPECT_EQ(graph::FloatValues(tensor), (std::vector<float>{1, 1, 1}));
  }
}

TEST(GraphDef, TransposedWeightsAreTurned) {
  GraphDefBuilder b;
  b.Placeholder("x", {1, 2});
  b.Floats("w", {3, 2}, {1, 2, 3, 4, 5, 6});
  (*b.Layer("mm", "MatMul", {"x", "w"}).mutable_attr())["transpose_b"].set_b(true);
  const auto graph = ImportGraphDef(b.Bytes());
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  EXPECT_EQ(graph::FloatValues(graph->tensor(graph->nodes[0].inputs[1])), (std::vector<float>{1, 3, 5, 2, 4, 6}));
}

TEST(GraphDef, ConvolutionPoolPadAndShapeLayers) {
  GraphDefBuilder b;
  b.Placeholder("x", {-1, 8, 8, 1});
  b.Floats("w", {3, 3, 1, 2}, {0.5F});
  NodeDef& conv = b.Layer("conv", "Conv2D", {"x", "w"});
  b.List(conv, "strides", {1, 2, 1, 1});
  b.Text(conv, "padding", "SAME");
  b.Floats("dw", {3, 3, 2, 1}, {1});
  NodeDef& depthwise = b.Layer("depthwise", "DepthwiseConv2dNative", {"conv", "dw"});
  b.List(depthwise, "strides", {1, 1, 1, 1});
  b.Text(depthwise, "padding", "VALID");
  NodeDef& pool = b.Layer("pool", "MaxPool", {"depthwise"});
  b.List(pool, "ksize", {1, 2, 3, 1});
  b.List(pool, "strides", {1, 2, 2, 1});
  b.Text(pool, "padding", "SAME");
  b.Ints("amounts", {4, 2}, {0, 0, 1, 0, 0, 0, 0, 0});
  b.Layer("pad", "Pad", {"pool", "amounts"});
  b.Ints("axes", {2}, {1, -2});
  b.Layer("mean", "Mean", {"pad", "axes"});
  b.Ints("one", {}, {1});
  b.Layer("expanded", "ExpandDims", {"mean", "one"});
  b.Layer("squeezed", "Squeeze", {"expanded"});
  b.Ints("shape", {3}, {-1, 2, 1});
  b.Layer("reshaped", "Reshape", {"squeezed", "shape"});
  b.Layer("soft", "Softmax", {"reshaped"});
  EXPECT_THAT(TextOf(b), HasSubstr("Conv2D \"conv\" (x, w) stride 2x1 pad 0,1,1,1 -> conv float32[1,4,8,2]\n"
                                   "DepthwiseConv2D \"depthwise\" (conv, dw) -> depthwise float32[1,2,6,2]\n"
                                   "MaxPool \"pool\" (depthwise) 2x3 stride 2x2 pad 0,0,0,1 -> pool float32[1,1,3,2]\n"
                                   "Pad \"pad\" (pool) by 0,0 1,0 0,0 0,0 -> pad float32[1,2,3,2]\n"
                                   "Mean \"mean\" (pad) over 1 2 -> mean float32[1,2]\n"
                                   "Reshape \"expanded\" (mean) -> expanded float32[1,1,2]\n"
                                   "Reshape \"squeezed\" (expanded) -> squeezed float32[1,2]\n"
                                   "Reshape \"reshaped\" (squeezed) -> reshaped float32[1,2,1]\n"
                                   "Softmax \"soft\" (reshaped) -> soft float32[1,2,1]\n"));
}

TEST(GraphDef, RandomNumbersThatAreNoDropoutAreNamed) {
  GraphDefBuilder b = Perceptron();
  b.Layer("shape", "Shape", {"logits"});
  b.Layer("noise", "RandomUniform", {"shape"});
  b.Layer("sum", "Mul", {"logits", "noise"});
  const Error error = ErrorOf(b);
  EXPECT_EQ(error.status, Status::kUnimplemented);
  EXPECT_THAT(error.message, AllOf(HasSubstr("layer 'noise' (op 'RandomUniform'): not supported"),
                                   HasSubstr("build the graph for inference")));
}

TEST(GraphDef, UnknownOperatorIsNamedWithTheWayOut) {
  GraphDefBuilder b = Perceptron();
  b.Layer("odd", "FooBar", {"logits"});
  const Error error = ErrorOf(b);
  EXPECT_EQ(error.status, Status::kUnimplemented);
  EXPECT_THAT(error.message,
              AllOf(HasSubstr("layer 'odd' (op 'FooBar'): not supported; supported: Abs, Add, AddN, AddV2, ArgMax"),
                    HasSubstr("name an earlier layer")));
  ImportOptions options;
  options.outputs = {"logits:0"};  // the way out
  EXPECT_THAT(TextOf(b, options), HasSubstr("output logits"));
}

TEST(GraphDef, EveryTruncationIsAnError) {
  const std::vector<uint8_t> bytes = Perceptron().Bytes();
  size_t read = 0;
  for (size_t length = 0; length < bytes.size(); ++length) {
    const auto graph = ImportGraphDef(std::span(bytes).first(length));
    EXPECT_TRUE(graph || !graph.error().message.empty()) << length;
    if (graph) ++read;  // the file's first layers alone may be a whole network: after "x", "w", "b", "mm"
  }
  EXPECT_LE(read, 1U);
  const auto cut = ImportGraphDef(std::span(bytes).first(bytes.size() - 3));
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().status, Status::kDataLoss);
  EXPECT_THAT(cut.error().message, HasSubstr("cut short"));
}

TEST(GraphDef, OtherFilesAreNotGraphDefs) {
  const auto message = [](std::string_view text) {
    const auto graph = ImportGraphDef(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
    return graph ? "" : graph.error().message;
  };
  EXPECT_THAT(message(""), HasSubstr("empty"));
  EXPECT_THAT(message("node { name: \"x\" }"), HasSubstr(".pbtxt"));
  EXPECT_THAT(message("\x08\x01\x12\x04"
                      "abcd"),
              HasSubstr("SavedModel"));
  EXPECT_THAT(message("\x7f"
                      "ELF......"),
              HasSubstr("not a frozen TensorFlow GraphDef"));
  EXPECT_THAT(message("\x18\x01"), HasSubstr("no layers"));
  EXPECT_THAT(message("\x0a\x03\xff\xff\xff"), HasSubstr("damaged"));
}

TEST(GraphDef, BrokenReferencesAreNamed) {
  GraphDefBuilder missing = Perceptron();
  missing.Layer("soft", "Softmax", {"gone"});
  EXPECT_THAT(ErrorOf(missing).message,
              HasSubstr("layer 'soft' (op 'Softmax'): reads 'gone', which the file doesn't hold"));

  GraphDefBuilder twice = Perceptron();
  twice.Layer("mm", "Relu", {"x"});
  EXPECT_THAT(ErrorOf(twice).message, HasSubstr("two layers are called 'mm'"));

  GraphDefBuilder cycle = Perceptron();
  cycle.Layer("a", "Add", {"logits", "c"});
  cycle.Layer("c", "Relu", {"a"});
  cycle.Layer("end", "Relu", {"a"});
  EXPECT_THAT(ErrorOf(cycle).message, HasSubstr("(a cycle)"));

  GraphDefBuilder second = Perceptron();
  second.Layer("soft", "Softmax", {"logits:1"});
  EXPECT_THAT(ErrorOf(second).message,
              HasSubstr("layer 'soft' (op 'Softmax'): reads result 1 of layer 'logits' (op 'Add')"));

  ImportOptions options;
  options.outputs = {"nowhere"};
  EXPECT_THAT(ErrorOf(Perceptron(), options).message, HasSubstr("no layer 'nowhere'"));
}

TEST(GraphDef, ConstantsThatLieAboutTheirSize) {
  GraphDefBuilder shorter = Perceptron();
  shorter.def.mutable_node(1)->mutable_attr()->at("value").mutable_tensor()->set_tensor_content("1234567");
  const Error data = ErrorOf(shorter);
  EXPECT_EQ(data.status, Status::kDataLoss);
  EXPECT_THAT(data.message, HasSubstr("layer 'w' (op 'Const'): holds 7 bytes of values, its shape needs 24"));

  GraphDefBuilder bomb = Perceptron();
  auto* shape = bomb.def.mutable_node(2)->mutable_attr()->at("value").mutable_tensor()->mutable_tensor_shape();
  shape->mutable_dim(0)->set_size(int64_t{1} << 40);
  EXPECT_EQ(ErrorOf(bomb).status, Status::kResourceExhausted);
  shape->mutable_dim(0)->set_size(-5);
  EXPECT_EQ(ErrorOf(bomb).status, Status::kInvalidArgument);
}

TEST(GraphDef, UnknownInputsAreExplained) {
  GraphDefBuilder shapeless = Perceptron();
  shapeless.def.mutable_node(0)->mutable_attr()->erase("shape");
  EXPECT_THAT(ErrorOf(shapeless).message, HasSubstr("doesn't say its shape"));
  ImportOptions options;
  options.input_shapes[""] = {-1, 2};
  EXPECT_THAT(TextOf(shapeless, options), HasSubstr("input x float32[1,2]"));
}

TEST(GraphDef, ALongChainNeedsNoDeepStack) {
  GraphDefBuilder b;
  b.Placeholder("n0", {1, 1});
  for (int i = 1; i < 15000; ++i) b.Layer("n" + std::to_string(i), "Relu", {"n" + std::to_string(i - 1)});
  const auto graph = ImportGraphDef(b.Bytes());
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  EXPECT_EQ(graph->nodes.size(), 14999U);
}

TEST(GraphDef, TheReadmeListsTheOperatorsOfTheCode) {
  std::ifstream file(LINNET_SOURCE_DIR "/nn/import/graphdef/README.md");
  const std::string readme((std::istreambuf_iterator<char>(file)), {});
  for (const OperatorUse use : {OperatorUse::kData, OperatorUse::kConstants, OperatorUse::kFlags})
    EXPECT_THAT(readme, HasSubstr("| " + SupportedGraphDefOperators(use) + " |\n"));
}

// Networks that others wrote with TensorFlow 1.x; they are not part of the repository.
std::filesystem::path SharedModel(const std::string& name) {
  const char* folder = std::getenv("LINNET_MODELS");
  return (folder != nullptr ? std::filesystem::path(folder)
                            : std::filesystem::path(LINNET_SOURCE_DIR) / "../shared/models") /
         name;
}

std::vector<uint8_t> BytesOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::vector<uint8_t>((std::istreambuf_iterator<char>(file)), {});
}

TEST(SharedModels, DeepMlpIsThreeDenseLayersAndTwoDropouts) {
  const auto path = SharedModel("deep_mlp.pb");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here; set LINNET_MODELS to its folder";
  const auto graph = ImportGraphDef(BytesOf(path));
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  const std::string text = graph::ToText(*graph);
  EXPECT_THAT(text,
              AllOf(HasSubstr("input x float32[1,784]"),
                    HasSubstr("Identity \"dropout/mul\" (Relu) -> dropout/mul float32[1,128]"),
                    HasSubstr("Identity \"dropout_1/mul\" (Relu_1)"),
                    HasSubstr("Add \"logits\" (MatMul_2, Variable_5) -> logits float32[1,10]"),
                    HasSubstr("ArgMax \"y_pred\" (logits) over 1 -> y_pred int64[1]"), HasSubstr("output y_pred")));
  EXPECT_EQ(graph->nodes.size(), 11U);
}

TEST(SharedModels, Cifar10CnnIsImportedWhole) {
  const auto path = SharedModel("cifar10_cnn.pb");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here; set LINNET_MODELS to its folder";
  const auto graph = ImportGraphDef(BytesOf(path));
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  EXPECT_THAT(
      graph::ToText(*graph),
      AllOf(HasSubstr("input Placeholder float32[1,32,32,3]"),
            HasSubstr("Reshape \"Reshape\" (conv_5/activation) -> Reshape float32[1,128]"), HasSubstr("output pred")));
}

}  // namespace
}  // namespace linnet::graphdef
