// The inner loop of matrix-vector products with 4-bit weights (pack_int4.h): one vector of inputs by a block of output channels.
// Portable definition, and the Cortex-M4 twin, which for eight channels works in named registers.
#pragma once

#include <cstdint>

#include "linnet/kernels/cortex_m4.h"
#include "linnet/kernels/dsp.h"
#include "linnet/kernels/pack_int4.h"
#include "linnet/kernels/portable.h"
#include "linnet/kernels/vector_block.h"

namespace linnet::kernels {

// The four sums of each four channels, modulo 2^32.
template <int kChannels>
struct Int4Block {
  uint32_t whole[kChannels / 4] = {};
  uint32_t low[kChannels / 4] = {};
  uint32_t odd[kChannels / 4] = {};
  uint32_t second[kChannels / 4] = {};

  // sum of x * weight of one channel. `eights`: eight times the sum of the inputs.
  [[gnu::always_inline]] int32_t Sum(int channel, int32_t eights) const {
    const int q = channel / 4;
    switch (channel % 4) {
      case 0: return static_cast<int32_t>(low[q] - second[q]) - eights;
      case 1: return (static_cast<int32_t>(second[q]) >> 4) - eights;
      case 2: return (static_cast<int32_t>(whole[q] - low[q] - (odd[q] - second[q])) >> 8) - eights;
      default: return static_cast<int32_t>(odd[q] - second[q]) >> 12;
    }
  }
};

// How the code of a layer is made: layers that agree in all of it share it.
struct Int4Loop {
  int groups_a_round = 1;  // of four taps; divides the groups at once
  bool part = true;        // inputs need not be a multiple of four
};

template <typename T>
struct Int4Twin;

template <>
struct Int4Twin<Portable> {
  static int32_t SumOf(const int8_t* x, int taps) {
    int32_t sum = 0;
    for (int t = 0; t < taps; ++t) sum += x[t];
    return sum;
  }

  // b += x[t] * each of the four numbers of weight[t], over all taps of a block.
  template <Int4Loop, int kChannels>
  static void Multiply(const int8_t* x, const dsp::Word*& words, int taps, Int4Block<kChannels>& b) {
    for (int half = 0; half < 2 * TapGroups(taps); ++half) {
      for (int q = 0; q < kChannels / 4; ++q) {
        const uint32_t word = *words++;
        for (int lane = 0; lane < 2; ++lane) {
          const int tap = half / 2 * 4 + half % 2 + lane * 2;
          const int value = tap < taps ? x[tap] : 0;
          const auto bits = static_cast<uint16_t>(word >> (16 * lane));
          b.whole[q] += static_cast<uint32_t>(value * static_cast<int16_t>(bits));
          b.low[q] += static_cast<uint32_t>(value * (bits & 0xFF));
          b.odd[q] += static_cast<uint32_t>(value * static_cast<int16_t>(bits & 0xF0F0));
          b.second[q] += static_cast<uint32_t>(value * (bits & 0xF0));
        }
      }
    }
  }
};

#if LINNET_KERNELS_HAVE_LOOPS
namespace loops {

// Eight channels, four inputs a group, in all fourteen registers that a thread may use; the loop's end stands in memory. For each
// half LDR and SXTB16 of the inputs and LDRD of two weight words, for each word four SMLAD and three ANDs: 34 instructions for 32
// multiply-accumulates.
#define LINNET_INT4_QUAD(q, w)                \
  "smlad %[a" #q "], %[x], %[" #w "], %[a" #q \
  "]\n\t"                                     \
  "and %[t], %[" #w                           \
  "], #0xF0F0F0F0\n\t"                        \
  "uxtb16 %[" #w "], %[" #w                   \
  "]\n\t"                                     \
  "smlad %[c" #q "], %[x], %[t], %[c" #q      \
  "]\n\t"                                     \
  "uxtb16 %[t], %[t]\n\t"                     \
  "smlad %[b" #q "], %[x], %[" #w "], %[b" #q \
  "]\n\t"                                     \
  "smlad %[d" #q "], %[x], %[t], %[d" #q "]\n\t"
#define LINNET_INT4_HALF "ldrd %[w0], %[w1], [%[w]], #8\n\t" LINNET_INT4_QUAD(0, w0) LINNET_INT4_QUAD(1, w1)
#define LINNET_INT4_LINES "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"

// Goes on until `w` is `end`, at least once. REQUIRES: kRound divides the number of groups.
template <int kRound>
[[gnu::always_inline]] inline void MultiplyInt4(const int8_t*& x, const dsp::Word*& w, const dsp::Word* end,
                                                Int4Block<8>& block) {
  const dsp::Word* end_word = end;
  register uint32_t a0 asm("r0") = block.whole[0];
  register uint32_t b0 asm("r1") = block.low[0];
  register uint32_t c0 asm("r2") = block.odd[0];
  register uint32_t d0 asm("r3") = block.second[0];
  register uint32_t a1 asm("r4") = block.whole[1];
  register uint32_t b1 asm("r5") = block.low[1];
  register uint32_t c1 asm("r6") = block.odd[1];
  register uint32_t d1 asm("r7") = block.second[1];
  register const int8_t* at asm("r8") = x;
  register const dsp::Word* weights asm("r9") = w;
  register uint32_t lanes asm("r10");
  register uint32_t w0 asm("r11");
  register uint32_t w1 asm("r12");
  register uint32_t t asm("lr");
  asm volatile(
      "1:\n\t"
      ".rept %c[round]\n\t"
      "ldr %[x], [%[at]]\n\t"
      "sxtb16 %[x], %[x]\n\t" LINNET_INT4_HALF
      "ldr %[x], [%[at]], #4\n\t"
      "sxtb16 %[x], %[x], ror #8\n\t" LINNET_INT4_HALF
      ".endr\n\t"
      "ldr %[t], %[end]\n\t"
      "cmp %[w], %[t]\n\t"
      "bne 1b\n\t"  // the compiler counts lines to know how long this may be and doesn't see .rept
      LINNET_INT4_LINES LINNET_INT4_LINES LINNET_INT4_LINES LINNET_INT4_LINES
      : [a0] "+r"(a0), [b0] "+r"(b0), [c0] "+r"(c0), [d0] "+r"(d0), [a1] "+r"(a1), [b1] "+r"(b1), [c1] "+r"(c1),
        [d1] "+r"(d1), [at] "+r"(at), [w] "+r"(weights), [x] "=&r"(lanes), [w0] "=&r"(w0), [w1] "=&r"(w1), [t] "=&r"(t)
      : [end] "m"(end_word), [round] "i"(kRound)
      : "cc", "memory");
  block = {{a0, a1}, {b0, b1}, {c0, c1}, {d0, d1}};
  x = at;
  w = weights;
}

#undef LINNET_INT4_QUAD
#undef LINNET_INT4_HALF
#undef LINNET_INT4_LINES

}  // namespace loops
#endif

template <>
struct Int4Twin<CortexM4> {
  [[gnu::always_inline]] static inline int32_t SumOf(const int8_t* x, int taps) {
    uint32_t sum = 0;
    const int8_t* const whole = x + (taps & ~3);
#pragma GCC unroll 4
    while (x != whole) {
      const uint32_t four = dsp::LoadWord(x);
      x += 4;
      sum = dsp::Smlad(dsp::Sxtb16(four), 0x00010001, sum);
      sum = dsp::Smlad(dsp::Sxtb16Ror8(four), 0x00010001, sum);
    }
    for (int t = 0; t < (taps & 3); ++t) sum += static_cast<uint32_t>(int32_t{x[t]});
    return static_cast<int32_t>(sum);
  }

