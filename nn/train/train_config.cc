#include "linnet/train/train_config.h"

namespace linnet::train {

Outcome<Plan> MakePlan(const TrainConfig& config, int height, int width) {
  Plan plan;
  if (!MakeArchitecture(config.arch, height, width, 0.5, &plan.architecture)) {
    return Fail(Status::kInvalidArgument, "architecture `" + config.arch + "` is not known; known are dnn, cnn");
  }
  plan.recipe.epochs = config.arch == "cnn" ? 5 : 10;
  if (config.epochs > 0) plan.recipe.epochs = config.epochs;
  plan.recipe.batch = 128;
  plan.recipe.learning_rate = 0.004;
  plan.recipe.augmentation = {6.0f, 0.06f, 1.2f};
  plan.recipe.seed = config.seed;
  return plan;
}

Outcome<void> ParseClasses(const std::string& text, int* first, int* last) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool one = text.size() == 1 && digit(text[0]);
  const bool range = text.size() == 3 && digit(text[0]) && text[1] == '-' && digit(text[2]) && text[0] <= text[2];
  if (!one && !range) {
    return Fail(Status::kInvalidArgument, "classes `" + text + "`: a range within 0-9 was expected, such as 0-4");
  }
  *first = text.front() - '0';
  *last = text.back() - '0';
  return {};
}

}  // namespace linnet::train
