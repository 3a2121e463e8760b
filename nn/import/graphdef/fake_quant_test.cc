#include <gmock/gmock.h>

#include "testing/import_for_tests.h"

namespace linnet::graphdef {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

NodeDef& FakeQuant(GraphDefBuilder& b, const std::string& name, const std::string& op,
                   const std::vector<std::string>& inputs, int bits = 8, bool narrow_range = false) {
  NodeDef& node = b.Layer(name, op, inputs);
  (*node.mutable_attr())["num_bits"].set_i(bits);
  (*node.mutable_attr())["narrow_range"].set_b(narrow_range);
  return node;
}

void Vars(GraphDefBuilder& b, const std::string& name, const std::string& x, float min, float max) {
  b.Floats(name + "/min", {}, {min});
  b.Floats(name + "/max", {}, {max});
  FakeQuant(b, name, "FakeQuantWithMinMaxVars", {x, name + "/min", name + "/max"});
}

void PerChannel(GraphDefBuilder& b, const std::string& name, const std::string& w, const std::vector<float>& max,
                int bits) {
  std::vector<float> min = max;
  for (float& v : min) v = -v;
  const auto channels = static_cast<int64_t>(max.size());
  b.Floats(name + "/min", {channels}, min);
  b.Floats(name + "/max", {channels}, max);
  FakeQuant(b, name, "FakeQuantWithMinMaxVarsPerChannel", {w, name + "/min", name + "/max"}, bits, true);
}

TEST(FakeQuant, WeightsLieOnTheStepsThatWereLearned) {
  GraphDefBuilder b;
  b.Placeholder("x", {-1, 2});
  b.Floats("w", {2, 3}, {0.49F, 14, 0.3F, -9, 15, 0});
  PerChannel(b, "steps", "w", {7, 14, 0}, 4);  // steps of 1, of 2, and a channel that was pruned
  b.Layer("y", "MatMul", {"x", "steps"});
  EXPECT_THAT(AnswerOf(b, {1, 0}), ElementsAre(0, 14, 0));
  EXPECT_THAT(AnswerOf(b, {0, 1}), ElementsAre(-7, 14, 0));
  EXPECT_THAT(TextOf(b), HasSubstr("const steps float32[2,3] learned 4 bits narrow, 3 ranges #"));
}

TEST(FakeQuant, DepthwiseFiltersHaveARangeAnOutputChannel) {
  GraphDefBuilder b;
  b.Placeholder("x", {-1, 1, 1, 2});
  b.Floats("w", {1, 1, 1, 4}, {0.6F, 2, 4, 8});
  PerChannel(b, "steps", "w", {127, 254, 508, 1016}, 8);
  b.Ints("shape", {4}, {1, 1, 2, 2});
  b.Layer("filter", "Reshape", {"steps", "shape"});
  NodeDef& conv = b.Layer("y", "DepthwiseConv2dNative", {"x", "filter"});
  GraphDefBuilder::List(conv, "strides", {1, 1, 1, 1});
  GraphDefBuilder::Text(conv, "padding", "VALID");
  EXPECT_THAT(AnswerOf(b, {1, 10}), ElementsAre(1, 2, 40, 80));
  EXPECT_THAT(TextOf(b), HasSubstr("const filter float32[1,1,2,2] learned 8 bits narrow, 4 ranges #"));
}

TEST(FakeQuant, DataKeepsItsValuesAndHasTheRange) {
  GraphDefBuilder b;
  b.Placeholder("x", {-1, 3});
  Vars(b, "in", "x", 0, 1);
  b.Layer("relu", "Relu", {"in"});
  NodeDef& out = FakeQuant(b, "out", "FakeQuantWithMinMaxArgs", {"relu"});
  (*out.mutable_attr())["min"].set_f(0);
  (*out.mutable_attr())["max"].set_f(2.55F);
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("Identity \"in\" (x) -> in float32[1,3] learned 8 bits 0..1\n"),
                               HasSubstr("Identity \"out\" (relu) -> out float32[1,3] learned 8 bits 0..2.55\n")));
  EXPECT_THAT(AnswerOf(b, {0.1234F, -1, 9}), ElementsAre(0.1234F, 0, 9));
}

