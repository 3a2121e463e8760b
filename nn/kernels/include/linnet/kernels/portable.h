// The portable twin: what each primitive means, in plain C++. The cortex_m4 twin gives the same bits.
#pragma once

#include <cstdint>

#include "linnet/kernels/dsp.h"
#include "linnet/kernels/pack.h"

namespace linnet::kernels {

struct Portable {
  // round(acc * multiplier / 2^shift), halves up, kept within +-2^30 so that a zero point can be added: far outside
  // what any clamp lets through. multiplier >= 0, shift 1..62.
  static int32_t Scale(int32_t acc, int32_t multiplier, int shift) {
    constexpr int64_t kFar = int64_t{1} << 30;
    const int64_t value = (int64_t{acc} * multiplier + (int64_t{1} << (shift - 1))) >> shift;
    return static_cast<int32_t>(value < -kFar ? -kFar : value > kFar ? kFar : value);
  }

  // sums[c] = sum over taps of x[t] * weight[t][c] for one packed block of kChannels, modulo 2^32.
  template <int kChannels, Packing kPacking>
  static void Dot(const int8_t* x, const int8_t* block, int taps, int32_t* sums) {
    uint32_t acc[kChannels] = {};
    for (int group = 0; group < TapGroups(taps); ++group) {
      for (int half = 0; half < 2; ++half) {
        for (int pair = 0; pair < kChannels / 2; ++pair) {
          for (int lane = 0; lane < 2; ++lane) {
            const int tap = group * 4 + half + lane * 2;
            const int low = *block++;
            int high = *block++;
            if (kPacking == Packing::kRawPair && low < 0) ++high;
            const int value = tap < taps ? x[tap] : 0;
            acc[pair * 2] += static_cast<uint32_t>(value * low);
            acc[pair * 2 + 1] += static_cast<uint32_t>(value * high);
          }
        }
      }
    }
    for (int c = 0; c < kChannels; ++c) sums[c] = static_cast<int32_t>(acc[c]);
  }

  // acc[0..3] += x[0..3] * w[0..3].
  static void MultiplyAdd4(const int8_t* x, const int8_t* w, uint32_t* acc) {
    for (int i = 0; i < 4; ++i) acc[i] += static_cast<uint32_t>(x[i] * w[i]);
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
