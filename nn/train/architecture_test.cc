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

TEST(TrainConfig, UnknownArchitecture_ListsTheKnownOnes) {
  TrainConfig config;
  config.arch = "rnn";
  const auto plan = MakePlan(config, 28, 28);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message, "architecture `rnn` is not known; known are dnn, cnn");
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
