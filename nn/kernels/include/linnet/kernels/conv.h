// 2-D convolution, a row of outputs at a time from a window of input rows (input_rows.h), two pixels by four channels at once
// (pixel_block.h). An output row may overwrite input rows that are in the window: in place where the sizes permit.
#pragma once

#include <cstdint>
#include <utility>

#include "linnet/kernels/conv_geometry.h"
#include "linnet/kernels/input_rows.h"
#include "linnet/kernels/pixel_block.h"
#include "linnet/kernels/rescale.h"
#include "linnet/kernels/unpack_int4.h"

namespace linnet::kernels {

// What a layer brings beside its geometry, known only at run time so that layers of one geometry share their code.
struct ConvLayer {
  int32_t input_zero_point = 0;
  OutputStage stage = {};
};

// How the code of a layer is made: layers that agree in all of it share it.
struct ConvKind {
  ConvGeometry g = {};
  Packing packing = Packing::kRawPair;
  Rescale rescale = {};
  bool int4 = false;  // weights by PackInt4ConvWeights, unpacked a block at a time for each row of outputs

  constexpr int UnpackedBytes() const { return int4 ? Int4BlockBytes(g) : 0; }
  constexpr int ScratchBytes() const { return g.WindowBytes() + UnpackedBytes(); }
};

// A block's weights as the inner loop reads them; `packed` moves to the next block.
template <ConvKind kKind>
[[gnu::always_inline]] inline const dsp::Word* BlockWeights(const dsp::Word*& packed, dsp::Word* unpacked) {
  const dsp::Word* const block = packed;
  constexpr int kWords = BlockWords(kKind.g);
  packed += kKind.int4 ? kWords / 2 : kWords;
  if constexpr (!kKind.int4) return block;
  UnpackInt4<kKind.packing>(block, unpacked, kWords);
  return unpacked;
}

// Writes the four channels of a block (or what is left of them) for two pixels. `second` may equal `first`: then the second
// pixel is past the row's end and is overwritten.
template <typename T, int kChannels, Packing kPacking, Rescale kRescale>
[[gnu::always_inline]] inline void StoreBlock(const PixelBlock& b, const Channel* channels, const OutputStage& stage,
                                              int8_t* first, int8_t* second) {
#pragma GCC unroll 4
  for (int c = 0; c < kChannels; ++c) {
    const Channel channel = channels[c];
    const int32_t sums[2] = {b.Sum<kPacking>(0, c, channel.bias), b.Sum<kPacking>(1, c, channel.bias)};
    second[c] = static_cast<int8_t>(FinishChannel<T, kRescale>(sums[1], channel, stage));
    first[c] = static_cast<int8_t>(FinishChannel<T, kRescale>(sums[0], channel, stage));
  }
}

template <Packing kPacking>
[[gnu::always_inline]] inline void StartBlock(const Channel* channels, PixelBlock& b) {
#pragma GCC unroll 2
  for (int pair = 0; pair < 2; ++pair) {
    const auto even = static_cast<uint32_t>(channels[2 * pair].bias);
    const uint32_t odd = kPacking == Packing::kRawPair ? even : static_cast<uint32_t>(channels[2 * pair + 1].bias);
    b.first[0][pair] = b.first[1][pair] = even;
    b.second[0][pair] = b.second[1][pair] = odd;
  }
}

// The loop of one run: through the planes of all kernel rows, a few taps each, or, for many taps, through those of one plane.
// What is unrolled of all runs together stays within ten taps: about 500 bytes of code.
template <ConvGeometry kG, int kIndex>
constexpr RunShape RunShapeOf() {
  constexpr TapRuns kRuns = TapRunsOf(kG);
  constexpr TapRun kTaps = kRuns.runs[kIndex];
  constexpr int kMost = 10 / kRuns.count > 0 ? 10 / kRuns.count : 1;
  if (kTaps.taps > kTapsUnrolled)
    return {.taps = 1, .step_bytes = 4, .pitch_bytes = kTaps.step * 4, .planes = kTaps.taps, .unrolled = kMost};
  return {.taps = kTaps.taps,
          .step_bytes = kTaps.step * 4,
          .pitch_bytes = kG.PlaneWords() * 4,
          .planes = kG.Planes(),
          .unrolled = kMost};
}

// The kernel rows that lie inside the image for one row of outputs.
template <ConvGeometry kG>
struct KernelRows {
  const uint32_t* start;  // the words of the first of them
  int first = 0;          // which row of the kernel that is
  int count = 0;

