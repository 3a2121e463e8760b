// A convolution and the max pool behind it, a pooled row at a time: only the convolution's rows under one pooling window are
// ever in memory, never the whole picture between the two.
#pragma once

#include <cstdint>

#include "linnet/kernels/conv.h"

namespace linnet::kernels {

struct PoolGeometry {
  int out_h = 0, out_w = 0;
  int kernel_h = 1, kernel_w = 1;
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0;
  bool operator==(const PoolGeometry&) const = default;
};

struct ConvPoolKind {
  ConvKind conv = {};
  PoolGeometry pool = {};

  constexpr int RowBytes() const { return (conv.g.out_w * conv.g.out_c + 3) / 4 * 4; }
  constexpr int RowsBytes() const { return pool.kernel_h * RowBytes(); }
  constexpr int ScratchBytes() const { return conv.ScratchBytes() + RowsBytes(); }
};

// The convolution's rows [first, last) under pooled row `py`, those outside the picture left out.
constexpr int FirstPooledRow(const PoolGeometry& p, int py) {
  const int y = py * p.stride_h - p.pad_top;
  return y < 0 ? 0 : y;
}
constexpr int LastPooledRow(const ConvGeometry& g, const PoolGeometry& p, int py) {
  const int y = py * p.stride_h - p.pad_top + p.kernel_h;
  return y < g.out_h ? y : g.out_h;
}

// One pooled row from the rows [first, last), which stand in slots y % kernel_h of `rows`.
template <typename T, ConvPoolKind kKind>
[[gnu::noinline]] void PoolRows(const int8_t* rows, int first, int last, int8_t* output) {
  constexpr int kC = kKind.conv.g.out_c;
  constexpr PoolGeometry kP = kKind.pool;
  for (int px = 0; px < kP.out_w; ++px) {
    const int x = px * kP.stride_w - kP.pad_left;
    const int x_first = x < 0 ? 0 : x;
    const int x_last = x + kP.kernel_w < kKind.conv.g.out_w ? x + kP.kernel_w : kKind.conv.g.out_w;
    for (int c = 0; c < kC; c += 4) {
      uint32_t best = 0x80808080U;
      for (int y = first; y < last; ++y) {
        const int8_t* pixel = rows + y % kP.kernel_h * kKind.RowBytes() + x_first * kC + c;
        for (int i = x_first; i < x_last; ++i) {
          best = T::Max4(best, pixel);
          pixel += kC;
        }
      }
      if (kC % 4 == 0 || c + 4 <= kC) {
        __builtin_memcpy(output + c, &best, 4);
      } else {
        for (int i = 0; i < kC - c; ++i) output[c + i] = static_cast<int8_t>(best >> (8 * i));
      }
    }
    output += kC;
  }
}

// As Conv2D; `scratch` holds kKind.ScratchBytes(). REQUIRES: every pooling window meets the picture; out_c % 4 == 0, so that
// four channels are always whole.
template <typename T, ConvPoolKind kKind>
inline void ConvMaxPool(const ConvLayer& layer, const int8_t* input, const int8_t* weights, const Channel* channels,
                        void* scratch, int8_t* output) {
  constexpr ConvGeometry kG = kKind.conv.g;
  auto* const rows = static_cast<int8_t*>(scratch) + kG.WindowBytes();
  auto* const unpacked = reinterpret_cast<dsp::Word*>(rows + kKind.RowsBytes());
  InputWindow<kG> window(static_cast<uint32_t*>(scratch), input, layer.input_zero_point);
  int next = 0;  // the next row of the convolution
  for (int py = 0; py < kKind.pool.out_h; ++py) {
    const int first = FirstPooledRow(kKind.pool, py);
    const int last = LastPooledRow(kG, kKind.pool, py);
    if (next < first) next = first;
    for (; next < last; ++next) {
      ConvRow<T, kKind.conv>(window, next, weights, channels, layer.stage, unpacked,
                             rows + next % kKind.pool.kernel_h * kKind.RowBytes());
    }
    PoolRows<T, kKind>(rows, first, last, output);
    output += kKind.pool.out_w * kG.out_c;
  }
}

}  // namespace linnet::kernels
