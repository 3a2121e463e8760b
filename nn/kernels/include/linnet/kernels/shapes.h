// What a kernel must know of its layer: plain integers, known when code is generated. Layout is NHWC, batch 1.
#pragma once

#include <cstdint>

namespace linnet::kernels {

// What becomes of an accumulator: clamp(zero_point + round(acc * multiplier / 2^shift), lo, hi).
struct OutputStage {
  int32_t zero_point = 0;
  int32_t lo = -128;
  int32_t hi = 127;
};

struct FullyConnectedShape {
  int inputs = 0;
  int outputs = 0;
  OutputStage stage = {};
};

// Pads hold pad_value, the input's zero point: the bias has -zero_point * sum(weights) folded in for all taps.
struct ConvShape {
  int in_h = 0, in_w = 0, in_c = 0;
  int out_h = 0, out_w = 0, out_c = 0;
  int kernel_h = 0, kernel_w = 0;
  int stride_h = 1, stride_w = 1;
  int dilation_h = 1, dilation_w = 1;
  int pad_top = 0, pad_left = 0;
  int8_t pad_value = 0;
  OutputStage stage = {};
};

// Output channel c reads input channel c / multiplier.
struct DepthwiseShape {
  ConvShape conv = {};
  int multiplier = 1;
};

struct PoolShape {
  int in_h = 0, in_w = 0, channels = 0;
  int out_h = 0, out_w = 0;
  int kernel_h = 0, kernel_w = 0;
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0;
  int32_t lo = -128, hi = 127;  // a fused activation
};

// Working memory of a kernel, from the arena, 4-byte aligned.
constexpr int RoundUp4(int n) { return (n + 3) & ~3; }
constexpr bool NeedsPatch(const ConvShape& s) {
  return s.kernel_h != 1 || s.kernel_w != 1 || s.pad_top != 0 || s.pad_left != 0 ||
         (s.out_h - 1) * s.stride_h >= s.in_h || (s.out_w - 1) * s.stride_w >= s.in_w;
}
// One output pixel's taps side by side.
constexpr int ConvScratchBytes(const ConvShape& s) {
  return NeedsPatch(s) ? RoundUp4(s.kernel_h * s.kernel_w * s.in_c) : 0;
}
// The offset of each tap, and a row of pad values for taps outside the image.
constexpr int DepthwiseScratchBytes(const DepthwiseShape& s) {
  return s.conv.kernel_h * s.conv.kernel_w * 4 + RoundUp4(s.conv.in_c);
}

}  // namespace linnet::kernels
