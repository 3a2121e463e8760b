// Matrix-vector products of pruned layers: an output channel at a time, and of its weights only those that are not zero.
#pragma once

#include <cstdint>

#include "linnet/kernels/dsp.h"
#include "linnet/kernels/pack_sparse.h"
#include "linnet/kernels/rescale.h"
#include "linnet/kernels/shapes.h"

namespace linnet::kernels {

// How the code of a sparse layer is made: layers that agree in all of it share it.
struct SparseKind {
  Gaps gaps = Gaps::kFourBits;
  Rescale rescale = {};
};

namespace portable {

// acc + x * weight over the entries of `groups` groups, modulo 2^32; `entries` is past them afterwards.
template <Gaps kGaps>
uint32_t MultiplyEntries(const int8_t* x, const dsp::Word*& entries, int groups, uint32_t acc) {
  for (; groups != 0; --groups) {
    for (int slot = 0; slot < kSparseGroup; ++slot) {
      const int shift = slot % 4 * 8;
      const uint32_t gaps = kGaps == Gaps::kFourBits ? entries[0] >> (slot / 4 * 4) : entries[slot / 4 * 3];
      x += gaps >> shift & static_cast<uint32_t>(GapMax(kGaps));
      acc += static_cast<uint32_t>(*x * static_cast<int8_t>(entries[1 + slot / 4] >> shift));
    }
    entries += WordsAGroup(kGaps);
  }
  return acc;
}

}  // namespace portable

// output[c] = the finished sum of bias[c] and x[t] * weight[t][c] over all taps; weights packed by PackSparse, the input's zero
// point folded into the bias. `entries` and `channels` are 4-byte aligned. Reads no input behind a channel's last weight.
template <typename T, SparseKind kKind>
[[gnu::noinline]] void SparseFullyConnected(const FullyConnectedShape& shape, const int8_t* x, const uint32_t* entries,
                                            const uint16_t* groups, const Channel* channels, int8_t* output) {
  const auto* words = reinterpret_cast<const dsp::Word*>(entries);
  for (const Channel* const end = channels + shape.outputs; channels != end; ++channels) {
    const uint32_t sum =
        T::template MultiplyEntries<kKind.gaps>(x, words, *groups++, static_cast<uint32_t>(channels->bias));
    *output++ = static_cast<int8_t>(FinishChannel<T, kKind.rescale>(static_cast<int32_t>(sum), *channels, shape.stage));
  }
}

}  // namespace linnet::kernels
