// SVDF in int8 as TensorFlow Lite Micro computes it: each filter keeps the last `memory` products of its feature weights with the
// input and weighs them in time; `rank` filters make a unit.
#pragma once

#include <cstdint>

#include "linnet/kernels/block_sums.h"
#include "linnet/kernels/dsp.h"
#include "linnet/kernels/rounding.h"
#include "linnet/kernels/shapes.h"

namespace linnet::kernels {

struct SvdfShape {
  int inputs = 0;
  int filters = 0;
  int rank = 1;
  int memory = 0;
  TwiceMultiplier feature = {}, output = {};
  int32_t state_zero_point = 0;
  int32_t zero_point = 0;
};

// Moves a filter's states on by one, puts `value` at the end and returns their dot product with the time weights. Two int16
// states a step: loaded one further on, stored and multiplied.
inline int32_t AdvanceFilter(int16_t* state, int memory, int16_t value, const int16_t* weights) {
  uint32_t sum = 0;
  int left = memory - 1;
  for (; left >= 2; left -= 2) {
    const uint32_t pair = dsp::LoadWord(state + 1);
    __builtin_memcpy(state, &pair, sizeof pair);
    sum = dsp::Smlad(pair, dsp::LoadWord(weights), sum);
    state += 2;
    weights += 2;
  }
  if (left == 1) {
    const int16_t last = state[1];
    *state++ = last;
    sum += static_cast<uint32_t>(last * *weights++);
  }
  *state = value;
  return static_cast<int32_t>(sum + static_cast<uint32_t>(value * *weights));
}
inline int32_t AdvanceFilter(int8_t* state, int memory, int8_t value, const int8_t* weights) {
  uint32_t sum = 0;
  for (int left = memory - 1; left > 0; --left) {
    const int8_t next = state[1];
    *state++ = next;
    sum += static_cast<uint32_t>(next * *weights++);
  }
  *state = value;
  return static_cast<int32_t>(sum + static_cast<uint32_t>(value * *weights));
}

// Feature weights are packed, [inputs] taps and a channel a filter; feature_bias has the input's zero point folded in and one value
// more where the filters are odd; `bias` of a unit has the state's.
template <typename T, Packing kPacking, typename State>
[[gnu::noinline]] void Svdf(const SvdfShape& s, const int8_t* input, const int8_t* features,
                            const int32_t* feature_bias, const State* weights, const int32_t* bias, int8_t* states,
                            int8_t* output) {
  auto* state = reinterpret_cast<State*>(states);
  constexpr int32_t kHighest = sizeof(State) == 1 ? 127 : 32767;
  int32_t sums[kBlockChannels];
  int first = 0, end = 0;  // the filters whose sums are there
  int32_t acc = *bias++;
  int rank = 0;
  for (int filter = 0; filter < s.filters; ++filter) {
    if (filter == end) {
      first = end;
      if (s.filters - first >= kBlockChannels) {
        BlockSums<T, kBlockChannels, kPacking>(input, s.inputs, features, feature_bias + first, sums);
        features += BlockBytes(s.inputs, kBlockChannels);
        end += kBlockChannels;
      } else {
        BlockSums<T, kTailChannels, kPacking>(input, s.inputs, features, feature_bias + first, sums);
        features += BlockBytes(s.inputs, kTailChannels);
        end += kTailChannels;
      }
    }
    const int32_t scaled = ScaleTwice(sums[filter - first], s.feature);
    const int32_t value = scaled > kHighest ? kHighest : scaled < -kHighest - 1 ? -kHighest - 1 : scaled;
    acc += AdvanceFilter(state, s.memory, static_cast<State>(s.state_zero_point + value), weights);
    state += s.memory;
    weights += s.memory;
    if (++rank == s.rank) {
      *output++ = static_cast<int8_t>(dsp::Ssat8(ScaleTwice(acc, s.output) + s.zero_point));
      rank = 0;
      if (filter + 1 < s.filters) acc = *bias++;
    }
  }
}

}  // namespace linnet::kernels
