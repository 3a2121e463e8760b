// The portable twin: what each primitive means, in plain C++. The cortex_m4 twin gives the same bits.
#pragma once

#include <cstdint>

#include "linnet/kernels/depthwise.h"
#include "linnet/kernels/dsp.h"
#include "linnet/kernels/pack.h"
#include "linnet/kernels/pixel_block.h"
#include "linnet/kernels/rescale.h"
#include "linnet/kernels/sparse_fully_connected.h"
#include "linnet/kernels/vector_block.h"

namespace linnet::kernels {

struct Portable {
  // round(acc * multiplier / 2^shift), halves up, kept within +-2^30 so that a zero point can be added: far outside
  // what any clamp lets through. multiplier >= 0, shift 1..62.
  static int32_t Scale(int32_t acc, int32_t multiplier, int shift) {
    constexpr int64_t kFar = int64_t{1} << 30;
    const int64_t value = (int64_t{acc} * multiplier + (int64_t{1} << (shift - 1))) >> shift;
    return static_cast<int32_t>(value < -kFar ? -kFar : value > kFar ? kFar : value);
  }

  // FastChannel's numbers applied (rescale.h); within -128..127 if kSaturate.
  template <Rounding kRounding, bool kSaturate>
  static int32_t FastRescale(int32_t acc, int32_t multiplier, int32_t last) {
    int64_t value = (int64_t{acc} * multiplier) >> 32;
    if constexpr (kRounding == Rounding::kDouble) {
      value = (int64_t{acc} * static_cast<uint32_t>(multiplier) + (int64_t{1} << 31)) >> 32;
      value += value < 0 ? -1 : 0;
    }
    const auto scaled = static_cast<int32_t>((value + (last >> 8)) >> (last & 255));
    return kSaturate ? Clamp(scaled, -128, 127) : scaled;
  }

  template <RunShape kRun, Packing kPacking>
  static void Run(const uint32_t* plane, const dsp::Word*& w, const dsp::Word* end, PixelBlock& b) {
    portable::Run<kRun, kPacking>(plane, w, end, b);
  }

  // b += x[t] * weight[t][c] over all taps of one packed block, modulo 2^32.
  template <int kChannels, Packing kPacking, int, bool>
  static void MultiplyTaps(const int8_t* x, const dsp::Word*& words, int taps, VectorBlock<kChannels>& b) {
    const auto* block = reinterpret_cast<const int8_t*>(words);
    words += TapGroups(taps) * kChannels;
    for (int group = 0; group < TapGroups(taps); ++group) {
      for (int half = 0; half < 2; ++half) {
        for (int pair = 0; pair < kChannels / 2; ++pair) {
          for (int lane = 0; lane < 2; ++lane) {
            const int tap = group * 4 + half + lane * 2;
            const int low = *block++;
            int high = *block++;
            if (kPacking == Packing::kRawPair && low < 0) ++high;
            const int value = tap < taps ? x[tap] : 0;
            b.first[pair] += static_cast<uint32_t>(value * low);
            b.second[pair] +=
                static_cast<uint32_t>(kPacking == Packing::kRawPair ? value * (low + 256 * high) : value * high);
          }
        }
      }
    }
  }

  // See sparse_fully_connected.h.
  template <Gaps kGaps>
  static uint32_t MultiplyEntries(const int8_t* x, const dsp::Word*& entries, int groups, uint32_t acc) {
    return portable::MultiplyEntries<kGaps>(x, entries, groups, acc);
  }

  // Output rows of one channel of a depthwise convolution (depthwise.h).
  template <DepthwiseKind kKind>
  [[gnu::always_inline]] static inline void Plane(const PlaneRows& p, const uint32_t* weights, const Channel& channel,
                                                  const OutputStage& stage) {
    if constexpr (kKind.d.IsThreeByThree()) {
      PlaneThreeByThree<Portable, kKind>(p, weights, channel, stage);
    } else {
      PlaneAnyKernel<Portable, kKind>(p, weights, channel, stage);
    }
  }

  // best[0..3] = max(best[0..3], x[0..3]), as four bytes in a word.
  static uint32_t Max4(uint32_t best, const int8_t* x) {
    uint32_t r = 0;
    for (int i = 0; i < 4; ++i) {
      const auto b = static_cast<int8_t>(best >> (8 * i));
      r |= static_cast<uint32_t>(static_cast<uint8_t>(b > x[i] ? b : x[i])) << (8 * i);
    }
    return r;
  }
};

}  // namespace linnet::kernels
