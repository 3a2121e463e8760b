// Depthwise 2-D convolution. Weights stay as the graph has them, [kh * kw][in_c * multiplier].
#pragma once

#include <cstdint>

#include "linnet/kernels/elementwise.h"
#include "linnet/kernels/fully_connected.h"
#include "linnet/kernels/shapes.h"

namespace linnet::kernels {

// Where each tap of an output pixel starts in the input, or -1 outside the image.
inline void FindTaps(const ConvShape& s, int y_first, int x_first, int32_t* offsets) {
  for (int ky = 0; ky < s.kernel_h; ++ky) {
    const int y = y_first + ky * s.dilation_h;
    for (int kx = 0; kx < s.kernel_w; ++kx) {
      const int x = x_first + kx * s.dilation_w;
      const bool inside = y >= 0 && y < s.in_h && x >= 0 && x < s.in_w;
      *offsets++ = inside ? (y * s.in_w + x) * s.in_c : -1;
    }
  }
}

// `scratch` holds DepthwiseScratchBytes(shape), 4-byte aligned; bias has the zero point folded in over all taps.
template <typename T>
inline void DepthwiseConv2D(const DepthwiseShape& shape, const int8_t* input, const int8_t* weights,
                            const int32_t* bias, const int32_t* multipliers, const uint8_t* shifts, void* scratch,
                            int8_t* output) {
  const ConvShape& s = shape.conv;
  const int taps = s.kernel_h * s.kernel_w;
  const int fours = shape.multiplier == 1 ? s.out_c & ~3 : 0;  // channels that go four at once
  auto* const offsets = static_cast<int32_t*>(scratch);
  auto* const pad_row = reinterpret_cast<int8_t*>(offsets + taps);
  FillBytes(s.pad_value, s.in_c, pad_row);
  for (int oy = 0; oy < s.out_h; ++oy) {
    for (int ox = 0; ox < s.out_w; ++ox) {
      FindTaps(s, oy * s.stride_h - s.pad_top, ox * s.stride_w - s.pad_left, offsets);
      for (int c = 0; c < fours; c += 4) {
        uint32_t acc[4] = {};
        for (int tap = 0; tap < taps; ++tap) {
          const int8_t* const pixel = offsets[tap] >= 0 ? input + offsets[tap] : pad_row;
          T::MultiplyAdd4(pixel + c, weights + tap * s.out_c + c, acc);
        }
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
          output[c + i] =
              Finish<T>(static_cast<int32_t>(acc[i]) + bias[c + i], multipliers[c + i], shifts[c + i], s.stage);
        }
      }
      for (int c = fours; c < s.out_c; ++c) {
        const int in_channel = c / shape.multiplier;
        int32_t acc = bias[c];
        for (int tap = 0; tap < taps; ++tap) {
          const int8_t* const pixel = offsets[tap] >= 0 ? input + offsets[tap] : pad_row;
          acc += pixel[in_channel] * weights[tap * s.out_c + c];
        }
        output[c] = Finish<T>(acc, multipliers[c], shifts[c], s.stage);
      }
      output += s.out_c;
    }
  }
}

}  // namespace linnet::kernels
