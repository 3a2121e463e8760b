// Fully connected, and the matrix-vector product that convolution shares with it.
#pragma once

#include <cstdint>

#include "linnet/kernels/pack.h"
#include "linnet/kernels/shapes.h"

namespace linnet::kernels {

// The clamps take the place of a fused activation.
template <typename T>
[[gnu::always_inline]] inline int8_t Finish(int32_t acc, int32_t multiplier, int shift, const OutputStage& stage) {
  const int32_t value = T::Scale(acc, multiplier, shift) + stage.zero_point;
  return static_cast<int8_t>(value < stage.lo ? stage.lo : value > stage.hi ? stage.hi : value);
}

// One block of output channels; `channels` of them exist (the tail block may hold one that does not).
template <typename T, int kChannels, Packing kPacking>
inline void MultiplyBlock(const int8_t* x, int taps, int channels, const int8_t* block, const int32_t* bias,
                          const int32_t* multipliers, const uint8_t* shifts, const OutputStage& stage, int8_t* output) {
  int32_t sums[kChannels];
  T::template Dot<kChannels, kPacking>(x, block, taps, sums);
  const int count = channels < kChannels ? channels : kChannels;
#pragma GCC unroll 1
  for (int c = 0; c < count; ++c) output[c] = Finish<T>(sums[c] + bias[c], multipliers[c], shifts[c], stage);
}

// output[c] = Finish(bias[c] + sum over taps of x[t] * weight[t][c]); weights packed by PackWeights(kPacking).
template <typename T, Packing kPacking>
inline void MultiplyVector(const int8_t* x, int taps, int channels, const int8_t* weights, const int32_t* bias,
                           const int32_t* multipliers, const uint8_t* shifts, const OutputStage& stage,
                           int8_t* output) {
  const int whole = channels / kBlockChannels * kBlockChannels;
  for (int c = 0; c < whole; c += kBlockChannels) {
    MultiplyBlock<T, kBlockChannels, kPacking>(x, taps, kBlockChannels, weights, bias + c, multipliers + c, shifts + c,
                                               stage, output + c);
    weights += BlockBytes(taps, kBlockChannels);
  }
  for (int c = whole; c < channels; c += kTailChannels) {
    MultiplyBlock<T, kTailChannels, kPacking>(x, taps, channels - c, weights, bias + c, multipliers + c, shifts + c,
                                              stage, output + c);
    weights += BlockBytes(taps, kTailChannels);
  }
}

// `input` may be unaligned; `weights` are 4-byte aligned, packed; bias has the input's zero point folded in.
template <typename T, Packing kPacking>
inline void FullyConnected(const FullyConnectedShape& shape, const int8_t* input, const int8_t* weights,
                           const int32_t* bias, const int32_t* multipliers, const uint8_t* shifts, int8_t* output) {
  MultiplyVector<T, kPacking>(input, shape.inputs, shape.outputs, weights, bias, multipliers, shifts, shape.stage,
                              output);
}

}  // namespace linnet::kernels
