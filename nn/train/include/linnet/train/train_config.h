// What a training run is told, and the recipe that a preset gives for it.
#pragma once

#include <string>

#include "linnet/base/error.h"
#include "linnet/train/architecture.h"
#include "linnet/train/trainer.h"

namespace linnet::train {

struct TrainConfig {
  std::string data = "mnist";
  std::string arch = "dnn";
  std::string out;
  std::string init;     // a checkpoint to start from; empty: random weights
  int first_class = 0;  // trained and chosen on these classes only; the network has ten outputs all the same
  int last_class = 9;
  int epochs = 0;  // 0: what the preset says
  uint64_t seed = 1;
  int limit = 0;  // only so many training images, for a quick try; 0: all
};

struct Plan {
  Architecture architecture;
  Recipe recipe;
};

// The quick preset for images of this size: AdamW with one cycle, batch 128, light affine distortion, dropouts that drop
// half as often as the poster's.
//   kInvalidArgument: an unknown architecture
Outcome<Plan> MakePlan(const TrainConfig& config, int height, int width);

// "0-4" or "7": kInvalidArgument when it is no such range within 0-9.
Outcome<void> ParseClasses(const std::string& text, int* first, int* last);

}  // namespace linnet::train
