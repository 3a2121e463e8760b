// Depthwise 2-D convolution: four channels at a time through planes of words (depthwise_geometry.h), a band of rows at a time
// where the planes would be large.
#pragma once

#include <cstdint>
#include <utility>

#include "linnet/kernels/conv.h"
#include "linnet/kernels/depthwise_geometry.h"
#include "linnet/kernels/vector_block.h"

namespace linnet::kernels {

struct DepthwiseKind {
  DepthwiseGeometry d = {};
  Rescale rescale = {};
};

// Output rows of one channel from the plane's first row on.
struct PlaneRows {
  const uint32_t* plane;
  int rows;
  int8_t* output;  // of the first row's first pixel
};

// Both pixels by one kernel row: the first meets the words as they stand, the second as many further words on, or, at an odd
// stride, the odd words.
template <DepthwiseGeometry kD, size_t... kEven, size_t... kOdd>
[[gnu::always_inline]] inline void MultiplyPairRow(const uint32_t* row, const uint32_t* w, uint32_t* acc,
                                                   std::index_sequence<kEven...>, std::index_sequence<kOdd...>) {
  constexpr int kShift = kD.g.stride_w / 2;  // whole words from the first pixel to the second
  ((acc[0] = dsp::Smlad(row[kEven], w[kEven], acc[0])), ...);
  if constexpr (kD.g.stride_w % 2 == 0) {
    ((acc[1] = dsp::Smlad(row[kEven + kShift], w[kEven], acc[1])), ...);
  } else {
    acc[1] = dsp::Smlatb(row[kShift], w[0], acc[1]);
    ((acc[1] = dsp::Smlad(row[kOdd + kShift + 1], w[kD.EvenWords() + kOdd], acc[1])), ...);
  }
}

// Two pixels by the words of `row` and the channel's weights.
template <DepthwiseGeometry kD>
[[gnu::always_inline]] inline void MultiplyPair(const uint32_t* row, const uint32_t* w, uint32_t* acc) {
  for (int ky = 0; ky < kD.g.kernel_h; ++ky) {
    MultiplyPairRow<kD>(row, w, acc, std::make_index_sequence<static_cast<size_t>(kD.EvenWords())>(),
                        std::make_index_sequence<static_cast<size_t>(kD.OddWords())>());
    row += kD.g.dilation_h * kD.RowWords();
    w += kD.WordsARow();
  }
}

// Any kernel.
template <typename T, DepthwiseKind kKind>
[[gnu::noinline]] void PlaneAnyKernel(const PlaneRows& p, const uint32_t* weights, const Channel& channel,
                                      const OutputStage& stage) {
  constexpr DepthwiseGeometry kD = kKind.d;
  const uint32_t* row = p.plane;
  int8_t* output = p.output;
  for (int y = 0; y < p.rows; ++y) {
    for (int x = 0; x < kD.g.out_w; x += 2) {
      uint32_t acc[2] = {static_cast<uint32_t>(channel.bias), static_cast<uint32_t>(channel.bias)};
      MultiplyPair<kD>(row + x * kD.g.stride_w / 2, weights, acc);
      const bool both = kD.g.out_w % 2 == 0 || x + 1 < kD.g.out_w;
      if (both) {
        output[kD.g.out_c] =
            static_cast<int8_t>(FinishChannel<T, kKind.rescale>(static_cast<int32_t>(acc[1]), channel, stage));
      }
      output[0] = static_cast<int8_t>(FinishChannel<T, kKind.rescale>(static_cast<int32_t>(acc[0]), channel, stage));
      output += (both ? 2 : 1) * kD.g.out_c;
    }
    row += kD.g.stride_h * kD.RowWords();
  }
}

// The definition of the 3x3 loop, whose weights are stored as (w0, w1), (w1, w2).
template <typename T, DepthwiseKind kKind>
[[gnu::noinline]] void PlaneThreeByThree(const PlaneRows& p, const uint32_t* weights, const Channel& channel,
                                         const OutputStage& stage) {
  constexpr DepthwiseGeometry kD = kKind.d;
  const uint32_t* row = p.plane;
  int8_t* output = p.output;
  for (int y = 0; y < p.rows; ++y) {
    for (int x = 0; x < kD.g.out_w; ++x) {
      auto acc = static_cast<uint32_t>(channel.bias);
      for (int ky = 0; ky < 3; ++ky) {
        const auto* values = reinterpret_cast<const dsp::Half*>(row + ky * kD.RowWords()) + x * kD.g.stride_w;
        acc += static_cast<uint32_t>(values[0] * dsp::Bottom(weights[2 * ky]) + values[1] * dsp::Top(weights[2 * ky]) +
                                     values[2] * dsp::Top(weights[2 * ky + 1]));
      }
      *output = static_cast<int8_t>(FinishChannel<T, kKind.rescale>(static_cast<int32_t>(acc), channel, stage));
      output += kD.g.out_c;
    }
    row += kD.g.stride_h * kD.RowWords();
  }
}

// Spreads channels c..c+3 of one input row over the four planes at `to` (the first plane's row). `left` channels exist.
template <DepthwiseGeometry kD>
[[gnu::noinline]] void SpreadRow(const int8_t* row, int left, int32_t zero_point, uint32_t* to) {
  constexpr int kC = kD.g.in_c;
  constexpr int kPlane = kD.PlaneWords();
  const uint32_t offset = dsp::Lanes(-zero_point, -zero_point);
  const uint32_t pad = static_cast<uint32_t>(zero_point & 0xFF) * 0x01010101U;
  const auto four = [&](int x) -> uint32_t {
    if (x < 0 || x >= kD.g.in_w) return pad;
    return kC % 4 == 0 || left >= 4 ? dsp::LoadWord(row + x * kC) : LoadPart(row + x * kC, left);
  };
  const auto put = [&](int word, uint32_t a, uint32_t b) {
    const uint32_t a02 = dsp::Sxtab16(offset, a), b02 = dsp::Sxtab16(offset, b);
    const uint32_t a13 = dsp::Sxtab16Ror8(offset, a), b13 = dsp::Sxtab16Ror8(offset, b);
    to[word] = dsp::Bottoms(a02, b02);
    to[word + kPlane] = dsp::Bottoms(a13, b13);
    to[word + 2 * kPlane] = dsp::Tops(a02, b02);
    to[word + 3 * kPlane] = dsp::Tops(a13, b13);
  };
  // Words whose two columns both lie inside need no look.
  constexpr int kFirst = (kD.g.pad_left + 1) / 2;
  constexpr int kInside = (kD.g.pad_left + kD.g.in_w) / 2;
  constexpr int kLast = kInside < kD.RowWords() ? (kInside > kFirst ? kInside : kFirst) : kD.RowWords();
  int word = 0;
  for (; word < kFirst && word < kD.RowWords(); ++word)
    put(word, four(2 * word - kD.g.pad_left), four(2 * word + 1 - kD.g.pad_left));
  if (kC % 4 == 0 || left >= 4) {
    const int8_t* x = row + (2 * word - kD.g.pad_left) * kC;
    for (; word < kLast; ++word) {
      put(word, dsp::LoadWord(x), dsp::LoadWord(x + kC));
      x += 2 * kC;
    }
  }
  for (; word < kD.RowWords(); ++word) put(word, four(2 * word - kD.g.pad_left), four(2 * word + 1 - kD.g.pad_left));
}

// `input` [in_h, in_w, in_c]; `weights` by PackDepthwiseWeights; `scratch` holds kD.ScratchBytes(), 4-byte aligned. `output`
// may lie over `input` (overlap.h).
template <typename T, DepthwiseKind kKind>
[[gnu::noinline]] void DepthwiseConv2D(const ConvLayer& layer, const int8_t* input, const int8_t* weights,
                                       const Channel* channels, void* scratch, int8_t* output) {
  constexpr DepthwiseGeometry kD = kKind.d;
  constexpr ConvGeometry kG = kD.g;
  constexpr int kRowsABand = (kD.BandRows() - kD.Rows()) / kG.stride_h + 1;  // of outputs
  auto* const planes = static_cast<uint32_t*>(scratch);
  const auto* w = reinterpret_cast<const uint32_t*>(weights);
  for (int c = 0; c < kG.in_c; c += kGroupChannels) {
    const int left = kG.in_c - c;
    int have = 0;  // padded rows from `top` on that are in the planes
    for (int oy = 0; oy < kG.out_h; oy += kRowsABand) {
      const int rows = kG.out_h - oy < kRowsABand ? kG.out_h - oy : kRowsABand;
      const int need = (rows - 1) * kG.stride_h + kD.Rows();
      const int top = oy * kG.stride_h;  // the padded row that stands first in the planes
      for (; have < need; ++have) {
        const int y = top + have - kG.pad_top;
        uint32_t* const to = planes + have * kD.RowWords();
        if (y >= 0 && y < kG.in_h) {
          SpreadRow<kD>(input + y * kG.in_w * kG.in_c + c, left, layer.input_zero_point, to);
        } else {
          for (int i = 0; i < kGroupChannels; ++i) {
            for (int word = 0; word < kD.RowWords(); ++word) to[i * kD.PlaneWords() + word] = 0;
          }
        }
      }
      for (int i = 0; i < (left < kGroupChannels ? left : kGroupChannels) * kD.multiplier; ++i) {
        const int channel = c * kD.multiplier + i;
        const PlaneRows p = {planes + i / kD.multiplier * kD.PlaneWords(), rows,
                             output + oy * kG.out_w * kG.out_c + channel};
        T::template Plane<kKind>(p, w + channel * kD.WordsAChannel(), channels[channel], layer.stage);
      }
      // The next band begins `step` rows further down; what it shares with this one moves up.
      const int step = rows * kG.stride_h;
      const int keep = have > step ? have - step : 0;
      if (oy + rows < kG.out_h) {
        for (int i = 0; i < kGroupChannels; ++i) {
          uint32_t* const plane = planes + i * kD.PlaneWords();
          for (int word = 0; word < keep * kD.RowWords(); ++word) plane[word] = plane[word + step * kD.RowWords()];
        }
      }
      have = keep;
    }
  }
}

}  // namespace linnet::kernels
