// Transposed convolution as what it is: each output pixel is a dot product with the taps of its phase, so that the products are
// those of an ordinary convolution and nothing is scattered.
#pragma once

#include <cstdint>

#include "linnet/kernels/block_sums.h"
#include "linnet/kernels/elementwise.h"
#include "linnet/kernels/rounding.h"
#include "linnet/kernels/shapes.h"

namespace linnet::kernels {

// Output row y meets input row iy with tap ky where y + pad_top = iy * stride_h + ky: the taps ky = (y + pad_top) mod stride_h + i *
// stride_h, which read input rows (y + pad_top) / stride_h - i. Rows outside the image hold pad_value, the input's zero point.
struct TransposeConvShape {
  int in_h = 0, in_w = 0, in_c = 0;
  int out_h = 0, out_w = 0, out_c = 0;
  int kernel_h = 0, kernel_w = 0;
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0;
  int8_t pad_value = 0;
  OutputStage stage = {};
};

// Taps of one phase along one axis; 0 where the stride is greater than the kernel.
constexpr int PhaseTaps(int kernel, int stride, int phase) {
  return phase >= kernel ? 0 : (kernel - phase + stride - 1) / stride;
}

// Scratch: the taps of one output pixel side by side.
constexpr int TransposeConvScratchBytes(const TransposeConvShape& s) {
  return RoundUp4(PhaseTaps(s.kernel_h, s.stride_h, 0) * PhaseTaps(s.kernel_w, s.stride_w, 0) * s.in_c);
}

// The input pixels of output pixel (y, x), in the order of its phase's taps; their number.
inline int GatherPhase(const TransposeConvShape& s, int y, int x, const int8_t* input, int8_t* patch) {
  const int rows = PhaseTaps(s.kernel_h, s.stride_h, (y + s.pad_top) % s.stride_h);
  const int columns = PhaseTaps(s.kernel_w, s.stride_w, (x + s.pad_left) % s.stride_w);
  const int top = (y + s.pad_top) / s.stride_h, left = (x + s.pad_left) / s.stride_w;
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j, patch += s.in_c) {
      const int iy = top - i, ix = left - j;
      if (iy < 0 || iy >= s.in_h || ix < 0 || ix >= s.in_w) {
        FillBytes(s.pad_value, s.in_c, patch);
      } else {
        CopyBytes(input + (iy * s.in_w + ix) * s.in_c, s.in_c, patch);
      }
    }
  }
  return rows * columns * s.in_c;
}

template <typename T, bool kTwice, int kChannels>
inline void FinishBlock(const TransposeConvShape& s, const int8_t* patch, int taps, int first, const int8_t* block,
                        const int32_t* bias, const TwiceMultiplier* multipliers, int8_t* output) {
  int32_t sums[kChannels];
  BlockSums<T, kChannels, Packing::kPlain>(patch, taps, block, bias + first, sums);
  for (int c = first; c < first + kChannels && c < s.out_c; ++c) {
    const int32_t acc = sums[c - first];
    const TwiceMultiplier& m = multipliers[c];
    const int32_t value =
        (kTwice ? ScaleTwice(acc, m) : T::Scale(acc, m.multiplier, 31 - m.left + m.right)) + s.stage.zero_point;
    output[c] = static_cast<int8_t>(value < s.stage.lo ? s.stage.lo : value > s.stage.hi ? s.stage.hi : value);
  }
}

// Phases stand in order of row phase, then column phase. `weights` holds for each, from offsets[phase] on, PackWeights(kPlain) of [taps
// in the order of GatherPhase][out_c]; bias is [phases][out_c], has the input's zero point folded in and one value more.
template <typename T, bool kTwice>
[[gnu::noinline]] void TransposeConv(const TransposeConvShape& s, const int8_t* input, const int8_t* weights,
                                     const int32_t* offsets, const int32_t* bias, const TwiceMultiplier* multipliers,
                                     int8_t* patch, int8_t* output) {
  for (int y = 0; y < s.out_h; ++y) {
    for (int x = 0; x < s.out_w; ++x, output += s.out_c) {
      const int row_phase = (y + s.pad_top) % s.stride_h, column_phase = (x + s.pad_left) % s.stride_w;
      const int taps = GatherPhase(s, y, x, input, patch);
      const int phase = row_phase * s.stride_w + column_phase;
      const int8_t* block = weights + offsets[phase];
      const int32_t* const phase_bias = bias + phase * s.out_c;
      int c = 0;
      for (; c + kBlockChannels <= s.out_c; c += kBlockChannels) {
        FinishBlock<T, kTwice, kBlockChannels>(s, patch, taps, c, block, phase_bias, multipliers, output);
        block += BlockBytes(taps, kBlockChannels);
      }
      for (; c < s.out_c; c += kTailChannels) {
        FinishBlock<T, kTwice, kTailChannels>(s, patch, taps, c, block, phase_bias, multipliers, output);
        block += BlockBytes(taps, kTailChannels);
      }
    }
  }
}

}  // namespace linnet::kernels
