// Softmax and its logarithm from tables of 256 exponentials, so that host and board agree to the bit and no float is needed.
#pragma once

#include <cstdint>

#include "linnet/kernels/fixed_point_functions.h"
#include "linnet/kernels/rounding.h"

namespace linnet::kernels {

// More than this in a row and the 32-bit sums below could overflow: 2048 * 2^20 + 2^28 < 2^32.
inline constexpr int kSoftmaxRowMax = 2048;
// TensorFlow Lite's sums are in Q12.19.
inline constexpr int kSoftmaxTwiceRowMax = 4095;

inline int RowMax(const int8_t* row, int count) {
  int max = -128;
  for (int i = 0; i < count; ++i) max = row[i] > max ? row[i] : max;
  return max;
}

// table[d] = round(exp(-d * scale) * 2^20) for d = max - x, so every row's sum is at least 2^20.
// output = min(127, (table[d] * 256 + sum / 2) / sum - 128): scale 1/256, zero point -128. May work in place.
// REQUIRES: count <= kSoftmaxRowMax.
[[gnu::noinline]] inline void Softmax(int rows, int count, const uint32_t* table, const int8_t* input, int8_t* output) {
  for (int row = 0; row < rows; ++row) {
    const int max = RowMax(input, count);
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

// The sum over a row of the table's Q0.31 values, each rounded to Q12.19; the table's are not negative.
inline int32_t SumOfExp(const int32_t* table, int max, const int8_t* row, int count) {
  int32_t sum = 0;
  for (int i = 0; i < count; ++i)
    sum += static_cast<int32_t>((static_cast<uint32_t>(table[max - row[i]]) + (1U << 11)) >> 12);
  return sum;
}

// TensorFlow Lite's: table[d] = exp(-d * scale * beta) in Q0.31, 0 where it leaves a difference out. Output int8 of scale 1/256 and zero
// point -128, or int16 of 1/65536 and -32768. May work in place. REQUIRES: count <= kSoftmaxTwiceRowMax.
template <typename Output>
[[gnu::noinline]] void SoftmaxTwice(int rows, int count, const int32_t* table, const int8_t* input, Output* output) {
  constexpr int32_t kHighest = sizeof(Output) == 1 ? 127 : 32767;
  for (int row = 0; row < rows; ++row) {
    const int max = RowMax(input, count);
    const int32_t sum = SumOfExp(table, max, input, count);
    const int headroom = __builtin_clz(static_cast<uint32_t>(sum));
    const int32_t scale =
        ReciprocalOfOnePlus(static_cast<int32_t>((static_cast<uint32_t>(sum) << headroom) - (1U << 31)));
    const int shift = 12 - headroom + (sizeof(Output) == 1 ? 23 : 15);
    for (int i = 0; i < count; ++i) {
      const auto high = static_cast<uint32_t>(DoublingHigh(table[max - input[i]], scale));
      const int32_t share =
          (shift > 31 ? 0 : static_cast<int32_t>((high + (1U << (shift - 1))) >> shift)) - kHighest - 1;
      output[i] = static_cast<Output>(share > kHighest ? kHighest : share);
    }
    input += count;
    output += count;
  }
}

// TensorFlow Lite's logarithm of the softmax: `differences` are -d * scale in Q5.26; output scale 1/16, zero point 127. What lies
// `lowest` or more below the greatest is -128. May work in place. REQUIRES: count <= kSoftmaxTwiceRowMax.
[[gnu::noinline]] inline void LogSoftmaxTwice(int rows, int count, const int32_t* exponentials,
                                              const int32_t* differences, int32_t lowest_difference,
                                              const TwiceMultiplier& reverse, const int8_t* input, int8_t* output) {
  for (int row = 0; row < rows; ++row) {
    const int max = RowMax(input, count);
    const int32_t log = LogOfSum(SumOfExp(exponentials, max, input, count));
    const int32_t by_sum = ScaleTwice(static_cast<int32_t>(static_cast<uint32_t>(log) - (1U << 31)), reverse);
    const int32_t lowest = by_sum > lowest_difference - 1 ? by_sum : lowest_difference - 1;
    for (int i = 0; i < count; ++i) {
      const int d = max - input[i];
      const int32_t value = 127 + RoundingShift(WrappingSum(differences[d], -log), 22);
      output[i] = static_cast<int8_t>(-d > lowest ? dsp::Ssat8(value) : -128);
    }
    input += count;
    output += count;
  }
}

}  // namespace linnet::kernels
