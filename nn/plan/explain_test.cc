#include "linnet/plan/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linnet::plan {
namespace {

using testing::HasSubstr;
using testing::Not;

// in (784) -> conv (12,544, with working memory) -> pool (3,136) -> add with `in` -> out (10)
Plan SmallPlan() {
  Plan plan;
  plan.layer_names = {"conv", "pool", "join"};
  plan.arena_bytes = plan.lower_bound_bytes = 16464;
  plan.live_bytes = {14128, 16464, 3932};
  plan.holdings = {{Role::kInput, "in", 0, 784, -1, 2},
                   {Role::kTensor, "conv", 784, 12544, 0, 1},
                   {Role::kScratch, "conv", 13328, 800, 0, 0},
                   {Role::kTensor, "pool", 13328, 3136, 1, 2},
                   {Role::kOutput, "out", 784, 10, 2, 3}};
  return plan;
}

TEST(TimelineText, ShowsWhoHoldsWhichBytesLayerByLayer) {
  const std::string text = TimelineText(SmallPlan());
  EXPECT_THAT(text, HasSubstr("memory of 16,464 bytes in all"));
  EXPECT_THAT(text,
              HasSubstr("conv     14,128 |aabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbccc.......| a input in 784, b conv "
                        "12,544, c working memory 800\n"));
  EXPECT_THAT(text, HasSubstr("c pool 3,136\n"));
  EXPECT_THAT(text, HasSubstr("output out 10"));
}

TEST(ExplainExcess, NamesTheLayersTheHoldersAndTheWayOut) {
  const std::string text = ExplainExcess(SmallPlan(), 10000);
  EXPECT_THAT(text, HasSubstr("needs 16,464 bytes of RAM, 6,464 more than the 10,000 allowed"));
  EXPECT_THAT(text, HasSubstr("layer 'pool': 16,464 bytes, 6,464 over\n          784 input in\n       12,544 conv"));
  EXPECT_THAT(text, HasSubstr("layer 'conv': 14,128 bytes, 4,128 over"));
  EXPECT_THAT(text, Not(HasSubstr("'join'")));
  EXPECT_THAT(text, HasSubstr("The cheapest way out: conv would have to shrink from 12,544 to 6,080 bytes"));
}

TEST(ExplainExcess, ATensorThatOnlyWaitsIsTheCheapestWayOut) {
  EXPECT_THAT(ExplainExcess(SmallPlan(), 16000),
              HasSubstr("input in (784 bytes) only waits there, from the start to 'join'"));
}

TEST(ExplainExcess, SaysWhenOnlyThePlacesAreToBlame) {
  Plan plan = SmallPlan();
  plan.arena_bytes = 17000;
  EXPECT_THAT(ExplainExcess(plan, 16500), HasSubstr("536 bytes are lost between tensors"));
}

}  // namespace
}  // namespace linnet::plan