  template <int kChannels>
  [[gnu::always_inline]] static inline void MultiplyFour(uint32_t four, const dsp::Word*& words,
                                                         Int4Block<kChannels>& b) {
    const uint32_t halves[2] = {dsp::Sxtb16(four), dsp::Sxtb16Ror8(four)};
#pragma GCC unroll 2
    for (const uint32_t x : halves) {
#pragma GCC unroll 2
      for (int q = 0; q < kChannels / 4; ++q) {
        const uint32_t w = *words++;
        b.whole[q] = dsp::Smlad(x, w, b.whole[q]);
        b.low[q] = dsp::Smlad(x, w & 0x00FF00FF, b.low[q]);
        b.odd[q] = dsp::Smlad(x, w & 0xF0F0F0F0, b.odd[q]);
        b.second[q] = dsp::Smlad(x, w & 0x00F000F0, b.second[q]);
      }
    }
  }

  template <Int4Loop kLoop, int kChannels>
  [[gnu::always_inline]] static inline void Multiply(const int8_t* x, const dsp::Word*& words, int taps,
                                                     Int4Block<kChannels>& b) {
    const int8_t* const whole = x + (taps & ~3);
#if LINNET_KERNELS_HAVE_LOOPS
    constexpr bool kNamed = kChannels == kInt4BlockChannels;
    if constexpr (kNamed) {
      if (!kLoop.part || x != whole)
        loops::MultiplyInt4<kLoop.groups_a_round>(x, words, words + (taps >> 2) * (kChannels / 2), b);
    }
#else
    constexpr bool kNamed = false;
#endif
    while (!kNamed && x != whole) {
      const uint32_t four = dsp::LoadWord(x);
      x += 4;
      MultiplyFour(four, words, b);
    }
    if (kLoop.part && (taps & 3) != 0) MultiplyFour(LoadPart(x, taps & 3), words, b);
  }
};

}  // namespace linnet::kernels
