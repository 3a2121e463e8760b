#include "linnet/graph/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/graph/graph_file.h"
#include "linnet/graph/shapes.h"

namespace linnet::graph {
namespace {

using testing::HasSubstr;

TensorId Zeros(Graph& graph, const char* name, Shape shape) {
  const std::vector<float> values(static_cast<size_t>(ElementCount(shape)));
  return AddConstant(graph, name, std::move(shape), values);
}

Graph SmallNetwork() {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 28, 28, 1});
  ConvAttributes conv;
  conv.window.padding = Padding::kSame;
  conv.activation = Activation::kRelu;
  const TensorId c =
      AddNode(graph, OpKind::kConv2D, "conv", {x, Zeros(graph, "w", {5, 5, 1, 16}), Zeros(graph, "b", {16})}, conv)
          .value();
  PoolAttributes pool;
  pool.window.padding = Padding::kSame;
  pool.window.kernel_h = pool.window.kernel_w = pool.window.stride_h = pool.window.stride_w = 2;
  const TensorId p = AddNode(graph, OpKind::kMaxPool, "pool", {c}, pool).value();
  const TensorId r = AddNode(graph, OpKind::kReshape, "flat", {p}, NoAttributes{}, {1, 14 * 14 * 16}).value();
  const TensorId f =
      AddNode(graph, OpKind::kFullyConnected, "fc", {r, Zeros(graph, "w2", {3136, 10})}, FullyConnectedAttributes{})
          .value();
  graph.outputs = {f};
  return graph;
}

TEST(Graph, TextNamesEveryTensorAndLayer) {
  EXPECT_EQ(ToText(SmallNetwork()),
            "input x float32[1,28,28,1]\n"
            "const w float32[5,5,1,16] #72a5a2c5\n"
            "const b float32[16] #dfde6ac5\n"
            "const w2 float32[3136,10] #0e2225c5\n"
            "Conv2D \"conv\" (x, w, b) pad 2,2,2,2 relu -> conv float32[1,28,28,16]\n"
            "MaxPool \"pool\" (conv) 2x2 stride 2x2 -> pool float32[1,14,14,16]\n"
            "Reshape \"flat\" (pool) -> flat float32[1,3136]\n"
            "FullyConnected \"fc\" (flat, w2) -> fc float32[1,10]\n"
            "output fc\n");
}

TEST(Graph, FourBitsAreForInt8ConstantsWithinSeven) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 2}, DType::kInt8);
  graph.tensor(x).quantization = {{1}, {0}, -1};
  Tensor weights;
  weights.name = "w";
  weights.type = DType::kInt8;
  weights.shape = {2, 1};
  weights.constant = true;
  weights.data = {7, 0xF9};
  weights.quantization = {{0.5F}, {0}, -1, 4};
  graph.tensors.push_back(weights);
  graph.outputs = {AddNode(graph, OpKind::kFullyConnected, "fc", {x, 1}, FullyConnectedAttributes{}).value()};
  EXPECT_TRUE(Verify(graph));
  EXPECT_THAT(ToText(graph), HasSubstr("const w int8[2,1] 4 bits scale 0.5 zero 0"));
  const auto again = FromFile(ToFile(graph));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->tensor(1).quantization.bits, 4);
  graph.tensor(1).data[1] = 0xF8;
  EXPECT_THAT(Verify(graph).error().message, HasSubstr("'w' of 4 bits holds -8, which is beyond -7..7"));
  graph.tensor(1).data[1] = 0;
  graph.tensor(1).quantization.bits = 3;
  EXPECT_THAT(Verify(graph).error().message,
              HasSubstr("'w' of 3 bits; only int8 constants may have fewer, which is 4"));
  graph.tensor(1).quantization.bits = 8;
  graph.tensor(x).quantization.bits = 4;
  EXPECT_THAT(Verify(graph).error().message, HasSubstr("'x' of 4 bits; only int8 constants"));
}

TEST(Graph, SamePaddingPutsTheOddRowAtTheEnd) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 7, 6, 3});
  PoolAttributes pool;
  pool.window = {.stride_h = 2, .stride_w = 2, .padding = Padding::kSame, .kernel_h = 2, .kernel_w = 3};
  const TensorId p = AddNode(graph, OpKind::kMaxPool, "pool", {x}, pool).value();
  EXPECT_EQ(graph.tensor(p).shape, (Shape{1, 4, 3, 3}));
  const Window& window = std::get<PoolAttributes>(graph.nodes[0].attributes).window;
  EXPECT_EQ(window.pad_top, 0);  // (4 - 1) * 2 + 2 - 7 = 1
  EXPECT_EQ(window.pad_bottom, 1);
  EXPECT_EQ(window.pad_left, 0);  // (3 - 1) * 2 + 3 - 6 = 1
  EXPECT_EQ(window.pad_right, 1);
}

