// How 4-bit weights of fully-connected layers lie in flash, two a byte, and the packing that the compiler does once.
//
// Output channels go in blocks of eight, what is left in blocks of four, the last filled up. Within a block the taps go in groups
// of four, the last filled up, each an "even" half for taps 0 and 2 and an "odd" half for taps 1 and 3, as in pack.h. A half holds
// one word for each four channels a, b, c, d; each of its 16-bit lanes is one tap:
//     bits 3..0 a + 8, bits 7..4 b + 8, bits 11..8 c + 8, bits 15..12 d (two's complement)
// so that four masks of the word, which are immediates of one AND, give four numbers a lane (mod 2^16, signed):
//     whole (no mask)       (a + 8) + 16 (b + 8) + 256 (c + 8) + 4096 d
//     low   & 0x00FF        (a + 8) + 16 (b + 8)
//     odd   & 0xF0F0                  16 (b + 8)               + 4096 d
//     second & 0x00F0                 16 (b + 8)
// SMLAD sums each times the inputs; differences and shifts of the four sums are the channels' own. The eights come out as eight
// times the sum of the inputs, the same for all channels. Weights need no further unpacking: 7 instructions for 8 products.
// Exact modulo 2^32 as long as a channel d keeps within 19 bits and c within 23: kInt4Taps taps always do, more where FitsInt4Whole
// says so. Host or device; no heap.
#pragma once

#include <cstddef>
#include <cstdint>

#include "linnet/kernels/pack.h"

namespace linnet::kernels {

inline constexpr int kInt4BlockChannels = 8;
inline constexpr int kInt4TailChannels = 4;
inline constexpr int kInt4Taps = 512;  // at once, whatever the weights: 512 * 7 < 4096

constexpr size_t PackedInt4Bytes(int taps, int channels) {
  const auto rounded = static_cast<size_t>((channels + kInt4TailChannels - 1) / kInt4TailChannels * kInt4TailChannels);
  return static_cast<size_t>(TapGroups(taps)) * 2 * rounded;
}

// Whether all taps may be summed at once: every fourth channel's |w| sum to below 2^19 / 128.
inline bool FitsInt4Whole(const WeightView& w) {
  if (w.taps > 4096) return false;  // 15 * 128 * taps < 2^23
  for (int c = 3; c < w.channels; c += 4) {
    int sum = 0;
    for (int t = 0; t < w.taps; ++t) sum += w.at(t, c) < 0 ? -w.at(t, c) : w.at(t, c);
    if (sum > 4095) return false;
  }
  return true;
}

// Writes PackedInt4Bytes(w.taps, w.channels) bytes. REQUIRES: every weight in -8..7.
inline void PackInt4Weights(const WeightView& w, int8_t* out) {
  for (int first = 0; first < w.channels;) {
    const int block = w.channels - first >= kInt4BlockChannels ? kInt4BlockChannels : kInt4TailChannels;
    for (int group = 0; group < TapGroups(w.taps); ++group) {
      for (int half = 0; half < 2; ++half) {
        for (int quad = first; quad < first + block; quad += 4) {
          for (int lane = 0; lane < 2; ++lane) {
            const int tap = group * 4 + half + lane * 2;
            *out++ = static_cast<int8_t>((w.at(tap, quad) + 8) | (w.at(tap, quad + 1) + 8) << 4);
            *out++ = static_cast<int8_t>((w.at(tap, quad + 2) + 8) | (w.at(tap, quad + 3) & 15) << 4);
          }
        }
      }
    }
    first += block;
  }
}

}  // namespace linnet::kernels
