// Matrix-vector products: eight output channels at once, then what is left two at a time.
#pragma once

#include <cstdint>

#include "linnet/kernels/pack.h"
#include "linnet/kernels/shapes.h"
#include "linnet/kernels/vector_block.h"

namespace linnet::kernels {

// clamp(zero_point + Scale(acc, multiplier, shift), lo, hi).
template <typename T>
[[gnu::always_inline]] inline int8_t Finish(int32_t acc, int32_t multiplier, int shift, const OutputStage& stage) {
  return static_cast<int8_t>(Clamp(T::Scale(acc, multiplier, shift) + stage.zero_point, stage.lo, stage.hi));
}

// How the code of a fully-connected layer is made: layers that agree in all of it share it.
struct VectorKind {
  Packing packing = Packing::kRawPair;
  Rescale rescale = {};
  int groups_a_round = 1;  // of four taps; divides inputs / 4
  bool part = true;        // inputs need not be a multiple of four
};

// The greatest unrolling that the number of inputs permits.
constexpr int GroupsARound(int inputs) {
  const int groups = inputs / 4;
  return groups == 0 ? 1 : groups % 4 == 0 ? 4 : groups % 2 == 0 ? 2 : 1;
}

// `blocks` blocks of kChannels each; the last has only `count` of them if kChannels is kTailChannels.
template <typename T, VectorKind kKind, int kChannels>
[[gnu::noinline]] void MultiplyBlocks(const FullyConnectedShape& shape, const int8_t* x, const int8_t* weights,
                                      const Channel* channels, int blocks, int count, int8_t* output) {
  const auto* words = reinterpret_cast<const dsp::Word*>(weights);
  for (; blocks != 0; --blocks) {
    VectorBlock<kChannels> b;
#pragma GCC unroll 4
    for (int pair = 0; pair < kChannels / 2; ++pair) {
      b.first[pair] = static_cast<uint32_t>(channels[2 * pair].bias);
      b.second[pair] =
          kKind.packing == Packing::kRawPair ? b.first[pair] : static_cast<uint32_t>(channels[2 * pair + 1].bias);
    }
    T::template MultiplyTaps<kChannels, kKind.packing, kKind.groups_a_round, kKind.part>(x, words, shape.inputs, b);
#pragma GCC unroll 8
    for (int c = 0; c < kChannels; ++c) {
      if (kChannels == kTailChannels && c == 1 && blocks == 1 && count == 1) return;
      const Channel channel = channels[c];
      output[c] = static_cast<int8_t>(
          FinishChannel<T, kKind.rescale>(b.template Sum<kKind.packing>(c, channel.bias), channel, shape.stage));
    }
    channels += kChannels;
    output += kChannels;
  }
}

// output[c] = the finished sum of bias[c] and x[t] * weight[t][c] over all taps; weights packed by PackWeights, the input's
// zero point folded into the bias. `x` may be unaligned; `weights` are 4-byte aligned; `channels` has one more if odd.
template <typename T, VectorKind kKind>
inline void FullyConnected(const FullyConnectedShape& shape, const int8_t* x, const int8_t* weights,
                           const Channel* channels, int8_t* output) {
  const int blocks = shape.outputs / kBlockChannels;
  const int whole = blocks * kBlockChannels;
  const int tails = (shape.outputs - whole + kTailChannels - 1) / kTailChannels;
  if (blocks > 0) MultiplyBlocks<T, kKind, kBlockChannels>(shape, x, weights, channels, blocks, kBlockChannels, output);
  if (tails > 0) {
    MultiplyBlocks<T, kKind, kTailChannels>(
        shape, x, weights + BlockBytes(shape.inputs, kBlockChannels) * static_cast<size_t>(blocks), channels + whole,
        tails, 2 - shape.outputs % kTailChannels, output + whole);
  }
}

}  // namespace linnet::kernels