TEST(Graph, DepthwiseMultipliesChannelsAndValidShrinks) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 9, 9, 4});
  ConvAttributes conv;
  conv.window = {.stride_h = 2, .stride_w = 1, .dilation_h = 2};
  const TensorId d = AddNode(graph, OpKind::kDepthwiseConv2D, "dw", {x, Zeros(graph, "w", {3, 3, 4, 2})}, conv).value();
  EXPECT_EQ(graph.tensor(d).shape, (Shape{1, 3, 7, 8}));  // extent 5: (9 - 5) / 2 + 1
}

TEST(Graph, AWholeNetworkVerifiesAndTakesAnotherBatch) {
  Graph graph = SmallNetwork();
  ASSERT_TRUE(Verify(graph).has_value());
  ASSERT_TRUE(ResolveShapes(graph, 4).has_value());
  EXPECT_EQ(graph.tensor(graph.outputs[0]).shape, (Shape{4, 10}));
  EXPECT_TRUE(Verify(graph).has_value());
  ASSERT_TRUE(ResolveShapes(graph).has_value());
  EXPECT_EQ(ToText(graph), ToText(SmallNetwork()));
}

TEST(Graph, VerifyNamesTheLayerThatIsWrong) {
  const auto message = [](const Graph& graph) {
    const auto ok = Verify(graph);
    return ok ? std::string("verifies") : ok.error().message;
  };
  Graph order = SmallNetwork();
  std::swap(order.nodes[0], order.nodes[1]);
  EXPECT_THAT(message(order), HasSubstr("layer 'pool' (MaxPool): reads 'conv' before"));

  Graph shape = SmallNetwork();
  shape.tensor(shape.nodes[1].outputs[0]).shape = {1, 13, 14, 16};
  EXPECT_THAT(message(shape),
              HasSubstr("layer 'pool' (MaxPool): its output is declared [1,13,14,16] but is [1,14,14,16]"));

  Graph index = SmallNetwork();
  index.nodes[3].inputs[1] = 99;
  EXPECT_THAT(message(index), HasSubstr("layer 'fc' (FullyConnected): input 1 is not a tensor"));

  Graph data = SmallNetwork();
  data.tensor(data.nodes[3].inputs[1]).data.pop_back();
  EXPECT_THAT(message(data), HasSubstr("constant 'w2' holds 125439 bytes"));

  Graph twice = SmallNetwork();
  twice.nodes.push_back(twice.nodes[3]);
  EXPECT_THAT(message(twice), HasSubstr("has another source already"));

  Graph attributes = SmallNetwork();
  attributes.nodes[0].attributes = NoAttributes{};
  EXPECT_THAT(message(attributes), HasSubstr("attributes of another operator"));

  Graph output = SmallNetwork();
  output.outputs.clear();
  EXPECT_THAT(message(output), HasSubstr("has no output"));
}

TEST(Graph, ShapesThatDontFitAreRefused) {
  Graph graph;
  const TensorId x = AddInput(graph, "x", {1, 8});
  const auto wide =
      AddNode(graph, OpKind::kFullyConnected, "fc", {x, Zeros(graph, "w", {9, 2})}, FullyConnectedAttributes{});
  ASSERT_FALSE(wide.has_value());
  EXPECT_THAT(wide.error().message, HasSubstr("layer 'fc' (FullyConnected): input [1,8] and weights [9,2] don't fit"));
  EXPECT_FALSE(AddNode(graph, OpKind::kAdd, "add", {x, Zeros(graph, "c", {3})}).has_value());
  EXPECT_FALSE(AddNode(graph, OpKind::kReshape, "r", {x}, NoAttributes{}, {1, 7}).has_value());
  PadAttributes pad;
  pad.amounts = {{0, 0}, {1 << 30, 1 << 30}};
  const auto giant = AddNode(graph, OpKind::kPad, "pad", {x}, pad);
  ASSERT_FALSE(giant.has_value());
  EXPECT_EQ(giant.error().status, Status::kResourceExhausted);
}

TEST(Graph, ElementCountSaturates) {
  EXPECT_EQ(ElementCount({}), 1);
  EXPECT_EQ(ElementCount({-1, 5}), 0);
  EXPECT_EQ(ElementCount({INT64_MAX, 2}), INT64_MAX);
}

}  // namespace
}  // namespace linnet::graph
