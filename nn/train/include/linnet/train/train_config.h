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
  std::string project;  // the project file to look for `arch` in first; empty: linnet.toml, where there is one
  std::string preset = "quick";
  std::string out;
  std::string init;     // a checkpoint to start from; empty: random weights
  int first_class = 0;  // trained and chosen on these classes only; the network has ten outputs all the same
  int last_class = 9;
  uint64_t seed = 1;
  int limit = 0;  // only so many training images, for a quick try; 0: all

  bool qat = false;
  std::string weights = "int8";  // or "int4", or "int4:fc1,fc2" for layers by name; int4 includes qat
  double prune = 0;              // the share of weights that become zero, below 1

  // Instead of the preset's, where they aren't 0 or empty.
  int epochs = 0;            // of the first stage
  int fine_tune_epochs = 0;  // of each stage after it
  int batch = 0;
  double learning_rate = 0;
  std::string augment;  // "none", "light", "full"
};

struct Plan {
  Architecture architecture;
  Recipe recipe;
};

// The recipe: a stage that trains (left out where a checkpoint is the start and pruning or quantisation is asked for), then one
// that prunes, then one that rounds.
//   quick   AdamW, one cycle, batch 128, light distortion, dropouts that drop half as often as the poster's, convolutions with
//           batch normalisation that is folded away in the end: meets the time bars
//   best    the same for longer with more distortion and no dropout, which batch normalisation and distortion make needless:
//           meets the accuracy bars
//   poster  the poster's: 100 epochs, batch 50, its dropouts, a constant rate
// Fashion-MNIST's garments are mirrored and shifted, not turned.
//   kInvalidArgument: an unknown preset, architecture or value; the message lists what is known | as ReadProjectNetwork
Outcome<Plan> MakePlan(const TrainConfig& config, int height, int width);

// "0-4" or "7": kInvalidArgument when it is no such range within 0-9.
Outcome<void> ParseClasses(const std::string& text, int* first, int* last);

// What decides what is trained, as one line of JSON: a run is resumed only under the same. images: data::DigestOf.
std::string Fingerprint(const TrainConfig& config, const std::string& images, const Plan& plan);

}  // namespace linnet::train
