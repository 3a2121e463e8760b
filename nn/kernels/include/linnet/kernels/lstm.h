// Unidirectional LSTM in int8 as TensorFlow Lite Micro computes it, one batch: gates in Q3.12, their functions in Q0.15, a cell
// state of int16. Two units with their four gates are one block of eight channels, so that a unit is finished as soon as its
// sums are there and nothing but the states is stored.
#pragma once

#include <cstdint>

#include "linnet/kernels/block_sums.h"
#include "linnet/kernels/dsp.h"
#include "linnet/kernels/elementwise.h"
#include "linnet/kernels/rounding.h"
#include "linnet/kernels/shapes.h"

namespace linnet::kernels {

inline constexpr int kLstmGates = 4;  // input, forget, cell, output

struct LstmShape {
  int steps = 0;
  int inputs = 0;
  int units = 0;
  TwiceMultiplier input[kLstmGates] = {};  // of the sums over the input row, and over the hidden state
  TwiceMultiplier recurrent[kLstmGates] = {};
  TwiceMultiplier forget_cell = {}, input_cell = {}, hidden = {};
  int32_t hidden_zero_point = 0;
  int32_t cell_clip = 0;    // 0 for none
  int cell_left_shift = 0;  // of Tanh16 on the cell state
};

// The cell states, then the hidden state.
constexpr int LstmStateBytes(int units) { return RoundUp4(3 * units); }

// sigmoid[i] = 65536 / (1 + e^(-i / 24)): straight lines in between. x in Q3.12, the result in Q0.15.
[[gnu::always_inline]] inline int32_t Sigmoid16(const uint16_t* sigmoid, int32_t x) {
  const int32_t t = x * 3;
  const auto magnitude = static_cast<uint32_t>(t < 0 ? -t : t);
  const uint32_t segment = magnitude >> 9;
  uint32_t value = 0x7FFFU << 10;
  if (segment < 255) {
    const uint32_t from = sigmoid[segment];
    value = (from << 9) + (magnitude & 511) * (sigmoid[segment + 1] - from);
  }
  if (t < 0) value = (1U << 25) - value - 1;
  return static_cast<int32_t>((value + 512) >> 10);
}

// tanh x = 2 sigmoid(2 x) - 1. x has scale 2^(left_shift - 12).
[[gnu::always_inline]] inline int32_t Tanh16(const uint16_t* sigmoid, int32_t x, int left_shift) {
  const int32_t t = left_shift >= 0 ? x * 3 * (1 << left_shift) : (x * 3 + (1 << (-left_shift - 1))) >> -left_shift;
  const auto magnitude = static_cast<uint32_t>(t < 0 ? -t : t);
  const uint32_t segment = magnitude >> 8;
  int32_t value = 0xFFFF << 8;
  if (segment < 255) {
    const uint32_t from = sigmoid[segment];
    value = static_cast<int32_t>((from << 8) + (magnitude & 255) * (sigmoid[segment + 1] - from));
  }
  value -= 1 << 23;
  if (t < 0) value = -value - 1;
  return (value + 128) >> 8;
}

// ScaleTwice where the compiler has seen that nothing goes left, something goes right and the rounding half fits.
template <bool kFast>
[[gnu::always_inline]] inline int32_t LstmScale(int32_t x, const TwiceMultiplier& m) {
  if constexpr (!kFast) return ScaleTwice(x, m);
  const int32_t high = DoublingHigh(x, m.multiplier);
  return (high + (high >> 31) + (1 << (m.right - 1))) >> m.right;
}

// One unit from the sums of its gates; its new hidden value.
template <bool kFast>
[[gnu::noinline]] int8_t FinishLstmUnit(const LstmShape& s, const uint16_t* sigmoid, const int32_t* input_sums,
                                        const int32_t* recurrent_sums, int16_t* cell) {
  int32_t gates[kLstmGates];
#pragma GCC unroll 1
  for (int g = 0; g < kLstmGates; ++g) {
    const int32_t sum = dsp::Ssat16(dsp::Ssat16(LstmScale<kFast>(input_sums[g], s.input[g])) +
                                    dsp::Ssat16(LstmScale<kFast>(recurrent_sums[g], s.recurrent[g])));
    gates[g] = g == 2 ? Tanh16(sigmoid, sum, 0) : Sigmoid16(sigmoid, sum);
  }
  int32_t state = dsp::Ssat16(dsp::Ssat16(LstmScale<kFast>(gates[1] * *cell, s.forget_cell)) +
                              dsp::Ssat16(LstmScale<kFast>(gates[0] * gates[2], s.input_cell)));
  if (s.cell_clip > 0) state = state > s.cell_clip ? s.cell_clip : state < -s.cell_clip ? -s.cell_clip : state;
  *cell = static_cast<int16_t>(state);
  const int32_t hidden = LstmScale<kFast>(Tanh16(sigmoid, state, s.cell_left_shift) * gates[3], s.hidden);
  return static_cast<int8_t>(dsp::Ssat8(hidden + s.hidden_zero_point));
}

// Weights are packed with unit-major channels: channel 4 * unit + gate, [inputs] and [units] taps; each bias has its zero point
// folded in. `state` is LstmStateBytes; output is [steps][units].
template <typename T, Packing kPacking, bool kFast>
[[gnu::noinline]] void Lstm(const LstmShape& s, const int8_t* input, const int8_t* input_weights,
                            const int32_t* input_bias, const int8_t* recurrent_weights, const int32_t* recurrent_bias,
                            const uint16_t* sigmoid, int8_t* state, int8_t* output) {
  auto* const cells = reinterpret_cast<int16_t*>(state);
  int8_t* const kept = state + 2 * s.units;
  const int8_t* hidden = kept;
  for (int step = 0; step < s.steps; ++step) {
    const int8_t* w = input_weights;
    const int8_t* r = recurrent_weights;
    for (int unit = 0; unit < s.units; unit += 2) {
      int32_t input_sums[kBlockChannels], recurrent_sums[kBlockChannels];
      const bool whole = unit + 1 < s.units;
      const int32_t* const input_biases = input_bias + unit * kLstmGates;
      const int32_t* const recurrent_biases = recurrent_bias + unit * kLstmGates;
      if (whole) {
        BlockSums<T, kBlockChannels, kPacking>(input, s.inputs, w, input_biases, input_sums);
        BlockSums<T, kBlockChannels, kPacking>(hidden, s.units, r, recurrent_biases, recurrent_sums);
        w += BlockBytes(s.inputs, kBlockChannels);
        r += BlockBytes(s.units, kBlockChannels);
      } else {
        for (int c = 0; c < kLstmGates; c += kTailChannels) {
          BlockSums<T, kTailChannels, kPacking>(input, s.inputs, w, input_biases + c, input_sums + c);
          BlockSums<T, kTailChannels, kPacking>(hidden, s.units, r, recurrent_biases + c, recurrent_sums + c);
          w += BlockBytes(s.inputs, kTailChannels);
          r += BlockBytes(s.units, kTailChannels);
        }
      }
      for (int u = 0; u < (whole ? 2 : 1); ++u) {
        output[unit + u] = FinishLstmUnit<kFast>(s, sigmoid, input_sums + u * kLstmGates,
                                                 recurrent_sums + u * kLstmGates, cells + unit + u);
      }
    }
    hidden = output;
    input += s.inputs;
    output += s.units;
  }
  CopyBytes(hidden, s.units, kept);
}

}  // namespace linnet::kernels
