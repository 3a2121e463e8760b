// What a kernel must know of its layer: plain integers, known when code is generated. Layout is NHWC, batch 1.
#pragma once

#include <cstdint>

#include "linnet/kernels/rescale.h"

namespace linnet::kernels {

struct FullyConnectedShape {
  int inputs = 0;
  int outputs = 0;
  OutputStage stage = {};
};

struct PoolShape {
  int in_h = 0, in_w = 0, channels = 0;
  int out_h = 0, out_w = 0;
  int kernel_h = 0, kernel_w = 0;
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0;
  int32_t lo = -128, hi = 127;  // a fused activation
};

constexpr int RoundUp4(int n) { return (n + 3) & ~3; }

}  // namespace linnet::kernels