  KernelRows(const InputWindow<kG>& window, int oy) {
    const int y = oy * kG.stride_h - kG.pad_top;
    while (first < kG.kernel_h && y + first * kG.dilation_h < 0) ++first;
    count = kG.kernel_h - first;
    while (count > 0 && y + (first + count - 1) * kG.dilation_h >= kG.in_h) --count;
    start = window.Row(y + first * kG.dilation_h);
  }
};

// One run of taps over all these rows, for the pixels at column `x` of a row of outputs. `block`: the block's weights.
template <typename T, ConvGeometry kG, Packing kPacking, int kIndex>
[[gnu::always_inline]] inline void MultiplyRun(const KernelRows<kG>& rows, int x, const dsp::Word* block,
                                               PixelBlock& b) {
  constexpr TapRuns kRuns = TapRunsOf(kG);
  constexpr TapRun kTaps = kRuns.runs[kIndex];
  constexpr int kRowWords = RunRowWords(kG, kTaps);
  const dsp::Word* w = block + RunWord(kG, kRuns, kIndex) + rows.first * kRowWords;
  const uint32_t* plane = rows.start + x + kTaps.residue * kG.ResidueWords() + kTaps.first;
  if constexpr (kTaps.taps > kTapsUnrolled) {
    for (int row = 0; row < rows.count; ++row) {
      for (int i = 0; i < kG.Planes(); ++i) {
        T::template Run<RunShapeOf<kG, kIndex>(), kPacking>(plane, w, w + 2 * kTaps.taps, b);
        plane += kG.PlaneWords();
      }
      plane += (kG.dilation_h - 1) * kG.RowWords();
    }
  } else if constexpr (kG.dilation_h == 1) {
    // The planes of one row follow those of the row above at the same distance.
    T::template Run<RunShapeOf<kG, kIndex>(), kPacking>(plane, w, w + rows.count * kRowWords, b);
  } else {
    for (int i = 0; i < rows.count; ++i) {
      T::template Run<RunShapeOf<kG, kIndex>(), kPacking>(plane, w, w + kRowWords, b);
      plane += kG.dilation_h * kG.RowWords();
    }
  }
}

template <typename T, ConvGeometry kG, Packing kPacking, size_t... kIndex>
[[gnu::always_inline]] inline void MultiplyRuns(const KernelRows<kG>& rows, int x, const dsp::Word* block,
                                                PixelBlock& b, std::index_sequence<kIndex...>) {
  (MultiplyRun<T, kG, kPacking, static_cast<int>(kIndex)>(rows, x, block, b), ...);
}

// One block of four channels over one row of outputs.
template <typename T, ConvKind kKind, int kChannels>
[[gnu::noinline]] void ConvBlockRow(const KernelRows<kKind.g>& rows, const dsp::Word* weights, const Channel* channels,
                                    const OutputStage& stage, int8_t* output) {
  constexpr ConvGeometry kG = kKind.g;
  constexpr auto kRuns = std::make_index_sequence<static_cast<size_t>(TapRunsOf(kG).count)>();
  for (int x = 0; x < kG.out_w; x += 2) {
    PixelBlock b;
    StartBlock<kKind.packing>(channels, b);
    if (kG.EveryRowMeetsTheImage() || rows.count > 0) MultiplyRuns<T, kG, kKind.packing>(rows, x, weights, b, kRuns);
    int8_t* const second = kG.out_w % 2 == 0 || x + 1 < kG.out_w ? output + kG.out_c : output;
    StoreBlock<T, kChannels, kKind.packing, kKind.rescale>(b, channels, stage, output, second);
    output += 2 * kG.out_c;
  }
}

// One row of outputs. Brings in the input rows it needs. `unpacked` holds kKind.UnpackedBytes().
template <typename T, ConvKind kKind>
inline void ConvRow(InputWindow<kKind.g>& window, int oy, const int8_t* weights, const Channel* channels,
                    const OutputStage& stage, dsp::Word* unpacked, int8_t* output) {
  constexpr ConvGeometry kG = kKind.g;
  const int y = oy * kG.stride_h - kG.pad_top;
  window.Load(y, y + (kG.kernel_h - 1) * kG.dilation_h);
  const KernelRows<kG> rows(window, oy);
  const auto* words = reinterpret_cast<const dsp::Word*>(weights);
  constexpr int kWhole = kG.out_c / kBlockChannelsConv;
  for (int block = 0; block < kWhole; ++block) {
    ConvBlockRow<T, kKind, kBlockChannelsConv>(rows, BlockWeights<kKind>(words, unpacked), channels, stage, output);
    channels += kBlockChannelsConv;
    output += kBlockChannelsConv;
  }
  if constexpr (kG.out_c % kBlockChannelsConv != 0) {
    ConvBlockRow<T, kKind, kG.out_c % kBlockChannelsConv>(rows, BlockWeights<kKind>(words, unpacked), channels, stage,
                                                          output);
  }
}

// `input` [in_h, in_w, in_c]; `weights` by PackConvWeights; `channels` ConvBlocks() * 4, zeros behind out_c; `scratch` holds
// kKind.ScratchBytes(). `output` may lie over `input` (overlap.h).
template <typename T, ConvKind kKind>
inline void Conv2D(const ConvLayer& layer, const int8_t* input, const int8_t* weights, const Channel* channels,
                   void* scratch, int8_t* output) {
  constexpr ConvGeometry kG = kKind.g;
  InputWindow<kG> window(static_cast<uint32_t*>(scratch), input, layer.input_zero_point);
  auto* const unpacked = reinterpret_cast<dsp::Word*>(static_cast<int8_t*>(scratch) + kG.WindowBytes());
  for (int oy = 0; oy < kG.out_h; ++oy) {
    ConvRow<T, kKind>(window, oy, weights, channels, layer.stage, unpacked, output);
    output += kG.out_w * kG.out_c;
  }
}

}  // namespace linnet::kernels
