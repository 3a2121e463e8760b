#include "linnet/train/project_file.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace linnet::train {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Message(const std::vector<std::string>& lines) {
  const auto layers = ParseLayers(lines);
  return layers ? "" : layers.error().message;
}

TEST(Layers, SayKindSizesAndWhatFollowsTheSum) {
  const auto layers = ParseLayers({"conv 16 5x5 stride 2 batch-norm relu", "depthwise 3x3 relu", "max-pool 2x2",
                                   "average-pool global", "dropout keep 0.75", "flatten", "dense 32 relu", "dense 10"});
  ASSERT_TRUE(layers) << layers.error().message;
  ASSERT_EQ(layers->size(), 8u);
  const Layer& conv = (*layers)[0];
  EXPECT_EQ(conv.kind, LayerKind::kConv);
  EXPECT_EQ(conv.outputs, 16);
  EXPECT_EQ(conv.window, 5);
  EXPECT_EQ(conv.stride, 2);
  EXPECT_TRUE(conv.batch_norm && conv.relu);
  EXPECT_EQ((*layers)[4].keep, 0.75);
  std::vector<std::string> names;
  for (const Layer& layer : *layers) names.push_back(layer.name);
  EXPECT_THAT(names, ElementsAre("conv1", "depthwise1", "pool1", "average1", "drop1", "flatten1", "fc1", "fc2"));
}

TEST(Layers, WrongLine_NamesTheWordAndWhatWasExpected) {
  EXPECT_EQ(
      Message({"convolution 16"}),
      "layer `convolution 16`: `convolution` is not known; known are conv, depthwise, dense, max-pool, average-pool, "
      "dropout, flatten");
  EXPECT_THAT(Message({"conv 16 4x4 relu"}),
              HasSubstr("a square window of odd size, such as 3x3, was expected, found `4x4`"));
  EXPECT_THAT(Message({"conv many 3x3"}), HasSubstr("a number of features of 1 to 65536 was expected, found `many`"));
  EXPECT_THAT(Message({"conv 16 3x3 gelu"}),
              HasSubstr("`gelu` is not known here; known are relu, batch-norm, stride S"));
  EXPECT_THAT(Message({"dense 16 stride 2"}), HasSubstr("`stride` is not known here; known are relu, batch-norm"));
  EXPECT_THAT(Message({"dropout 0.5"}), HasSubstr("`keep P` with P above 0"));
  EXPECT_THAT(Message({"dropout keep 0"}), HasSubstr("`keep P` with P above 0"));
  EXPECT_THAT(Message({"max-pool 2x2 relu"}), HasSubstr("`relu` is one word too many"));
  EXPECT_THAT(Message({"average-pool 2x2"}), HasSubstr("only `average-pool global`"));
  EXPECT_THAT(Message({""}), HasSubstr("is not known"));
}

TEST(Layers, ChainThatCannotRun_IsRefused) {
  EXPECT_THAT(Message({"dense 10"}), HasSubstr("put `flatten` before it"));
  EXPECT_THAT(Message({"flatten", "conv 8 3x3", "dense 10"}), HasSubstr("stands after `flatten`"));
  EXPECT_THAT(Message({"flatten", "dense 11"}), HasSubstr("the last layer must be `dense 10`"));
  EXPECT_THAT(Message({"flatten", "dense 10 relu"}), HasSubstr("the last layer must be `dense 10`"));
  EXPECT_THAT(Message({}), HasSubstr("the last layer must be `dense 10`"));
}

class ProjectFile : public testing::Test {
 protected:
  void Write(const std::string& text) { std::ofstream(path_) << text; }
  void TearDown() override { std::remove(path_.c_str()); }
  const std::string path_ = testing::TempDir() + "project_file_test_" + std::to_string(getpid()) + ".toml";
};

TEST_F(ProjectFile, GivesTheNetworkOfThatName) {
  Write("[network.small]\nlayers = [\"flatten\", \"dense 16 relu\", \"dense 10\"]\n");
  const auto network = ReadProjectNetwork(path_, "small", 28, 28);
  ASSERT_TRUE(network) << network.error().message;
  EXPECT_EQ(network->name, "small");
  EXPECT_THAT(ParametersOf(*network).at(0).shape, ElementsAre(784, 16));
}

TEST_F(ProjectFile, WhatIsMissingOrWrong_IsNamedWithItsPlace) {
  EXPECT_EQ(ReadProjectNetwork(path_, "small", 28, 28).error().message, path_ + ": no such file");
  Write("[network.small]\nlayers = [\"flatten\", \"dense 9\"]\n");
  EXPECT_EQ(ReadProjectNetwork(path_, "big", 28, 28).error().message, path_ + ": no [network.big]; it has small");
  EXPECT_THAT(ReadProjectNetwork(path_, "small", 28, 28).error().message,
              HasSubstr("[network.small]: the last layer must be `dense 10`"));
  Write("[network.small]\nlayers = [1, 2]\n");
  EXPECT_THAT(ReadProjectNetwork(path_, "small", 28, 28).error().message, HasSubstr("is a text such as"));
  Write("[network.small\nlayers");
  EXPECT_THAT(ReadProjectNetwork(path_, "small", 28, 28).error().message, HasSubstr(path_ + ", line 1, column"));
  Write("");
  EXPECT_THAT(ReadProjectNetwork(path_, "small", 28, 28).error().message, HasSubstr("it has none"));
}

}  // namespace
}  // namespace linnet::train
