// Layers in TensorFlow Lite's arithmetic. The expected answers were given by TensorFlow Lite Micro's reference kernels
// (90b983c, x86-64) for one-operator files with these very numbers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "linnet/graph/build.h"
#include "linnet/reference/int8_interpreter.h"

namespace linnet::reference {
namespace {

using graph::DType;
using graph::Graph;
using graph::OpKind;
using graph::TensorId;
using testing::ElementsAre;

const std::vector<int8_t> kNumbers = {-128, -60, -21, -3, 0, 5, 44, 127};
const std::vector<int8_t> kOthers = {127, -13, 90, 4, -100, 77, -128, 20};

// One layer; its inputs are the graph's, in order, but for constants.
class Layer {
 public:
  Layer() { graph_.arithmetic = graph::Arithmetic::kTflite; }

  TensorId Input(graph::Shape shape, float scale, int32_t zero_point) {
    const TensorId id = graph::AddInput(graph_, "x", std::move(shape), DType::kInt8);
    graph_.tensor(id).quantization = {{scale}, {zero_point}, -1};
    return id;
  }

  template <typename T>
  TensorId Constant(DType type, graph::Shape shape, const std::vector<T>& values, float scale) {
    graph::Tensor tensor;
    tensor.name = "c";
    tensor.type = type;
    tensor.shape = std::move(shape);
    tensor.constant = true;
    tensor.data.resize(values.size() * sizeof(T));
    std::memcpy(tensor.data.data(), values.data(), tensor.data.size());
    tensor.quantization = {{scale}, {0}, -1};
    graph_.tensors.push_back(std::move(tensor));
    return static_cast<TensorId>(graph_.tensors.size() - 1);
  }

  // Runs the layer on each of `runs`, without a reset between them, and strings the answers together. A run's numbers go to the
  // inputs in order.
  std::vector<int> Answers(OpKind op, std::vector<TensorId> inputs, graph::Attributes attributes, float scale,
                           int32_t zero_point, const std::vector<std::vector<int8_t>>& runs) {
    const auto out = graph::AddNode(graph_, op, "layer", std::move(inputs), std::move(attributes));
    EXPECT_TRUE(out.has_value()) << (out ? "" : out.error().message);
    graph_.tensor(*out).quantization = {{scale}, {zero_point}, -1};
    graph_.outputs = {*out};
    auto net = Int8Interpreter::Create(graph_);
    EXPECT_TRUE(net.has_value()) << (net ? "" : net.error().message);
    if (!net) return {};
    std::vector<int> answers;
    for (const std::vector<int8_t>& run : runs) {
      std::span<const int8_t> rest = run;
      for (size_t i = 0; i < graph_.inputs.size(); ++i) {
        const size_t count = net->value(graph_.inputs[i]).size();
        net->SetInput(i, std::as_bytes(rest.first(count)));
        rest = rest.subspan(count);
      }
      net->Run();
      answers.insert(answers.end(), net->output().begin(), net->output().end());
    }
    return answers;
  }

