// The inner loop of convolutions: two pixels by four output channels in eight accumulators. Portable definition; the Cortex-M4
// twin (cortex_m4.h) has the same in registers.
#pragma once

#include <cstdint>

#include "linnet/kernels/dsp.h"
#include "linnet/kernels/pack.h"

namespace linnet::kernels {

// first[pixel][pair]: channel 2 * pair; second[pixel][pair]: channel 2 * pair + 1 (kPlain), or first + 256 * second (kRawPair).
struct PixelBlock {
  uint32_t first[2][2];
  uint32_t second[2][2];

  // The bias stands in `first`; `second` starts with the same, so that the difference is the second sum alone (kRawPair).
  template <Packing kPacking>
  [[gnu::always_inline]] int32_t Sum(int pixel, int channel, int32_t bias) const {
    const uint32_t even = first[pixel][channel / 2];
    if (channel % 2 == 0) return static_cast<int32_t>(even);
    const uint32_t odd = second[pixel][channel / 2];
    if constexpr (kPacking == Packing::kPlain) return static_cast<int32_t>(odd);
    return (static_cast<int32_t>(odd - even) >> 8) + bias;
  }
};

// How a run of taps goes through memory: from plane to plane `pitch_bytes` apart, in each plane `taps` words `step_bytes`
// apart. The number of planes is a multiple of `planes`.
struct RunShape {
  int taps = 1;
  int step_bytes = 4;
  int pitch_bytes = 4;
  int planes = 1;
  int unrolled = 10;  // taps at most that one round of the loop takes
};

namespace portable {

template <Packing kPacking>
inline void MultiplyWord(uint32_t x0, uint32_t x1, const dsp::Word* w, PixelBlock& b) {
  const uint32_t x[2] = {x0, x1};
  for (int pair = 0; pair < 2; ++pair) {
    for (int pixel = 0; pixel < 2; ++pixel) {
      const int32_t lo = dsp::Bottom(x[pixel]), hi = dsp::Top(x[pixel]);
      const uint32_t word = w[pair];
      const auto first = static_cast<uint32_t>(lo * static_cast<int8_t>(word) + hi * static_cast<int8_t>(word >> 16));
      b.first[pixel][pair] += first;
      if constexpr (kPacking == Packing::kRawPair) {
        b.second[pixel][pair] +=
            static_cast<uint32_t>(lo * dsp::Bottom(word)) + static_cast<uint32_t>(hi * dsp::Top(word));
      } else {
        b.second[pixel][pair] +=
            static_cast<uint32_t>(lo * static_cast<int8_t>(word >> 8) + hi * static_cast<int8_t>(word >> 24));
      }
    }
  }
}

// Goes on from `plane` (the first pixel's word; the second pixel's follows it) and `w` until `w` is `end`, at least once.
template <RunShape kRun, Packing kPacking>
inline void Run(const uint32_t* plane, const dsp::Word*& w, const dsp::Word* end, PixelBlock& b) {
  do {
    for (int tap = 0; tap < kRun.taps; ++tap) {
      const uint32_t* x = plane + tap * (kRun.step_bytes / 4);
      MultiplyWord<kPacking>(x[0], x[1], w, b);
      w += 2;
    }
    plane += kRun.pitch_bytes / 4;
  } while (w != end);
}

}  // namespace portable
}  // namespace linnet::kernels
