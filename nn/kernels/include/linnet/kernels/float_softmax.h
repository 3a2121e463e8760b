// Float softmax and its logarithm over rows: the greatest element is taken away first, sums run from the first element on. May work
// in place.
#pragma once

#include "linnet/kernels/float_math.h"

namespace linnet::kernels {

inline float FloatRowMax(const float* row, int count) {
  float max = row[0];
  for (int i = 1; i < count; ++i) max = row[i] > max ? row[i] : max;
  return max;
}

// e[i] / sum of e, e[i] = exp((x[i] - max) * beta).
[[gnu::noinline]] inline void FloatSoftmax(int rows, int count, float beta, const float* input, float* output) {
  for (int row = 0; row < rows; ++row, input += count, output += count) {
    const float max = FloatRowMax(input, count);
    float sum = 0.0F;
    for (int i = 0; i < count; ++i) {
      output[i] = FloatExp((input[i] - max) * beta);
      sum = sum + output[i];
    }
    for (int i = 0; i < count; ++i) output[i] = output[i] / sum;
  }
}

// (x[i] - max) - log(sum of exp(x - max)).
[[gnu::noinline]] inline void FloatLogSoftmax(int rows, int count, const float* input, float* output) {
  for (int row = 0; row < rows; ++row, input += count, output += count) {
    const float max = FloatRowMax(input, count);
    float sum = 0.0F;
    for (int i = 0; i < count; ++i) sum = sum + FloatExp(input[i] - max);
    const float log = FloatLog(sum);
    for (int i = 0; i < count; ++i) output[i] = (input[i] - max) - log;
  }
}

}  // namespace linnet::kernels
