// The Cortex-M4 twin: two multiply-accumulates an instruction. Compiles everywhere (dsp.h), so that one test judges both.
// What stands in inner loops is inlined under -Os too, where a firmware is built small.
#pragma once

#include <cstdint>

#include "linnet/kernels/dsp.h"
#include "linnet/kernels/pack.h"
#include "linnet/kernels/portable.h"

namespace linnet::kernels {

struct CortexM4 {
  // For shift >= 33 the half is a whole bit of the product's upper word h, so the lower word never matters:
  // (h + 2^(shift-33)) >> (shift-32) = ((h >> (shift-33)) + 1) >> 1. A product (SMULL) and three instructions.
  [[gnu::always_inline]] static inline int32_t Scale(int32_t acc, int32_t multiplier, int shift) {
    if (shift < 33) [[unlikely]]
      return Portable::Scale(acc, multiplier, shift);
    const auto high = static_cast<int32_t>((int64_t{acc} * multiplier) >> 32);
    return ((high >> (shift - 33)) + 1) >> 1;
  }

  // One half of a group of four taps: kChannels / 2 words of weights against two inputs.
  template <int kChannels, Packing kPacking>
  [[gnu::always_inline]] static inline void Half(uint32_t x, const dsp::Word* words, uint32_t* first,
                                                 uint32_t* second) {
#pragma GCC unroll 4
    for (int pair = 0; pair < kChannels / 2; ++pair) {
      const uint32_t w = words[pair];
      if constexpr (kPacking == Packing::kRawPair) {
        second[pair] = dsp::Smlad(x, w, second[pair]);
        first[pair] = dsp::Smlad(x, dsp::Sxtb16(w), first[pair]);
      } else {
        first[pair] = dsp::Smlad(x, dsp::Sxtb16(w), first[pair]);
        second[pair] = dsp::Smlad(x, dsp::Sxtb16Ror8(w), second[pair]);
      }
    }
  }

  // The last 1 to 3 inputs, zeros behind them: nothing past the end is read.
  static uint32_t LoadPart(const int8_t* x, int count) {
    uint32_t word = static_cast<uint8_t>(x[0]);
    if (count > 1) word |= static_cast<uint32_t>(static_cast<uint8_t>(x[1])) << 8;
    if (count > 2) word |= static_cast<uint32_t>(static_cast<uint8_t>(x[2])) << 16;
    return word;
  }

  // REQUIRES: block is 4-byte aligned.
  template <int kChannels, Packing kPacking>
  static void Dot(const int8_t* x, const int8_t* block, int taps, int32_t* sums) {
    constexpr int kPairs = kChannels / 2;
    uint32_t first[kPairs] = {};
    uint32_t second[kPairs] = {};
    const auto* words = reinterpret_cast<const dsp::Word*>(block);
    const int8_t* const whole = x + (taps & ~3);
    while (x != whole) {
      const uint32_t word = dsp::LoadWord(x);
      x += 4;
      Half<kChannels, kPacking>(dsp::Sxtb16(word), words, first, second);
      Half<kChannels, kPacking>(dsp::Sxtb16Ror8(word), words + kPairs, first, second);
      words += 2 * kPairs;
    }
    if ((taps & 3) != 0) {
      const uint32_t word = LoadPart(x, taps & 3);
      Half<kChannels, kPacking>(dsp::Sxtb16(word), words, first, second);
      Half<kChannels, kPacking>(dsp::Sxtb16Ror8(word), words + kPairs, first, second);
    }
#pragma GCC unroll 4
    for (int pair = 0; pair < kPairs; ++pair) {
      sums[2 * pair] = static_cast<int32_t>(first[pair]);
      sums[2 * pair + 1] = kPacking == Packing::kRawPair ? static_cast<int32_t>(second[pair] - first[pair]) >> 8
                                                         : static_cast<int32_t>(second[pair]);
    }
  }

  [[gnu::always_inline]] static inline void MultiplyAdd4(const int8_t* x, const int8_t* w, uint32_t* acc) {
    const uint32_t xs = dsp::LoadWord(x);
    const uint32_t ws = dsp::LoadWord(w);
    const uint32_t x_even = dsp::Sxtb16(xs), x_odd = dsp::Sxtb16Ror8(xs);
    const uint32_t w_even = dsp::Sxtb16(ws), w_odd = dsp::Sxtb16Ror8(ws);
    acc[0] = dsp::Smlabb(x_even, w_even, acc[0]);
    acc[1] = dsp::Smlabb(x_odd, w_odd, acc[1]);
    acc[2] = dsp::Smlatt(x_even, w_even, acc[2]);
    acc[3] = dsp::Smlatt(x_odd, w_odd, acc[3]);
  }

  [[gnu::always_inline]] static inline uint32_t Max4(uint32_t best, const int8_t* x) {
    return dsp::Max4(best, dsp::LoadWord(x));
  }
};

}  // namespace linnet::kernels
