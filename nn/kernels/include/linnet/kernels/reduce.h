// Sums and means of int8 tensors over any dimensions.
#pragma once

#include <cstdint>

#include "linnet/kernels/pool.h"
#include "linnet/kernels/rounding.h"

namespace linnet::kernels {

inline constexpr int kReduceDimensions = 3;  // kept ones, and reduced ones; the compiler merges neighbours

// The output is [kept..., inner] in order. Steps are in elements of the input, outermost dimension first; `inner` elements lie
// side by side in input and output. The last two reduced dimensions are rows and columns of a sum, any other comes before.
struct ReduceShape {
  int inner = 1;
  int kept = 0;
  int kept_counts[kReduceDimensions] = {};
  int kept_steps[kReduceDimensions] = {};
  int outer = 1, outer_step = 0;
  int rows = 1, row_step = 0;
  int columns = 1, column_step = 0;
};

// What becomes of a sum. kAverage: RoundedAverage of the elements. Else zero_point + the sum without `zero_points` (the
// input's zero point times the elements), scaled once or twice.
enum class ReduceFinish : uint8_t { kAverage, kOnce, kTwice };
struct ReduceParameters {
  int32_t count = 1;
  int32_t zero_points = 0;
  int32_t zero_point = 0;
  TwiceMultiplier twice = {};
  int32_t multiplier = 0;  // of kOnce
  int shift = 33;
};

template <typename T, ReduceFinish kFinish>
[[gnu::always_inline]] inline int8_t FinishSum(const ReduceParameters& p, int32_t sum) {
  if constexpr (kFinish == ReduceFinish::kAverage) return static_cast<int8_t>(RoundedAverage(sum, p.count));
  const int32_t centred = sum - p.zero_points;
  const int32_t scaled =
      kFinish == ReduceFinish::kTwice ? ScaleTwice(centred, p.twice) : T::Scale(centred, p.multiplier, p.shift);
  return static_cast<int8_t>(dsp::Ssat8(scaled + p.zero_point));
}

template <typename T, ReduceFinish kFinish>
[[gnu::noinline]] void Reduce(const ReduceShape& s, const ReduceParameters& p, const int8_t* input, int8_t* output) {
  int at[kReduceDimensions] = {0, 0, 0};
  for (;;) {
    int i = 0;
    for (; i + 4 <= s.inner; i += 4) {
      int32_t total[4] = {0, 0, 0, 0};
      for (int o = 0; o < s.outer; ++o) {
        int32_t sums[4];
        SumFourChannels(input + i + o * s.outer_step, s.rows, s.row_step, s.columns, s.column_step, sums);
        for (int k = 0; k < 4; ++k) total[k] += sums[k];
      }
#pragma GCC unroll 1
      for (int k = 0; k < 4; ++k) *output++ = FinishSum<T, kFinish>(p, total[k]);
    }
    for (; i < s.inner; ++i) {
      int32_t total = 0;
      for (int o = 0; o < s.outer; ++o)
        total += SumOneChannel(input + i + o * s.outer_step, s.rows, s.row_step, s.columns, s.column_step);
      *output++ = FinishSum<T, kFinish>(p, total);
    }
    int d = s.kept - 1;
    for (; d >= 0; --d) {
      input += s.kept_steps[d];
      if (++at[d] < s.kept_counts[d]) break;
      input -= s.kept_steps[d] * s.kept_counts[d];
      at[d] = 0;
    }
    if (d < 0) return;
  }
}

// The index of the first greatest element along a dimension of `count`: outer rows, `inner` elements side by side.
template <typename Element, typename Index>
[[gnu::noinline]] void ArgMax(int outer, int count, int inner, const Element* input, Index* output) {
  for (int o = 0; o < outer; ++o, input += count * inner) {
    for (int i = 0; i < inner; ++i) {
      Element best = input[i];
      int index = 0;
      for (int k = 1; k < count; ++k) {
        const Element value = input[k * inner + i];
        if (value > best) best = value, index = k;
      }
      *output++ = static_cast<Index>(index);
    }
  }
}

}  // namespace linnet::kernels
