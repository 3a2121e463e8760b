// Max and average pool. Taps outside the image count in neither; scale and zero point stay as they are.
#pragma once

#include <cstdint>

#include "linnet/kernels/shapes.h"

namespace linnet::kernels {

// The part of a window that lies inside the image: rows y_first..y_last-1, columns x_first..x_last-1.
struct PoolWindow {
  int y_first, y_last, x_first, x_last;
};
inline PoolWindow ClipWindow(const PoolShape& s, int oy, int ox) {
  const int y = oy * s.stride_h - s.pad_top;
  const int x = ox * s.stride_w - s.pad_left;
  return {y > 0 ? y : 0, y + s.kernel_h < s.in_h ? y + s.kernel_h : s.in_h, x > 0 ? x : 0,
          x + s.kernel_w < s.in_w ? x + s.kernel_w : s.in_w};
}

// REQUIRES: every window meets the image.
template <typename T>
inline void MaxPool(const PoolShape& s, const int8_t* input, int8_t* output) {
  const int fours = s.channels & ~3;
  for (int oy = 0; oy < s.out_h; ++oy) {
    for (int ox = 0; ox < s.out_w; ++ox) {
      const PoolWindow w = ClipWindow(s, oy, ox);
      for (int c = 0; c < fours; c += 4) {
        uint32_t best = 0x80808080U;
        for (int y = w.y_first; y < w.y_last; ++y) {
          const int8_t* pixel = input + (y * s.in_w + w.x_first) * s.channels + c;
          for (int x = w.x_first; x < w.x_last; ++x) {
            best = T::Max4(best, pixel);
            pixel += s.channels;
          }
        }
        __builtin_memcpy(output + c, &best, 4);
      }
      for (int c = fours; c < s.channels; ++c) {
        int8_t best = -128;
        for (int y = w.y_first; y < w.y_last; ++y) {
          for (int x = w.x_first; x < w.x_last; ++x) {
            const int8_t value = input[(y * s.in_w + x) * s.channels + c];
            if (value > best) best = value;
          }
        }
        output[c] = best;
      }
      output += s.channels;
    }
  }
}

// The sum divided by the taps inside the image, halves away from zero, as TensorFlow Lite rounds.
inline void AveragePool(const PoolShape& s, const int8_t* input, int8_t* output) {
  for (int oy = 0; oy < s.out_h; ++oy) {
    for (int ox = 0; ox < s.out_w; ++ox) {
      const PoolWindow w = ClipWindow(s, oy, ox);
      const int32_t count = (w.y_last - w.y_first) * (w.x_last - w.x_first);
      for (int c = 0; c < s.channels; ++c) {
        int32_t sum = 0;
        for (int y = w.y_first; y < w.y_last; ++y) {
          for (int x = w.x_first; x < w.x_last; ++x) sum += input[(y * s.in_w + x) * s.channels + c];
        }
        *output++ = static_cast<int8_t>(sum >= 0 ? (sum + count / 2) / count : (sum - count / 2) / count);
      }
    }
  }
}

}  // namespace linnet::kernels
