// The Cortex-M4 twin: two multiply-accumulates an instruction. Compiles everywhere (dsp.h), so that one test judges both.
// What stands in inner loops is inlined under -Os too, where a firmware is built small.
#pragma once

#include <cstdint>

#include "linnet/kernels/cortex_m4_loops.h"
#include "linnet/kernels/cortex_m4_planes.h"
#include "linnet/kernels/cortex_m4_sparse.h"
#include "linnet/kernels/depthwise.h"
#include "linnet/kernels/dsp.h"
#include "linnet/kernels/pack.h"
#include "linnet/kernels/portable.h"
#include "linnet/kernels/rescale.h"
#include "linnet/kernels/vector_block.h"

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

  // FastChannel's numbers applied: four instructions (single rounding) or five.
  template <Rounding kRounding, bool kSaturate>
  [[gnu::always_inline]] static inline int32_t FastRescale(int32_t acc, int32_t multiplier, int32_t last) {
#if LINNET_KERNELS_HAVE_DSP
    int32_t r;
    // In one piece: between two, the compiler would copy the register.
    if constexpr (kRounding == Rounding::kDouble) {
      asm("smmlar %0, %1, %2, %1\n\t"
          "add %0, %0, %0, asr #31\n\t"
          "add %0, %0, %3, asr #8\n\t"
          "asr %0, %0, %3\n\t"
          ".if %c4\n\tssat %0, #8, %0\n\t.endif"
          : "=&r"(r)
          : "r"(acc), "r"(multiplier), "r"(last), "i"(kSaturate));
    } else {
      asm("smmul %0, %1, %2\n\t"
          "add %0, %0, %3, asr #8\n\t"
          "asr %0, %0, %3\n\t"
          ".if %c4\n\tssat %0, #8, %0\n\t.endif"
          : "=&r"(r)
          : "r"(acc), "r"(multiplier), "r"(last), "i"(kSaturate));
    }
    return r;
#else
    return Portable::FastRescale<kRounding, kSaturate>(acc, multiplier, last);
#endif
  }

  // See pixel_block.h.
  template <RunShape kRun, Packing kPacking>
  [[gnu::always_inline]] static inline void Run(const uint32_t* plane, const dsp::Word*& w, const dsp::Word* end,
                                                PixelBlock& b) {
#if LINNET_KERNELS_HAVE_LOOPS
    if constexpr (loops::InReach(kRun)) {
      loops::Run<kRun, kPacking>(plane, w, end, b);
      return;
    }
#endif
    portable::Run<kRun, kPacking>(plane, w, end, b);
  }

  // All taps of one packed block, which `words` is past afterwards. REQUIRES: kRound divides taps / 4.
  template <int kChannels, Packing kPacking, int kRound, bool kPart>
  [[gnu::always_inline]] static inline void MultiplyTaps(const int8_t* x, const dsp::Word*& words, int taps,
                                                         VectorBlock<kChannels>& b) {
    const int8_t* const whole = x + (taps & ~3);
#if LINNET_KERNELS_HAVE_LOOPS
    constexpr bool kLoop = kChannels == kBlockChannels;
    if constexpr (kLoop) {
      if (!kPart || x != whole) loops::MultiplyFours<kPacking, kRound>(x, words, words + (taps >> 2) * kChannels, b);
    }
#else
    constexpr bool kLoop = false;
#endif
    while (!kLoop && x != whole) {
      const uint32_t four = dsp::LoadWord(x);
      x += 4;
      MultiplyFour<kChannels, kPacking>(four, words, b);
    }
    if (kPart && (taps & 3) != 0) MultiplyFour<kChannels, kPacking>(LoadPart(x, taps & 3), words, b);
  }

  template <Gaps kGaps>
  [[gnu::always_inline]] static inline uint32_t MultiplyEntries(const int8_t* x, const dsp::Word*& entries, int groups,
                                                                uint32_t acc) {
    return loops::MultiplyEntries<kGaps>(x, entries, groups, acc);
  }

  template <DepthwiseKind kKind>
  [[gnu::always_inline]] static inline void Plane(const PlaneRows& p, const uint32_t* weights, const Channel& channel,
                                                  const OutputStage& stage) {
#if LINNET_KERNELS_HAVE_LOOPS
    if constexpr (loops::HasThreeByThree(kKind)) {
      if (kKind.rescale.fast || IsFast(channel)) return loops::PlaneThreeByThree<kKind>(p, weights, channel);
    }
#endif
    if constexpr (kKind.d.IsThreeByThree()) {
      PlaneThreeByThree<CortexM4, kKind>(p, weights, channel, stage);
    } else {
      PlaneAnyKernel<CortexM4, kKind>(p, weights, channel, stage);
    }
  }

  [[gnu::always_inline]] static inline uint32_t Max4(uint32_t best, const int8_t* x) {
    return dsp::Max4(best, dsp::LoadWord(x));
  }
};

}  // namespace linnet::kernels
