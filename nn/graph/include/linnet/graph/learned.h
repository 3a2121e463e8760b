// What a learned range means: the arithmetic of TensorFlow's tf.quantization.fake_quant_with_min_max_vars, in float as
// TensorFlow's kernels compute it, so that a network keeps the steps it was trained with. Host only; pure functions.
#pragma once

#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"

namespace linnet::graph {

inline constexpr int kLearnedBitsMin = 2;
inline constexpr int kLearnedBitsMax = 16;

// A range moved so that zero falls on a step: real = scale * (step - zero_step), steps first_step..last_step, the first 0, or 1
// where the range is narrow.
struct Steps {
  float scale = 0;  // 0 where the range is 0..0: all values are zero
  int first_step = 0;
  int last_step = 255;
  int zero_step = 0;
};

// scale = (max - min) / (last - first); zero_step = first - min / scale, rounded half away from zero, clamped to the steps.
// REQUIRES: CheckLearned accepts the range, i < learned.min.size().
Steps StepsOf(const Learned& learned, size_t i = 0);

// The value on its step: clamped to the range, then floor((value - first) / scale + 0.5) steps above its first. Halves go up.
float FakeQuantize(float value, const Steps& steps);

// Pairs of finite numbers with min < max or both 0, of equal number above 0; bits in kLearnedBitsMin..Max.
//   kInvalidArgument: anything else; the message says which
Outcome<void> CheckLearned(const Learned& learned);

}  // namespace linnet::graph
