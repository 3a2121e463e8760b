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

struct Recipe {
  int epochs = 10;
  int batch = 128;
  double learning_rate = 0.004;  // the peak of the one-cycle schedule
  double weight_decay = 0.01;    // AdamW's
  Affine augmentation;
  uint64_t seed = 1;
};

struct EpochReport {
  int epoch = 0;  // from 1
  int epochs = 0;
  double loss = 0;  // mean cross entropy over the epoch, of the distorted images
  double validation_accuracy = 0;
  double images_per_second = 0;
  bool best = false;  // so far, on the validation images
};

struct Progress {
  std::function<void(int epoch, int done_images, int all_images, double loss)> on_batch;
  std::function<void(const EpochReport&)> on_epoch;
};

struct Trained {
  std::vector<Parameter> parameters;  // of the epoch that answers most validation images right; of two the later
  int best_epoch = 0;
  double validation_accuracy = 0;
};

// Trains from `start` (as ParametersOf names and shapes them) or, where it is empty, from random weights of the seed.
// One thread; the same arguments give the same parameters bit by bit on the same machine and libraries.
// Returns false with a sentence in *error when LibTorch fails or the loss is no number any more.
bool Train(const Architecture& architecture, const Recipe& recipe, const ImageView& train, const ImageView& validation,
           const std::vector<Parameter>& start, const Progress& progress, Trained* trained, std::string* error);

// The class with the largest output for each image, by LibTorch in float.
// Returns false with a sentence in *error when LibTorch fails.
bool Classify(const Architecture& architecture, const std::vector<Parameter>& parameters, const ImageView& images,
              std::vector<uint8_t>* answers, std::string* error);

}  // namespace linnet::train
