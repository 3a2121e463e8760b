// How a stage's rates run over its steps. C++17, see architecture.h.
#pragma once

#include <cstdint>
#include <vector>

#include "linnet/train/trainer.h"

namespace linnet::train {

struct Rates {
  double learning_rate = 0;
  double beta1 = 0.9;
};

// `at`: 0 at the stage's first step, below 1 at its last.
// One cycle (Smith, Topin 2017): up to the peak over the first quarter, then down to almost nothing, both along a cosine;
// beta1 runs the other way. Constant: the peak, and 0.9.
Rates ScheduleOf(const Stage& stage, double at);

// The share of weights to be zero by then: from 0 to stage.prune along a cubic (Zhu, Gupta 2017) over the first part of the
// stage, then stage.prune: what is left of the stage is fine-tuning.
inline constexpr double kPruningPart = 0.5;
double PrunedShare(const Stage& stage, double at);

// A permutation of 0..count-1 that the seed and the epoch's key name.
std::vector<int> ShuffledOrder(int count, uint64_t seed, uint64_t epoch_key);

}  // namespace linnet::train
