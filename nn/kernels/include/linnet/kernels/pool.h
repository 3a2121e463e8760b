// Max and average pool. Taps outside the image count in neither; scale and zero point stay as they are.
#pragma once

#include <cstdint>

#include "linnet/kernels/elementwise.h"
#include "linnet/kernels/dsp.h"
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

// Four channels at a time. REQUIRES: every window meets the image.
template <typename T>
[[gnu::noinline]] void MaxPool(const PoolShape& s, const int8_t* input, int8_t* output) {
  const int fours = s.channels & ~3;
  for (int oy = 0; oy < s.out_h; ++oy) {
    for (int ox = 0; ox < s.out_w; ++ox) {
      const PoolWindow w = ClipWindow(s, oy, ox);
      const int row_bytes = s.in_w * s.channels;
      const int8_t* const corner = input + w.y_first * row_bytes + w.x_first * s.channels;
      for (int c = 0; c < fours; c += 4) {
        uint32_t best = 0x80808080U;
        const int8_t* row = corner + c;
        for (int y = w.y_first; y < w.y_last; ++y) {
          const int8_t* pixel = row;
          for (int x = w.x_first; x < w.x_last; ++x) {
            best = T::Max4(best, pixel);
            pixel += s.channels;
          }
          row += row_bytes;
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
  const int count = s.out_h * s.out_w * s.channels;
  if (s.lo > -128 || s.hi < 127) Clamp(count, s.lo, s.hi, output - count, output - count);
}

// The sums of four neighbouring channels over `rows` x `columns` pixels, two 16-bit lanes an instruction. 256 taps of -128 are
// what a lane holds, so longer rows are taken in parts and the lanes are emptied in between.
[[gnu::noinline]] inline void SumFourChannels(const int8_t* row, int rows, int row_step, int columns, int column_step,
                                              int32_t* sums) {
  uint32_t even = 0, odd = 0;
  int room = 256;
  int32_t a = 0, b = 0, c = 0, d = 0;
  for (; rows > 0; --rows, row += row_step) {
    const int8_t* pixel = row;
    int left = columns;
    while (left > 0) {
      int part = left < room ? left : room;
      left -= part;
      room -= part;
      for (; part > 0; --part, pixel += column_step) {
        const uint32_t word = dsp::LoadWord(pixel);
        even = dsp::Sxtab16(even, word);
        odd = dsp::Sxtab16Ror8(odd, word);
      }
      if (room == 0) {
        a += dsp::Bottom(even), b += dsp::Bottom(odd), c += dsp::Top(even), d += dsp::Top(odd);
        even = odd = 0;
        room = 256;
      }
    }
  }
  sums[0] = a + dsp::Bottom(even);
  sums[1] = b + dsp::Bottom(odd);
  sums[2] = c + dsp::Top(even);
  sums[3] = d + dsp::Top(odd);
}

[[gnu::noinline]] inline int32_t SumOneChannel(const int8_t* row, int rows, int row_step, int columns,
                                               int column_step) {
  int32_t sum = 0;
  for (; rows > 0; --rows, row += row_step) {
    const int8_t* pixel = row;
    for (int x = 0; x < columns; ++x, pixel += column_step) sum += *pixel;
  }
  return sum;
}

// Halves away from zero, as TensorFlow Lite rounds.
inline int32_t RoundedAverage(int32_t sum, int32_t count) {
  return (sum >= 0 ? sum + count / 2 : sum - count / 2) / count;
}

// The sum divided by the taps inside the image.
[[gnu::noinline]] inline void AveragePool(const PoolShape& s, const int8_t* input, int8_t* output) {
  const int row_bytes = s.in_w * s.channels;
  for (int oy = 0; oy < s.out_h; ++oy) {
    for (int ox = 0; ox < s.out_w; ++ox) {
      const PoolWindow w = ClipWindow(s, oy, ox);
      const int rows = w.y_last - w.y_first, columns = w.x_last - w.x_first;
      const int8_t* corner = input + w.y_first * row_bytes + w.x_first * s.channels;
      int left = s.channels;
      for (; left >= 4; left -= 4, corner += 4) {
        int32_t sums[4];
        SumFourChannels(corner, rows, row_bytes, columns, s.channels, sums);
#pragma GCC unroll 1
        for (int i = 0; i < 4; ++i) *output++ = static_cast<int8_t>(RoundedAverage(sums[i], rows * columns));
      }
      for (; left > 0; --left, ++corner) {
        const int32_t sum = SumOneChannel(corner, rows, row_bytes, columns, s.channels);
        *output++ = static_cast<int8_t>(RoundedAverage(sum, rows * columns));
      }
    }
  }
  const int count = s.out_h * s.out_w * s.channels;
  if (s.lo > -128 || s.hi < 127) Clamp(count, s.lo, s.hi, output - count, output - count);
}

}  // namespace linnet::kernels