TEST(FakeQuant, ArgsHaveTensorFlowsDefaults) {
  GraphDefBuilder b;
  b.Placeholder("x", {-1, 3});
  b.Layer("y", "FakeQuantWithMinMaxArgs", {"x"});
  EXPECT_THAT(TextOf(b), HasSubstr("learned 8 bits -6..6\n"));
}

TEST(FakeQuant, ChannelsFirstDataHasItsRangeBeforeTheTransposition) {
  GraphDefBuilder b;
  b.Placeholder("x", {-1, 2, 4, 3});
  NodeDef& pool = b.Layer("pool", "MaxPool", {"x"});
  GraphDefBuilder::Text(pool, "data_format", "NCHW");
  GraphDefBuilder::Text(pool, "padding", "VALID");
  GraphDefBuilder::List(pool, "strides", {1, 1, 1, 1});
  GraphDefBuilder::List(pool, "ksize", {1, 1, 2, 2});
  Vars(b, "y", "pool", -1, 1);
  EXPECT_THAT(TextOf(b), HasSubstr("-> y/channels_last float32[1,3,2,2] learned 8 bits -1..1\n"));
}

TEST(FakeQuant, RangesAChannelGoWithTheirDimension) {
  const auto text = [](const std::vector<int>& permutation) {
    GraphDefBuilder b;
    b.Placeholder("x", {-1, 2, 2, 2});
    b.Floats("w", {2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
    PerChannel(b, "steps", "w", {127, 254}, 8);
    b.Ints("order", {3}, permutation);
    b.Layer("turned", "Transpose", {"steps", "order"});
    b.Layer("y", "Mul", {"x", "turned"});
    return TextOf(b);
  };
  EXPECT_THAT(text({1, 0, 2}), HasSubstr("const turned float32[2,2,2] learned 8 bits narrow, 2 ranges"));
  EXPECT_THAT(text({0, 2, 1}), AllOf(HasSubstr("const turned float32[2,2,2] #"), Not(HasSubstr("learned"))));
}

TEST(FakeQuant, WrongRangesAreNamed) {
  const auto message = [](float min, float max, int bits, const std::vector<int64_t>& shape = {}) {
    GraphDefBuilder b;
    b.Placeholder("x", {-1, 2});
    b.Floats("min", shape, std::vector<float>(shape.empty() ? 1 : 2, min));
    b.Floats("max", shape, std::vector<float>(shape.empty() ? 1 : 2, max));
    FakeQuant(b, "y", shape.empty() ? "FakeQuantWithMinMaxVars" : "FakeQuantWithMinMaxVarsPerChannel",
              {"x", "min", "max"}, bits);
    return ErrorOf(b).message;
  };
  EXPECT_THAT(message(1, -1, 8), HasSubstr("layer 'y' (op 'FakeQuantWithMinMaxVars'): a learned range from 1"));
  EXPECT_THAT(message(-1, 1, 17), HasSubstr("'num_bits' is 17; supported: 2 to 16"));
  EXPECT_THAT(message(-1, 1, 4), HasSubstr("data of 4 bits; supported: 8"));
  EXPECT_THAT(message(-1, 1, 8, {2}), HasSubstr("one range a channel of data"));

  GraphDefBuilder open;
  open.Placeholder("x", {-1, 2});
  FakeQuant(open, "y", "FakeQuantWithMinMaxVars", {"x", "x", "x"});
  EXPECT_THAT(ErrorOf(open).message, HasSubstr("the minimum 'x' is computed from the network's input"));

  GraphDefBuilder few;
  few.Placeholder("x", {-1, 2});
  few.Floats("w", {2, 3}, {1});
  PerChannel(few, "steps", "w", {1, 1}, 8);
  few.Layer("y", "MatMul", {"x", "steps"});
  EXPECT_THAT(ErrorOf(few).message, HasSubstr("has 2 ranges for [2,3], expected 3"));
}

}  // namespace
}  // namespace linnet::graphdef