 private:
  Graph graph_;
};

// a in scale 0.037, zero point 3; b in 0.021, -7; the answer in 0.05, 11.
std::vector<int> Binary(OpKind op, graph::Activation activation) {
  Layer layer;
  const TensorId a = layer.Input({1, 8}, 0.037F, 3);
  const TensorId b = layer.Input({1, 8}, 0.021F, -7);
  std::vector<int8_t> both = kNumbers;
  both.insert(both.end(), kOthers.begin(), kOthers.end());
  return layer.Answers(op, {a, b}, graph::ActivationAttributes{activation}, 0.05F, 11, {both});
}

std::vector<int> Unary(OpKind op, graph::Attributes attributes, float in_scale, float scale, int32_t zero_point) {
  Layer layer;
  const TensorId x = layer.Input({1, 8}, in_scale, 3);
  return layer.Answers(op, {x}, std::move(attributes), scale, zero_point, {kNumbers});
}

TEST(TfliteLayers, AddSubtractMultiply) {
  EXPECT_THAT(Binary(OpKind::kAdd, graph::Activation::kNone), ElementsAre(-30, -38, 34, 11, -30, 48, -9, 114));
  EXPECT_THAT(Binary(OpKind::kSub, graph::Activation::kNone), ElementsAre(-128, -33, -47, 2, 48, -23, 92, 91));
  EXPECT_THAT(Binary(OpKind::kMul, graph::Activation::kRelu6), ElementsAre(11, 17, 11, 11, 15, 14, 11, 63));
}

TEST(TfliteLayers, MeanAndSum) {
  for (const OpKind op : {OpKind::kMean, OpKind::kSum}) {
    Layer layer;
    const TensorId x = layer.Input({1, 2, 4}, 0.037F, 3);
    const bool mean = op == OpKind::kMean;
    EXPECT_THAT(layer.Answers(op, {x}, graph::ReduceAttributes{{2}, false}, mean ? 0.023F : 0.11F, -5, {kNumbers}),
                mean ? ElementsAre(-95, 61) : ElementsAre(-81, 50));
  }
}

TEST(TfliteLayers, SoftmaxAndLogSoftmax) {
  EXPECT_THAT(Unary(OpKind::kSoftmax, graph::SoftmaxAttributes{0.5F}, 0.11F, 1.0F / 256, -128),
              ElementsAre(-128, -128, -128, -128, -128, -128, -125, 125));
  EXPECT_THAT(Unary(OpKind::kLogSoftmax, graph::NoAttributes{}, 0.03F, 1.0F / 16, 127),
              ElementsAre(2, 35, 53, 62, 64, 66, 85, 125));
}

TEST(TfliteLayers, Tables) {
  EXPECT_THAT(Unary(OpKind::kSigmoid, graph::NoAttributes{}, 0.04F, 1.0F / 256, -128),
              ElementsAre(-127, -109, -57, -15, -8, 5, 86, 126));
  EXPECT_THAT(Unary(OpKind::kTanh, graph::NoAttributes{}, 0.02F, 1.0F / 128, 0),
              ElementsAre(-127, -109, -57, -15, -8, 5, 86, 126));
  EXPECT_THAT(Unary(OpKind::kRelu, graph::NoAttributes{}, 0.04F, 0.03F, -90),
              ElementsAre(-90, -90, -90, -90, -90, -87, -35, 75));
  EXPECT_THAT(Unary(OpKind::kLeakyRelu, graph::LeakyReluAttributes{0.3F}, 0.04F, 0.03F, -9),
              ElementsAre(-62, -34, -19, -12, -10, -6, 46, 127));
  EXPECT_THAT(Unary(OpKind::kHardSwish, graph::NoAttributes{}, 0.04F, 0.02F, -100),
              ElementsAre(-100, -110, -116, -106, -103, -98, -37, 127));
  EXPECT_THAT(Unary(OpKind::kQuantize, graph::NoAttributes{}, 0.04F, 0.07F, -10),
              ElementsAre(-85, -46, -24, -13, -12, -9, 13, 61));
}

TEST(TfliteLayers, FullyConnected) {
  Layer layer;
  const TensorId x = layer.Input({1, 4}, 0.037F, 3);
  // [in, out]; the file has [out, in]
  const TensorId w =
      layer.Constant<int8_t>(DType::kInt8, {4, 3}, {1, -127, 8, -20, 5, 90, 30, 6, -10, 127, 70, 11}, 0.013F);
  const TensorId bias = layer.Constant<int32_t>(DType::kInt32, {3}, {100, -2000, 345}, 0.037F * 0.013F);
  EXPECT_THAT(layer.Answers(OpKind::kFullyConnected, {x, w, bias}, graph::FullyConnectedAttributes{}, 0.09F, 7,
                            {{-128, -60, 44, 127}, {5, 4, 3, 2}, {127, 120, -7, 90}}),
              ElementsAre(104, 127, -22, 7, -5, 9, 53, -53, 76));
}

TEST(TfliteLayers, LstmOfTwoUnitsOverTwiceTwoSteps) {
  Layer layer;
  std::vector<TensorId> inputs = {layer.Input({1, 2, 2}, 0.05F, -4)};
  for (int k = 0; k < 8; ++k) {
    std::vector<int8_t> weights;
    for (int j = 0; j < 4; ++j) weights.push_back(static_cast<int8_t>((k * 37 + j * 53 + 11) % 255 - 127));
    inputs.push_back(layer.Constant(DType::kInt8, {2, 2}, weights, 0.01F + 0.002F * static_cast<float>(k)));
  }
  for (int k = 0; k < 4; ++k)
    inputs.push_back(layer.Constant<int32_t>(DType::kInt32, {2}, {300 * k - 400, 500 - 200 * k}, 1.0F));
  graph::LstmAttributes lstm;
  lstm.cell_clip = 1.5F;
  lstm.cell_scale = 1.0F / 2048;
  lstm.hidden_scale = 0.0073F;
  lstm.hidden_zero_point = -6;
  EXPECT_THAT(layer.Answers(OpKind::kLstm, inputs, lstm, 0.0073F, -6, {{40, -90, 127, 5}, {-128, 33, 60, 60}}),
              ElementsAre(-9, -25, -6, 42, 84, -6, -2, -12));
}

TEST(TfliteLayers, SvdfOfRankTwoOverFourRuns) {
  Layer layer;
  const TensorId x = layer.Input({1, 2}, 0.05F, -4);
  const TensorId feature = layer.Constant<int8_t>(DType::kInt8, {4, 2}, {100, -30, 7, 90, -127, 15, 60, 60}, 0.02F);
  const TensorId time = layer.Constant<int16_t>(DType::kInt16, {4, 3},
                                                {1000, -200, 300, 40, 500, -600, 700, 80, -900, 100, 110, 120}, 0.001F);
  const TensorId bias = layer.Constant<int32_t>(DType::kInt32, {2}, {20000, -30000}, 0.003F * 0.001F);
  graph::SvdfAttributes svdf;
  svdf.rank = 2;
  svdf.state_scale = 0.003F;
  EXPECT_THAT(layer.Answers(OpKind::kSvdf, {x, feature, time, bias}, svdf, 0.09F, 8,
                            {{40, -90}, {127, 5}, {-128, 33}, {60, 60}}),
              ElementsAre(81, 72, -17, 127, 3, -128, 127, -22));
}

}  // namespace
}  // namespace linnet::reference
