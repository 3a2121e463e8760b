#include "linnet/train/architecture.h"

#include <gmock/gmock.h>

#include "linnet/train/train_config.h"

namespace linnet::train {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

int CountWeights(const std::string& name) {
  Architecture architecture;
  EXPECT_TRUE(MakeArchitecture(name, 28, 28, 1.0, &architecture));
  int sum = 0;
  for (const Parameter& parameter : ParametersOf(architecture)) {
    int count = 1;
    for (int size : parameter.shape) count *= size;
    sum += count;
  }
  return sum;
}

TEST(Architecture, HasThePostersWeights) {
  EXPECT_EQ(CountWeights("dnn"), 784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10);
  EXPECT_EQ(CountWeights("cnn"), 25 * 16 + 16 + 25 * 16 * 32 + 32 + 25 * 32 * 64 + 64 + 1024 * 10 + 10);
}

TEST(Architecture, PoolsRoundUp_SoThatTheCnnEndsInFourByFour) {
  Architecture cnn;
  ASSERT_TRUE(MakeArchitecture("cnn", 28, 28, 1.0, &cnn));
  EXPECT_THAT(ParametersOf(cnn).at(6).shape, ElementsAre(4 * 4 * 64, 10));
}

TEST(Architecture, DropScaleHalvesWhatIsDropped) {
  Architecture cnn;
  ASSERT_TRUE(MakeArchitecture("cnn", 28, 28, 0.5, &cnn));
  std::vector<double> keep;
  for (const Layer& layer : cnn.layers) {
    if (layer.kind == LayerKind::kDropout) keep.push_back(layer.keep);
  }
  EXPECT_THAT(keep, ElementsAre(0.95, 0.875, 0.875, 0.75));
}

TEST(Architecture, TinyCnnHasAtMost32KilobytesOfWeights) { EXPECT_LE(CountWeights("tiny-cnn"), 32 * 1024); }

TEST(Architecture, StridesRoundUp_AndTheAverageLeavesOnePixel) {
  Architecture network;
  ASSERT_TRUE(MakeArchitecture("ds-cnn", 28, 28, 1.0, &network));
  Extent extent = InputOf(network);
  std::vector<int> heights;
  for (const Layer& layer : network.layers) {
    extent = After(layer, extent);
    if (layer.kind == LayerKind::kDepthwise || layer.kind == LayerKind::kGlobalAveragePool)
      heights.push_back(extent.height);
  }
  EXPECT_THAT(heights, ElementsAre(14, 14, 7, 7, 1));
  EXPECT_THAT(ParametersOf(network).at(2).shape, ElementsAre(3, 3, 32, 1));
}

TEST(TrainConfig, StagesAreWhatIsAskedFor) {
  const auto names = [](const TrainConfig& config) {
    std::vector<std::string> stages;
    const auto plan = MakePlan(config, 28, 28);
    if (!plan) return std::vector{plan.error().message};
    for (const Stage& stage : plan->recipe.stages) stages.push_back(stage.name);
    return stages;
  };
  TrainConfig config;
  EXPECT_THAT(names(config), ElementsAre("train"));
  config.prune = 0.8;
  config.qat = true;
  EXPECT_THAT(names(config), ElementsAre("train", "prune", "qat"));
  config.init = "checkpoint.bin";  // has been trained
  EXPECT_THAT(names(config), ElementsAre("prune", "qat"));
  config.prune = 0;
  config.qat = false;
  EXPECT_THAT(names(config), ElementsAre("train"));
  config.weights = "int4";  // needs quantisation-aware training
  EXPECT_THAT(names(config), ElementsAre("qat"));
  config.preset = "fast";
  EXPECT_THAT(names(config), ElementsAre("preset `fast` is not known; known are quick, best, poster"));
}

TEST(TrainConfig, WeightsAreInt4_InAllLayersOrInThoseNamed) {
  const auto bits = [](const std::string& weights) {
    TrainConfig config;
    config.weights = weights;
    const auto plan = MakePlan(config, 28, 28);
    if (!plan) return plan.error().message;
    std::string found;
    for (const Layer& layer : plan->architecture.layers) {
      if (layer.weighted()) found += layer.name + ":" + std::to_string(layer.weight_bits) + " ";
    }
    return found + plan->recipe.stages.back().name;
  };
  EXPECT_EQ(bits("int8"), "fc1:8 fc2:8 fc3:8 train");
  EXPECT_EQ(bits("int4"), "fc1:4 fc2:4 fc3:4 qat");
  EXPECT_EQ(bits("int4:fc3,fc1"), "fc1:4 fc2:8 fc3:4 qat");
  EXPECT_EQ(bits("int4:fc1,fc9"), "weights `int4:fc1,fc9`: no layer `fc9` has weights; there are fc1, fc2, fc3");
  EXPECT_EQ(bits("int4:"), "weights `int4:`: no layer `` has weights; there are fc1, fc2, fc3");
  EXPECT_EQ(bits("int4:fc1,,fc2"), "weights `int4:fc1,,fc2`: no layer `` has weights; there are fc1, fc2, fc3");
  EXPECT_EQ(bits("int2"),
            "weights `int2`: int8, int4 or int4: with names of layers was expected, such as int4:fc1,fc2");
}

TEST(TrainConfig, PosterPreset_IsThePostersRecipe) {
  TrainConfig config;
  config.preset = "poster";
  config.arch = "cnn";
  const auto plan = MakePlan(config, 28, 28);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->recipe.batch, 50);
  EXPECT_EQ(plan->recipe.stages.at(0).epochs, 100);
  EXPECT_TRUE(plan->recipe.stages.at(0).augmentation.none());
  std::vector<double> keep;
  for (const Layer& layer : plan->architecture.layers) {
    if (layer.kind == LayerKind::kDropout) keep.push_back(layer.keep);
  }
  EXPECT_THAT(keep, ElementsAre(0.9, 0.75, 0.75, 0.5));
}

TEST(TrainConfig, BestPreset_DropsNothing) {
  TrainConfig config;
  config.preset = "best";
  config.arch = "cnn";
  const auto plan = MakePlan(config, 28, 28);
  ASSERT_TRUE(plan);
  for (const Layer& layer : plan->architecture.layers) EXPECT_NE(layer.kind, LayerKind::kDropout) << layer.name;
}

TEST(TrainConfig, UnknownArchitecture_ListsTheKnownOnes) {
  TrainConfig config;
  config.arch = "rnn";
  const auto plan = MakePlan(config, 28, 28);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message,
            "architecture `rnn` is not known; known are dnn, cnn, ds-cnn, tiny-cnn, "
            "and those of a project file linnet.toml here or by --project");
}

TEST(TrainConfig, ClassesAreARangeOrOne) {
  int first = -1, last = -1;
  EXPECT_TRUE(ParseClasses("0-4", &first, &last));
  EXPECT_THAT((std::vector{first, last}), ElementsAre(0, 4));
  EXPECT_TRUE(ParseClasses("7", &first, &last));
  EXPECT_THAT((std::vector{first, last}), ElementsAre(7, 7));
  for (const char* wrong : {"", "4-0", "0-10", "a-b", "0-", "0,4"}) {
    EXPECT_FALSE(ParseClasses(wrong, &first, &last)) << wrong;
  }
}

}  // namespace
}  // namespace linnet::train
