// How weights of fully-connected and convolution layers lie in flash, and the packing that the compiler does once.
//
// Output channels go in blocks of eight, what is left in blocks of two (an odd one is paired with zeros). Within a block the
// taps go in groups of four, the last group filled with zeros. Each group is an "even" half, for taps 0 and 2, and an "odd"
// half, for taps 1 and 3 (what SXTB16 makes of a word of four inputs), and a half holds one word for each pair of channels:
//     bits 7..0 low(tap a), 15..8 high(tap a), 23..16 low(tap b), 31..24 high(tap b)
// kPlain:   low = weight of the first channel, high = weight of the second.
// kRawPair: each 16-bit lane is first + 256 * second, so that SMLAD with the word as it stands adds first + 256 * second
//           dot products, SMLAD with SXTB16(word) the first alone, and the second is (raw - first) >> 8. One SXTB16 less a
//           word. Exact as long as the second sum stays within 24 bits: FitsRawPair proves it.
// Host or device; no heap.
#pragma once

#include <cstddef>
#include <cstdint>

namespace linnet::kernels {

enum class Packing : uint8_t { kPlain, kRawPair };

inline constexpr int kBlockChannels = 8;
inline constexpr int kTailChannels = 2;

constexpr int TapGroups(int taps) { return (taps + 3) / 4; }
constexpr size_t BlockBytes(int taps, int channels) {
  return static_cast<size_t>(TapGroups(taps)) * 4 * static_cast<size_t>(channels);
}
constexpr size_t PackedBytes(int taps, int channels) {
  const int whole = channels / kBlockChannels * kBlockChannels;
  return BlockBytes(taps, whole) + BlockBytes(taps, (channels - whole + 1) / 2 * 2);
}

// Weights as the graph has them, [taps][channels], each in -127..127.
struct WeightView {
  const int8_t* data;
  int taps;
  int channels;
  int at(int tap, int channel) const {
    return tap < taps && channel < channels ? data[static_cast<ptrdiff_t>(tap) * channels + channel] : 0;
  }
};

// True if no input can take a raw-pair sum out of its 24 bits: |x| <= 128, so sum |w| <= 65535 for every second channel,
// and no weight is -128 (its lane would overflow).
inline bool FitsRawPair(const WeightView& w) {
  for (int c = 0; c < w.channels; ++c) {
    int64_t sum = 0;
    for (int t = 0; t < w.taps; ++t) {
      const int value = w.at(t, c);
      if (value == -128) return false;
      sum += value < 0 ? -value : value;
    }
    if (sum > 65535) return false;
  }
  return true;
}

// Writes PackedBytes(w.taps, w.channels) bytes.
inline void PackWeights(const WeightView& w, Packing packing, int8_t* out) {
  for (int first = 0; first < w.channels;) {
    const int block = w.channels - first >= kBlockChannels ? kBlockChannels : kTailChannels;
    for (int group = 0; group < TapGroups(w.taps); ++group) {
      for (int half = 0; half < 2; ++half) {
        for (int pair = 0; pair < block / 2; ++pair) {
          for (int lane = 0; lane < 2; ++lane) {
            const int tap = group * 4 + half + lane * 2;
            const int low = w.at(tap, first + pair * 2);
            const int high = w.at(tap, first + pair * 2 + 1);
            const int borrow = packing == Packing::kRawPair && low < 0 ? 1 : 0;
            *out++ = static_cast<int8_t>(low);
            *out++ = static_cast<int8_t>(high - borrow);
          }
        }
      }
    }
    first += block;
  }
}

}  // namespace linnet::kernels
