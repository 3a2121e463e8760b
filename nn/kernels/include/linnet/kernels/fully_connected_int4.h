// Matrix-vector products with 4-bit weights: eight output channels at once, then what is left four at a time. Inputs, sums and
// answers are those of fully_connected.h; the weights take half the flash.
#pragma once

#include <cstdint>

#include "linnet/kernels/int4_block.h"
#include "linnet/kernels/pack_int4.h"
#include "linnet/kernels/rescale.h"
#include "linnet/kernels/shapes.h"

namespace linnet::kernels {

struct Int4Kind {
  Rescale rescale = {};
  Int4Loop loop = {};
  bool split = false;  // the taps are summed kInt4Taps at a time; REQUIRED unless FitsInt4Whole
};

// `blocks` blocks of kChannels each; the last has only `count` of them if kChannels is kInt4TailChannels.
// `eights`: eight times the sum of the inputs.
template <typename T, Int4Kind kKind, int kChannels>
[[gnu::noinline]] void MultiplyInt4Blocks(const FullyConnectedShape& shape, const int8_t* x, int32_t eights,
                                          const int8_t* weights, const Channel* channels, int blocks, int count,
                                          int8_t* output) {
  const auto* words = reinterpret_cast<const dsp::Word*>(weights);
  for (; blocks != 0; --blocks) {
    Int4Block<kChannels> b;
    int32_t before[kChannels];  // of taps that were summed before, where they are split
    int left = shape.inputs;
    if constexpr (kKind.split) {
#pragma GCC unroll 8
      for (int c = 0; c < kChannels; ++c) before[c] = 0;
      for (; left > kInt4Taps; left -= kInt4Taps) {
        Int4Twin<T>::template Multiply<kKind.loop>(x + (shape.inputs - left), words, kInt4Taps, b);
#pragma GCC unroll 8
        for (int c = 0; c < kChannels; ++c) before[c] += b.Sum(c, 0);
        b = {};
      }
    }
    Int4Twin<T>::template Multiply<kKind.loop>(x + (shape.inputs - left), words, left, b);
#pragma GCC unroll 8
    for (int c = 0; c < kChannels; ++c) {
      if (kChannels == kInt4TailChannels && blocks == 1 && c == count) return;
      const Channel channel = channels[c];
      const int32_t sum = channel.bias + b.Sum(c, eights) + (kKind.split ? before[c] : 0);
      output[c] = static_cast<int8_t>(FinishChannel<T, kKind.rescale>(sum, channel, shape.stage));
    }
    channels += kChannels;
    output += kChannels;
  }
}

// output[c] = the finished sum of bias[c] and x[t] * weight[t][c] over all taps; weights packed by PackInt4Weights, the input's
// zero point folded into the bias. `x` may be unaligned; `weights` are 4-byte aligned; `channels` has as many as outputs.
template <typename T, Int4Kind kKind>
inline void FullyConnectedInt4(const FullyConnectedShape& shape, const int8_t* x, const int8_t* weights,
                               const Channel* channels, int8_t* output) {
  const int32_t eights = 8 * Int4Twin<T>::SumOf(x, shape.inputs);
  const int blocks = shape.outputs / kInt4BlockChannels;
  const int whole = blocks * kInt4BlockChannels;
  const int tails = (shape.outputs - whole + kInt4TailChannels - 1) / kInt4TailChannels;
  if (blocks > 0) {
    MultiplyInt4Blocks<T, kKind, kInt4BlockChannels>(shape, x, eights, weights, channels, blocks, kInt4BlockChannels,
                                                     output);
  }
  if (tails > 0) {
    const size_t packed = PackedInt4Bytes(shape.inputs, whole);
    MultiplyInt4Blocks<T, kKind, kInt4TailChannels>(shape, x, eights, weights + packed, channels + whole, tails,
                                                    shape.outputs - whole - (tails - 1) * kInt4TailChannels,
                                                    output + whole);
  }
}

}  // namespace linnet::kernels
