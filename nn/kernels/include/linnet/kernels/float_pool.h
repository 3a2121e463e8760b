// Float pools, sums and means. Taps outside the image count in neither pool; sums take the elements in the order of the input.
#pragma once

#include "linnet/kernels/float_conv.h"
#include "linnet/kernels/pool.h"
#include "linnet/kernels/reduce.h"

namespace linnet::kernels {

struct FloatPoolShape {
  PoolShape pool = {};
  FloatClamp clamp = {};
};

template <bool kMax>
[[gnu::noinline]] void FloatPool(const FloatPoolShape& shape, const float* input, float* output) {
  const PoolShape& s = shape.pool;
  for (int oy = 0; oy < s.out_h; ++oy) {
    for (int ox = 0; ox < s.out_w; ++ox) {
      const PoolWindow w = ClipWindow(s, oy, ox);
      const auto taps = static_cast<float>((w.y_last - w.y_first) * (w.x_last - w.x_first));
      for (int c = 0; c < s.channels; ++c) {
        float value = kMax ? input[(w.y_first * s.in_w + w.x_first) * s.channels + c] : 0.0F;
        for (int y = w.y_first; y < w.y_last; ++y) {
          const float* tap = input + (y * s.in_w + w.x_first) * s.channels + c;
          for (int x = w.x_first; x < w.x_last; ++x, tap += s.channels)
            value = kMax ? (*tap > value ? *tap : value) : value + *tap;
        }
        *output++ = Clamped(shape.clamp, kMax ? value : value / taps);
      }
    }
  }
}

// Sums divided by `divisor`; 1 leaves them as they are.
[[gnu::noinline]] inline void FloatReduce(const ReduceShape& s, float divisor, const float* input, float* output) {
  int at[kReduceDimensions] = {0, 0, 0};
  for (;;) {
    for (int i = 0; i < s.inner; ++i) {
      float sum = 0.0F;
      for (int o = 0; o < s.outer; ++o) {
        for (int y = 0; y < s.rows; ++y) {
          const float* x = input + i + o * s.outer_step + y * s.row_step;
          for (int k = 0; k < s.columns; ++k, x += s.column_step) sum = sum + *x;
        }
      }
      *output++ = sum / divisor;
    }
    int d = s.kept - 1;
    for (; d >= 0; --d) {
      input += s.kept_steps[d];
      if (++at[d] < s.kept_counts[d]) break;
      input -= s.kept_steps[d] * s.kept_counts[d];
      at[d] = 0;
    }
    if (d < 0) return;
  }
}

}  // namespace linnet::kernels
