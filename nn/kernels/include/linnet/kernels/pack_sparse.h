// How a fully-connected layer whose weights are mostly zero lies in flash, and the packing that the compiler does once.
//
// One output channel after another, each a list of entries (gap, weight): the input's pointer moves on by the gap, from the
// input's first element, and what it points to is multiplied by the weight. A gap too wide for its bits is spread over
// entries of weight 0. Entries go in groups of eight, the last group of a channel filled with (0, 0); a channel of zeros has
// no group. A group is 4-byte aligned words, little-endian:
//     Gaps::kFourBits   gaps, weights 0 to 3, weights 4 to 7   byte k of gaps: bits 3..0 gap k, bits 7..4 gap k + 4
//     Gaps::kEightBits  gaps 0 to 3, weights 0 to 3, weights 4 to 7, gaps 4 to 7
// Gaps of four bits take 1.5 bytes a weight and suit about 60 to 92 % zeros, gaps of eight 2 bytes and suit more.
// Host or device; no heap.
#pragma once

#include <cstddef>
#include <cstdint>

#include "linnet/kernels/pack.h"

namespace linnet::kernels {

enum class Gaps : uint8_t { kFourBits, kEightBits };

inline constexpr int kSparseGroup = 8;
inline constexpr int kSparseGroupsMax = 65535;  // of one channel

constexpr int GapMax(Gaps gaps) { return gaps == Gaps::kFourBits ? 15 : 255; }
constexpr int WordsAGroup(Gaps gaps) { return gaps == Gaps::kFourBits ? 3 : 4; }

// Calls visit(gap, weight) for each entry of a channel, without the filling of its last group.
template <typename Visit>
void VisitEntries(const WeightView& w, int channel, Gaps gaps, Visit visit) {
  int at = 0;
  for (int tap = 0; tap < w.taps; ++tap) {
    const int weight = w.at(tap, channel);
    if (weight == 0) continue;
    for (; tap - at > GapMax(gaps); at += GapMax(gaps)) visit(GapMax(gaps), 0);
    visit(tap - at, weight);
    at = tap;
  }
}

inline int SparseGroups(const WeightView& w, int channel, Gaps gaps) {
  int entries = 0;
  VisitEntries(w, channel, gaps, [&](int, int) { ++entries; });
  return (entries + kSparseGroup - 1) / kSparseGroup;
}

// Of all channels; -1 where one has more than kSparseGroupsMax.
inline int64_t SparseGroups(const WeightView& w, Gaps gaps) {
  int64_t groups = 0;
  for (int c = 0; c < w.channels; ++c) {
    const int more = SparseGroups(w, c, gaps);
    if (more > kSparseGroupsMax) return -1;
    groups += more;
  }
  return groups;
}

// Writes SparseGroups(w, gaps) * WordsAGroup(gaps) words, and each channel's number of groups. REQUIRES: that isn't -1.
inline void PackSparse(const WeightView& w, Gaps gaps, uint32_t* entries, uint16_t* groups) {
  for (int c = 0; c < w.channels; ++c) {
    int count = 0;
    uint32_t* group = entries;
    VisitEntries(w, c, gaps, [&](int gap, int weight) {
      const int slot = count++ % kSparseGroup;
      const int shift = slot % 4 * 8;
      if (slot == 0) {
        group = entries;
        for (int i = 0; i < WordsAGroup(gaps); ++i) *entries++ = 0;
      }
      group[1 + slot / 4] |= static_cast<uint32_t>(weight & 255) << shift;
      if (gaps == Gaps::kFourBits) {
        group[0] |= static_cast<uint32_t>(gap) << (shift + slot / 4 * 4);
      } else {
        group[slot / 4 * 3] |= static_cast<uint32_t>(gap) << shift;
      }
    });
    groups[c] = static_cast<uint16_t>((count + kSparseGroup - 1) / kSparseGroup);
  }
}

}  // namespace linnet::kernels
