#include "linnet/profile/prove.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emitted_model.h"
#include "linnet/graph/build.h"
#include "random_network.h"

namespace linnet::profile {
namespace {

using graph::Activation;
using graph::OpKind;
using graph::Padding;
using testing::HasSubstr;

class ProveTest : public EmittedModel {
 protected:
  void SetUp() override {
    if (!HasBoard()) GTEST_SKIP() << "no cross compiler or emulator";
    EmittedModel::SetUp();
  }
  // Two layers and a pool that the code computes with the first of them.
  static graph::Graph Network() {
    RandomNetwork net(21, {1, 8, 8, 2}, 0.05F, 3);
    net.Conv2D("conv", 3, 4, 1, Padding::kSame, Activation::kRelu)
        .Pool("pool", OpKind::kMaxPool, 2, 2, Padding::kValid);
    return net.Flatten("flat").FullyConnected("fc", 6).Build();
  }
  // "At<int8_t>(arena, 128)": where the code says that a layer's answer lies.
  std::string AnswerOf(size_t step) {
    const auto bytes = ReadWholeFile(model_ / "model.cc");
    EXPECT_TRUE(bytes);
    const std::string text(bytes->begin(), bytes->end());
    const std::string call = Done(step) + " ";
    const size_t from = text.find(call);
    EXPECT_NE(from, std::string::npos);
    return text.substr(from + call.size(), text.find(')', from) + 1 - from - call.size());
  }
  static std::string Done(size_t step) { return "  LINNET_LAYER_DONE(" + std::to_string(step) + ","; }
  Outcome<Proof> ProveIt(size_t inputs, size_t traced) {
    return Prove(model_, RandomInputs(report_.input_bytes(), inputs, 1), {.traced = traced});
  }
};

TEST_F(ProveTest, ASoundModelAnswersTheSameEverywhereLayerByLayer) {
  EmitModel(Network());
  const auto proof = ProveIt(300, 50);
  ASSERT_TRUE(proof) << proof.error().message;
  EXPECT_EQ(proof->inputs, 300U);
  EXPECT_EQ(proof->equal, 300U);
  EXPECT_EQ(proof->traced, 50U);
  EXPECT_FALSE(proof->difference);
  EXPECT_FALSE(proof->float_agreement);  // nothing is known of a float network
  ASSERT_EQ(proof->layers.size(), report_.layers.size());
  for (const LayerProof& layer : proof->layers) {
    EXPECT_TRUE(layer.equal()) << layer.name;
    EXPECT_NE(layer.reference, 0U) << layer.name;
  }
  EXPECT_NE(proof->layers.front().reference, proof->layers.back().reference);
  EXPECT_GT(proof->cost.instructions_max, 0U);
  EXPECT_GT(proof->cost.stack_bytes_max, 0U);
}

TEST_F(ProveTest, ALayerThatTheBoardComputesOtherwiseIsNamed) {
  EmitModel(Network(), 0);
  Sabotage(model_, Done(0), "#ifdef __arm__\n  *" + AnswerOf(0) + " ^= 64;\n#endif\n" + Done(0));
  const auto proof = ProveIt(30, 5);
  ASSERT_TRUE(proof) << proof.error().message;
  EXPECT_LT(proof->equal, 30U);
  ASSERT_TRUE(proof->difference);
  EXPECT_EQ(proof->difference->layer, report_.layers[0].name);
  EXPECT_EQ(proof->difference->where, "host and board");
  EXPECT_FALSE(proof->layers[0].equal());
  EXPECT_EQ(proof->layers[0].reference, proof->layers[0].host);
}

TEST_F(ProveTest, CodeThatIsWrongEverywhereDiffersFromTheReference) {
  EmitModel(Network(), 0);
  const size_t last = report_.layers.size() - 1;
  Sabotage(model_, Done(last), "  *" + AnswerOf(last) + " ^= 1;\n" + Done(last));
  const auto proof = ProveIt(4, 0);
  ASSERT_TRUE(proof) << proof.error().message;
  EXPECT_EQ(proof->equal, 0U);
  ASSERT_TRUE(proof->difference);
  EXPECT_EQ(proof->difference->input, 0U);
  EXPECT_EQ(proof->difference->layer, report_.layers.back().name);
  EXPECT_EQ(proof->difference->where, "reference and host");
}

// An answer that is put right again before the next layer reads it: no output shows it, the layer's hash does.
TEST_F(ProveTest, ADifferenceThatNoOutputShowsIsFound) {
  EmitModel(Network(), 0);
  const std::string answer = "*" + AnswerOf(0);
  Sabotage(model_, Done(0),
           "  " + answer + " ^= 1;\n  for (int once = 0; once < 1; ++once, " + answer + " ^= 1)" + Done(0));
  const auto proof = ProveIt(3, 2);
  ASSERT_TRUE(proof) << proof.error().message;
  ASSERT_TRUE(proof->difference);
  EXPECT_EQ(proof->equal, 3U);
  EXPECT_EQ(proof->difference->input, 0U);
  EXPECT_EQ(proof->difference->layer, report_.layers[0].name);
}

// One weight, no rounding: the float network and its int8 form answer alike to half a step.
TEST_F(ProveTest, TheFloatNetworkAnswersTheSameInputs) {
  graph::Graph floats;
  const auto x = graph::AddInput(floats, "x", {1, 2});
  const auto w = graph::AddConstant(floats, "w", {2, 2}, std::vector<float>{1, 0, 0, -0.5F});
  const auto y = graph::AddNode(floats, OpKind::kFullyConnected, "fc", {x, w, graph::kNoTensor},
                                graph::FullyConnectedAttributes{});
  ASSERT_TRUE(y);
  floats.outputs = {*y};
  graph::Graph ints = floats;
  const auto quantize = [&](graph::TensorId id, float scale) {
    ints.tensor(id).type = graph::DType::kInt8;
    ints.tensor(id).quantization = {{scale}, {0}, -1};
  };
  quantize(x, 0.5F);
  quantize(*y, 0.5F);
  quantize(w, 0.5F);
  ints.tensor(w).quantization = {{0.5F, 0.5F}, {0, 0}, 1};
  ints.tensor(w).data = {2, 0, 0, static_cast<uint8_t>(-1)};
  EmitModel(ints, 1, &floats);
  const auto proof = ProveIt(20, 20);
  ASSERT_TRUE(proof) << proof.error().message;
  EXPECT_EQ(proof->equal, 20U);
  ASSERT_TRUE(proof->float_agreement);
  EXPECT_GE(proof->float_agreement->same_class, 18U);
  EXPECT_LE(proof->float_agreement->error_max, 0.26);
  EXPECT_GT(proof->float_agreement->error_max, 0.0);  // halves are rounded
}

TEST_F(ProveTest, AModelWithoutItsGraphSaysSo) {
  EmitModel(Network(), 0);
  std::filesystem::remove(model_ / emit::kGraphFile);
  const auto proof = ProveIt(1, 1);
  ASSERT_FALSE(proof);
  EXPECT_THAT(proof.error().message, HasSubstr("graph.bin is missing"));
}

}  // namespace
}  // namespace linnet::profile
