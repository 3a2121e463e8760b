// 2-D convolution: the taps of one output pixel are laid side by side, then it is a matrix-vector product. A 1x1
// convolution without padding reads its pixels where they are.
#pragma once

#include <cstdint>

#include "linnet/kernels/elementwise.h"
#include "linnet/kernels/fully_connected.h"
#include "linnet/kernels/shapes.h"

namespace linnet::kernels {

// One row of taps: pad values left of the image, the run inside it, pad values right of it.
inline int8_t* GatherRow(const ConvShape& s, const int8_t* row, int x_first, int8_t* patch) {
  const int count = s.kernel_w * s.in_c;
  if (s.dilation_w == 1 && x_first >= 0 && x_first + s.kernel_w <= s.in_w) {
    CopyBytes(row + x_first * s.in_c, count, patch);
    return patch + count;
  }
  for (int kx = 0; kx < s.kernel_w; ++kx) {
    const int x = x_first + kx * s.dilation_w;
    if (x >= 0 && x < s.in_w) {
      CopyBytes(row + x * s.in_c, s.in_c, patch);
    } else {
      FillBytes(s.pad_value, s.in_c, patch);
    }
    patch += s.in_c;
  }
  return patch;
}

inline void GatherPatch(const ConvShape& s, const int8_t* input, int y_first, int x_first, int8_t* patch) {
  for (int ky = 0; ky < s.kernel_h; ++ky) {
    const int y = y_first + ky * s.dilation_h;
    if (y >= 0 && y < s.in_h) {
      patch = GatherRow(s, input + y * s.in_w * s.in_c, x_first, patch);
    } else {
      FillBytes(s.pad_value, s.kernel_w * s.in_c, patch);
      patch += s.kernel_w * s.in_c;
    }
  }
}

// Weights [kh * kw * in_c][out_c], packed; bias has the input's zero point folded in over all taps, pads included.
// `scratch` holds ConvScratchBytes(shape).
template <typename T, Packing kPacking>
inline void Conv2D(const ConvShape& shape, const int8_t* input, const int8_t* weights, const int32_t* bias,
                   const int32_t* multipliers, const uint8_t* shifts, int8_t* scratch, int8_t* output) {
  const int taps = shape.kernel_h * shape.kernel_w * shape.in_c;
  const bool patched = NeedsPatch(shape);
  for (int oy = 0; oy < shape.out_h; ++oy) {
    for (int ox = 0; ox < shape.out_w; ++ox) {
      const int y = oy * shape.stride_h - shape.pad_top;
      const int x = ox * shape.stride_w - shape.pad_left;
      if (patched) GatherPatch(shape, input, y, x, scratch);
      const int8_t* const pixels = patched ? scratch : input + (y * shape.in_w + x) * shape.in_c;
      MultiplyVector<T, kPacking>(pixels, taps, shape.out_c, weights, bias, multipliers, shifts, shape.stage, output);
      output += shape.out_c;
    }
  }
}

}  // namespace linnet::kernels
