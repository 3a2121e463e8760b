// Softmax from a table of 256 exponentials, so that host and board agree to the bit and no float is needed.
#pragma once

#include <cstdint>

namespace linnet::kernels {

// More than this in a row and the 32-bit sums below could overflow: 2048 * 2^20 + 2^28 < 2^32.
inline constexpr int kSoftmaxRowMax = 2048;

// table[d] = round(exp(-d * scale) * 2^20) for d = max - x, so every row's sum is at least 2^20.
// output = min(127, (table[d] * 256 + sum / 2) / sum - 128): scale 1/256, zero point -128. May work in place.
// REQUIRES: count <= kSoftmaxRowMax.
inline void Softmax(int rows, int count, const uint32_t* table, const int8_t* input, int8_t* output) {
  for (int row = 0; row < rows; ++row) {
    int max = -128;
    for (int i = 0; i < count; ++i) max = input[i] > max ? input[i] : max;
    uint32_t sum = 0;
    for (int i = 0; i < count; ++i) sum += table[max - input[i]];
    for (int i = 0; i < count; ++i) {
      const uint32_t share = (table[max - input[i]] * 256U + sum / 2) / sum;
      output[i] = static_cast<int8_t>(share > 255 ? 127 : static_cast<int32_t>(share) - 128);
    }
    input += count;
    output += count;
  }
}

}  // namespace linnet::kernels
