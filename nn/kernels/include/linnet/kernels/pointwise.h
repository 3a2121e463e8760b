// 1x1 convolution without padding: two pixels are spread into 16-bit words, then all their output channels are computed from
// these. Reads both pixels before it writes them, so that the output may lie over the input (overlap.h).
#pragma once

#include <cstdint>

#include "linnet/kernels/conv.h"

namespace linnet::kernels {

constexpr int PointwiseScratchBytes(const ConvGeometry& g) { return g.Planes() * 2 * 4; }

// words[2 * plane + pixel].
template <ConvGeometry kG>
[[gnu::noinline]] void SpreadPixels(const int8_t* first, const int8_t* second, int32_t zero_point, uint32_t* words) {
  if constexpr (kG.Fours()) {
    const uint32_t offset = dsp::Lanes(-zero_point, -zero_point);
    const int8_t* const end = first + kG.in_c;
#pragma GCC unroll 2
    while (first != end) {
      const uint32_t a = dsp::LoadWord(first), b = dsp::LoadWord(second);
      first += 4;
      second += 4;
      words[0] = dsp::Sxtab16(offset, a);
      words[1] = dsp::Sxtab16(offset, b);
      words[2] = dsp::Sxtab16Ror8(offset, a);
      words[3] = dsp::Sxtab16Ror8(offset, b);
      words += 4;
    }
  } else {
    for (int c = 0; c < kG.in_c; c += 2) {
      const bool both = c + 1 < kG.in_c;
      words[0] = dsp::Lanes(first[c] - zero_point, both ? first[c + 1] - zero_point : 0);
      words[1] = dsp::Lanes(second[c] - zero_point, both ? second[c + 1] - zero_point : 0);
      words += 2;
    }
  }
}

template <typename T, ConvKind kKind, int kChannels>
[[gnu::always_inline]] inline void PointwiseBlock(const uint32_t* pixels, const dsp::Word*& w, const Channel* channels,
                                                  const OutputStage& stage, int8_t* first, int8_t* second) {
  PixelBlock b;
  StartBlock<kKind.packing>(channels, b);
  T::template Run<RunShape{.taps = 1, .step_bytes = 8, .pitch_bytes = 8, .planes = kKind.g.Planes()}, kKind.packing>(
      pixels, w, w + kKind.g.Planes() * 2, b);
  StoreBlock<T, kChannels, kKind.packing, kKind.rescale>(b, channels, stage, first, second);
}

// Both pixels' output channels.
template <typename T, ConvKind kKind>
[[gnu::noinline]] void PointwisePixels(const uint32_t* pixels, const int8_t* weights, const Channel* channels,
                                       const OutputStage& stage, int8_t* first, int8_t* second) {
  constexpr ConvGeometry kG = kKind.g;
  const auto* w = reinterpret_cast<const dsp::Word*>(weights);
  const int8_t* const end = first + kG.out_c / kBlockChannelsConv * kBlockChannelsConv;
  while (first != end) {
    PointwiseBlock<T, kKind, kBlockChannelsConv>(pixels, w, channels, stage, first, second);
    channels += kBlockChannelsConv;
    first += kBlockChannelsConv;
    second += kBlockChannelsConv;
  }
  if constexpr (kG.out_c % kBlockChannelsConv != 0) {
    PointwiseBlock<T, kKind, kG.out_c % kBlockChannelsConv>(pixels, w, channels, stage, first, second);
  }
}

// `scratch` holds PointwiseScratchBytes. REQUIRES: kKind.g.IsPointwise(). With stride 1 the pixels of all rows are one row.
template <typename T, ConvKind kKind>
inline void Pointwise(const ConvLayer& layer, const int8_t* input, const int8_t* weights, const Channel* channels,
                      void* scratch, int8_t* output) {
  constexpr ConvGeometry kG = kKind.g;
  constexpr bool kDense = kG.stride_h == 1 && kG.stride_w == 1 && kG.in_w == kG.out_w;
  constexpr int kRows = kDense ? 1 : kG.out_h;
  constexpr int kPixels = kDense ? kG.out_h * kG.out_w : kG.out_w;
  constexpr int kStep = kG.stride_w * kG.in_c;
  auto* const words = static_cast<uint32_t*>(scratch);
  for (int row = 0; row < kRows; ++row) {
    const int8_t* x = input + row * kG.stride_h * kG.in_w * kG.in_c;
    for (int pixel = 0; pixel < kPixels; pixel += 2) {
      const bool both = kPixels % 2 == 0 || pixel + 1 < kPixels;
      SpreadPixels<kG>(x, both ? x + kStep : x, layer.input_zero_point, words);
      PointwisePixels<T, kKind>(words, weights, channels, layer.stage, output, both ? output + kG.out_c : output);
      x += 2 * kStep;
      output += (both ? 2 : 1) * kG.out_c;
    }
  }
}

}  // namespace linnet::kernels
