// The narrow interface to LibTorch: plain numbers in, plain numbers out. C++17, see architecture.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "linnet/train/architecture.h"
#include "linnet/train/augment.h"

namespace linnet::train {

// Borrowed: `count` images of the architecture's size and their labels.
struct ImageView {
  const uint8_t* pixels = nullptr;
  const uint8_t* labels = nullptr;
  int count = 0;
};

// A run is a chain of stages; each begins with the best weights of the one before, with a schedule and an AdamW of its own.
// What a stage switched on (pruned weights, quantisation) stays on in those that follow.
struct Stage {
  std::string name;  // "train", "prune", "qat"
  int epochs = 10;
  double learning_rate = 0.004;  // the peak of the one-cycle schedule
  bool one_cycle = true;         // otherwise constant
  Augmentation augmentation;
  double prune = 0;      // the share of each pruned layer's weights that are zero in the end; 0: none are forced
  bool rounded = false;  // weights (to their layer's weight_bits) and activations, as the compiler will round them
};

struct Recipe {
  int batch = 128;
  double weight_decay = 0.01;  // AdamW's
  uint64_t seed = 1;
  std::vector<Stage> stages;
};

struct EpochReport {
  std::string stage;
  int epoch = 0;  // from 1, within the stage
  int epochs = 0;
  double loss = 0;  // mean cross entropy over the epoch, of the distorted images
  double validation_accuracy = 0;
  double learning_rate = 0;  // of the epoch's last step
  double images_per_second = 0;
  bool best = false;  // of the stage so far, on the validation images
};

// Where a run stands between two epochs: all that the next epoch depends on.
struct TrainerState {
  int stage = 0;                   // that is being trained, from 0
  int epoch = 0;                   // of it, how many are done
  int steps = 0;                   // AdamW's, of this stage
  std::vector<Parameter> tensors;  // weights, moments, masks, ranges
  std::vector<Parameter> best;     // tensors of the stage's best epoch; empty before the first that counts
  int best_epoch = 0;
  double best_accuracy = -1;
  std::vector<EpochReport> history;
};

// What quantisation-aware training learned, for the compiler to take as it is.
struct ValueRange {
  float min = 0, max = 0;
};
struct Learned {
  bool any = false;  // false: nothing was learned
  ValueRange input;
  std::vector<ValueRange> outputs;  // one a layer: of its output where the layer makes new values, else {0, 0}
  std::vector<std::vector<float>> weight_scales;  // one a layer, one an output channel; empty where it has no weights
};

struct Progress {
  std::function<void(const std::string& stage, int epoch, int epochs, int done_images, int all_images, double loss)>
      on_batch;
  std::function<void(const EpochReport&)> on_epoch;
  // After each epoch. Returns false to stop the run: Train fails then with *error as the callee set it.
  std::function<bool(const TrainerState&, std::string* error)> on_state;
};

struct Trained {
  Architecture architecture;  // without batch normalisation, which is folded into the weights
  std::vector<Parameter>
      parameters;   // of the last stage's epoch that answers most validation images right; of two the later
  Learned learned;  // where a stage is rounded; the weights then lie on their scales' steps
  int best_epoch = 0;
  double validation_accuracy = 0;
  std::vector<EpochReport> history;
};

// What a run begins with.
struct Start {
  std::vector<Parameter>
      parameters;       // as ParametersOf names and shapes them, batch normalisation folded; empty: random
  bool pruned = false;  // weights that are zero stay so
};

// Trains from `start`, or goes on from `state` as if it had never stopped. One thread; the same arguments give the same parameters
// bit by bit on the same machine and libraries.
// Returns false with a sentence in *error when LibTorch fails, the loss is no number any more, or on_state says so.
bool Train(const Architecture& architecture, const Recipe& recipe, const ImageView& train, const ImageView& validation,
           const Start& start, const TrainerState* state, const Progress& progress, Trained* trained,
           std::string* error);

// The class with the largest output for each image, by LibTorch in float; with `learned` rounded as it was trained.
// Returns false with a sentence in *error when LibTorch fails.
bool Classify(const Architecture& architecture, const std::vector<Parameter>& parameters, const Learned* learned,
              const ImageView& images, std::vector<uint8_t>* answers, std::string* error);

}  // namespace linnet::train
