// The inner loop of matrix-vector products: one vector of inputs by a block of output channels, packed by pack.h. Portable
// definition; the Cortex-M4 twin has the same for eight channels in registers.
#pragma once

#include <cstdint>

#include "linnet/kernels/dsp.h"
#include "linnet/kernels/pack.h"

namespace linnet::kernels {

// first[pair]: channel 2 * pair; second[pair]: channel 2 * pair + 1 (kPlain), or first + 256 * second (kRawPair).
template <int kChannels>
struct VectorBlock {
  uint32_t first[kChannels / 2];
  uint32_t second[kChannels / 2];

  // `first` and (kRawPair) `second` started with the even channel's bias, so that their difference is the odd sum alone.
  template <Packing kPacking>
  [[gnu::always_inline]] int32_t Sum(int channel, int32_t bias) const {
    const uint32_t even = first[channel / 2];
    if (channel % 2 == 0) return static_cast<int32_t>(even);
    const uint32_t odd = second[channel / 2];
    if constexpr (kPacking == Packing::kPlain) return static_cast<int32_t>(odd);
    return (static_cast<int32_t>(odd - even) >> 8) + bias;
  }
};

// Two inputs against one word for each pair of channels.
template <int kChannels, Packing kPacking>
[[gnu::always_inline]] inline void MultiplyHalf(uint32_t x, const dsp::Word* words, VectorBlock<kChannels>& b) {
#pragma GCC unroll 4
  for (int pair = 0; pair < kChannels / 2; ++pair) {
    const uint32_t w = words[pair];
    if constexpr (kPacking == Packing::kRawPair) {
      b.second[pair] = dsp::Smlad(x, w, b.second[pair]);
      b.first[pair] = dsp::Smlad(x, dsp::Sxtb16(w), b.first[pair]);
    } else {
      b.first[pair] = dsp::Smlad(x, dsp::Sxtb16(w), b.first[pair]);
      b.second[pair] = dsp::Smlad(x, dsp::Sxtb16Ror8(w), b.second[pair]);
    }
  }
}

// The last 1 to 3 inputs, zeros behind them: nothing past the end is read.
inline uint32_t LoadPart(const int8_t* x, int count) {
  uint32_t word = static_cast<uint8_t>(x[0]);
  if (count > 1) word |= static_cast<uint32_t>(static_cast<uint8_t>(x[1])) << 8;
  if (count > 2) word |= static_cast<uint32_t>(static_cast<uint8_t>(x[2])) << 16;
  return word;
}

template <int kChannels, Packing kPacking>
[[gnu::always_inline]] inline void MultiplyFour(uint32_t x, const dsp::Word*& words, VectorBlock<kChannels>& b) {
  MultiplyHalf<kChannels, kPacking>(dsp::Sxtb16(x), words, b);
  MultiplyHalf<kChannels, kPacking>(dsp::Sxtb16Ror8(x), words + kChannels / 2, b);
  words += kChannels;
}

}  // namespace linnet::kernels
