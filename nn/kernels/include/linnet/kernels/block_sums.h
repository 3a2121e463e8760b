// The sums of one packed block of output channels as they are, for layers that finish them in a way of their own.
#pragma once

#include <cstdint>

#include "linnet/kernels/pack.h"
#include "linnet/kernels/vector_block.h"

namespace linnet::kernels {

// sums[c] = bias[c] + sum over taps of x[t] * weight[t][c]. `bias` and `sums` hold kChannels values, also where the last channel
// of a tail block is none. REQUIRES: block is 4-byte aligned.
template <typename T, int kChannels, Packing kPacking>
[[gnu::noinline]] void BlockSums(const int8_t* x, int taps, const int8_t* block, const int32_t* bias, int32_t* sums) {
  VectorBlock<kChannels> b;
#pragma GCC unroll 4
  for (int pair = 0; pair < kChannels / 2; ++pair) {
    b.first[pair] = static_cast<uint32_t>(bias[2 * pair]);
    b.second[pair] = kPacking == Packing::kRawPair ? b.first[pair] : static_cast<uint32_t>(bias[2 * pair + 1]);
  }
  const auto* words = reinterpret_cast<const dsp::Word*>(block);
  T::template MultiplyTaps<kChannels, kPacking, 1, true>(x, words, taps, b);
#pragma GCC unroll 8
  for (int c = 0; c < kChannels; ++c) sums[c] = b.template Sum<kPacking>(c, bias[c]);
}

}  // namespace linnet::kernels
