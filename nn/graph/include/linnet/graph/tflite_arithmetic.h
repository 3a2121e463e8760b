// The integer arithmetic of graphs with Arithmetic::kTflite: TensorFlow Lite Micro's reference kernels, double rounding, bit for
// bit. The int8 interpreter runs what stands here and the code generator puts the same numbers into generated code: every
// derived number (multiplier, shift, table) comes from a function of this page. Host only; pure functions.
// Source: tensorflow/tflite-micro 90b983c, lite/kernels/internal and lite/micro/kernels; gemmlowp fixedpoint.h.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "linnet/graph/fixed_point.h"
#include "linnet/graph/graph.h"

namespace linnet::graph::tflite {

// real = multiplier * 2^(shift - 31): `multiplier` 0 or, by magnitude, in [2^30, 2^31); `shift` above 0 goes left before the
// product, below 0 right after it, -31..30. (graph::Multiplier counts its shift the other way: 31 - shift.)
struct Multiplier {
  int32_t multiplier = 0;
  int shift = 0;
  bool operator==(const Multiplier&) const = default;
};
// Reals below 2^-32 become 0. REQUIRES: |real| < 2^30.
Multiplier QuantizeMultiplier(double real);

// round(a * b / 2^31), halves away from zero for a positive product and towards zero for a negative one (gemmlowp's nudge);
// the one overflow, -2^31 * -2^31, gives 2^31 - 1.
int32_t SaturatingRoundingDoublingHighMul(int32_t a, int32_t b);
// round(x / 2^exponent), halves away from zero. REQUIRES: 0 <= exponent <= 31.
int32_t RoundingDivideByPOT(int32_t x, int exponent);
// The two after each other: x goes left by shift (wrapping at 32 bits) if it is above 0, is multiplied, then goes right.
int32_t MultiplyByQuantizedMultiplier(int32_t x, Multiplier m);

// Where a fused activation clamps an int8 output, and where a kRelu6, kRelu or kClamp does.
// Not graph::ActivationRange: the quotient is rounded in float and both ends are held within -128..127.
ClampRange ActivationRangeQuantized(Activation activation, float scale, int32_t zero_point);

// kQuantize from float, of graphs of either arithmetic: round(real / scale) + zero_point clamped to int8, the quotient and
// its rounding (halves away from zero) in float. NaN gives -128. (kDequantize: scale * float(q - zero_point) in float.)
int8_t QuantizeFloat(float real, float scale, int32_t zero_point);

// kConv2D, kDepthwiseConv2D, kFullyConnected, kTransposeConv:
//   acc = bias[c] + sum (q - input_zero_point) * w
//   out = clamp(output_zero_point + MultiplyByQuantizedMultiplier(acc, multipliers[c]), clamp.lo, clamp.hi)
struct ProductParameters {
  int32_t input_zero_point = 0;
  int32_t output_zero_point = 0;
  std::vector<Multiplier> multipliers;  // one an output channel, also where the weights have one scale for all
  ClampRange clamp;
};
ProductParameters ProductParametersOf(const Graph& graph, const Node& node);

// kAdd, kSub:
//   a' = MultiplyByQuantizedMultiplier((qa - a_zero_point) << left_shift, a), b' likewise
//   out = clamp(output_zero_point + MultiplyByQuantizedMultiplier(a' +- b', output), clamp.lo, clamp.hi)
struct AddParameters {
  int left_shift = 20;
  int32_t a_zero_point = 0, b_zero_point = 0, output_zero_point = 0;
  Multiplier a, b, output;
  bool subtract = false;
  ClampRange clamp;
};
AddParameters AddParametersOf(const Graph& graph, const Node& node);

// kMul: out = clamp(output_zero_point + MultiplyByQuantizedMultiplier((qa - a_zero_point) * (qb - b_zero_point), output), ...)
struct MulParameters {
  int32_t a_zero_point = 0, b_zero_point = 0, output_zero_point = 0;
  Multiplier output;
  ClampRange clamp;
};
MulParameters MulParametersOf(const Graph& graph, const Node& node);

// kMean, kSum: out = clamp(output_zero_point + MultiplyByQuantizedMultiplier(sum - zero_points, output), -128, 127), where
// zero_points is input_zero_point * count and `count` the elements of a sum. A mean's 1 / count is inside the multiplier.
// kAveragePool and kMaxPool have no multiplier: graph::RoundedAverage of the taps inside the input, then ActivationRangeQuantized.
struct ReduceParameters {
  int32_t zero_points = 0;
  int32_t output_zero_point = 0;
  Multiplier output;
};
ReduceParameters ReduceParametersOf(const Graph& graph, const Node& node);

// kQuantize between int8, int16 and int32 of one scale each:
//   out = output_zero_point + MultiplyByQuantizedMultiplier(q - input_zero_point, output), clamped to the output's type
struct QuantizeParameters {
  int32_t input_zero_point = 0, output_zero_point = 0;
  Multiplier output;
};
QuantizeParameters QuantizeParametersOf(const Graph& graph, const Node& node);

// kSoftmax, int8 to int8 of scale 1/256 and zero point -128, over a row x:
//   sum = sum of RoundingDivideByPOT(exp[max - x[i]], 12)          (Q12.19, below 2^31 for rows of up to 4,095)
//   bits = 12 - headroom, headroom = leading zeros of uint32(sum)  (bits above the point that the sum takes)
//   scale = ReciprocalOfOnePlus(int32((uint32(sum) << headroom) - 2^31))
//   out[i] = min(127, RoundingDivideByPOT(SaturatingRoundingDoublingHighMul(scale, exp[max - x[i]]), bits + 23) - 128)
// and to int16 of scale 1/65536 and zero point -32768: the same with bits + 15, -32768 and 32767.
// The last shift is above 31, and the result 0, where a row has 512 or more elements near its maximum.
struct SoftmaxParameters {
  std::array<int32_t, 256>
      exp{};  // exp[d] = e^(-d * scale * beta) in Q0.31; 0 where TensorFlow Lite leaves it out of the sum
};
SoftmaxParameters SoftmaxParametersOf(const Graph& graph, const Node& node);

// kLogSoftmax, int8 to int8 of scale 1/16 and zero point 127, over a row x with d = max - x[i]:
//   sum = sum of RoundingDivideByPOT(exp[d], 12)                   (Q12.19)
//   log = LogOfSum(sum)                                            (Q5.26)
//   lowest = max(lowest_difference - 1, MultiplyByQuantizedMultiplier(log - 2^31, reverse))
//   out[i] = -d > lowest ? clamp(127 + RoundingDivideByPOT(difference[d] - log, 22), -128, 127) : -128
struct LogSoftmaxParameters {
  std::array<int32_t, 256> exp{};         // as of SoftmaxParameters, beta 1
  std::array<int32_t, 256> difference{};  // -d * scale in Q5.26, for every d with -d >= lowest_difference, else 0
  int32_t lowest_difference = 0;          // differences below it are out of the sum
  Multiplier reverse;
};
LogSoftmaxParameters LogSoftmaxParametersOf(const Graph& graph, const Node& node);

// kLstm. With x an input row, h the hidden state (int8), c the cell state (int16), for each of the four gates g:
//   g' = sat16(sat16(MBQM(bias[g] + sum (x - input_zero_point) * w[g], g.input)) +
//              sat16(MBQM(sum (h - hidden_zero_point) * r[g], g.recurrent)))            (MBQM: MultiplyByQuantizedMultiplier)
//   input, forget and output gate: Sigmoid16(g'); cell gate: Tanh16(g', 0)
//   c = sat16(sat16(MBQM(forget * c, forget_cell)) + sat16(MBQM(input * cell, input_cell))), then to +-cell_clip if above 0
//   h = clamp(hidden_zero_point + MBQM(Tanh16(c, cell_left_shift) * output, hidden), -128, 127), which is the output row too
struct LstmGate {
  Multiplier input, recurrent;
};
struct LstmParameters {
  int32_t input_zero_point = 0, hidden_zero_point = 0;
  LstmGate input, forget, cell, output;
  Multiplier forget_cell, input_cell, hidden;
  int32_t cell_clip = 0;    // 0 for none
  int cell_left_shift = 0;  // log2 of the cell state's scale plus 12
};
LstmParameters LstmParametersOf(const Graph& graph, const Node& node);

// kSvdf. For each filter the state row moves left by one and takes, at its end,
//   state_zero_point + clamp(MBQM(sum (x - input_zero_point) * feature, feature), lowest and highest of the state's type)
// then, for each unit, acc = bias + sum over its `rank` filters of sum (state - state_zero_point) * time, and
//   out = clamp(output_zero_point + MBQM(acc, output), -128, 127). The fused activation takes no part (TensorFlow Lite Micro).
struct SvdfParameters {
  int32_t input_zero_point = 0, state_zero_point = 0, output_zero_point = 0;
  Multiplier feature, output;
};
SvdfParameters SvdfParametersOf(const Graph& graph, const Node& node);

// gemmlowp's fixed-point functions. Qm.n: m bits before, n after the point, and a sign.
int32_t ExpOnNegativeValues(int32_t x, int integer_bits);  // x <= 0 in Q(integer_bits), 4 or 5; e^x in Q0.31
int32_t ReciprocalOfOnePlus(int32_t x);                    // x in 0..1, 1 / (1 + x), both Q0.31
int32_t Logistic(int32_t x);                               // x in Q4.27, result in Q0.31
int32_t Tanh(int32_t x);                                   // x in Q4.27, result in Q0.31
int32_t LogOfSum(int32_t x);                               // x >= 1 in Q12.19, ln x in Q5.26

// The int16 functions of the LSTM: straight lines between 256 values of the logistic function, 24 to the unit.
// SigmoidTable16()[i] is 65536 / (1 + e^(-i / 24)) to the nearest, or one above it: TensorFlow Lite's own table.
//   Sigmoid16: x in Q3.12 to Q0.15. t = x * 3, u = |t| >> 9; u >= 255: v = 32767 << 10, else v = (s[u] << 9) + (|t| & 511) *
//     (s[u + 1] - s[u]); x < 0: v = 2^25 - v - 1. Result (v + 512) >> 10.
//   Tanh16: x of scale 2^(left_shift - 12) to Q0.15. t = x * 3 << left_shift (below 0: rounded to the right, halves up), u = |t| >> 8;
//     u >= 255: v = 65535 << 8, else v = (s[u] << 8) + (|t| & 255) * (s[u + 1] - s[u]); v -= 2^23; x < 0: v = -v - 1. Result
//     (v + 128) >> 8.
std::array<uint16_t, 256> SigmoidTable16();
int16_t Sigmoid16(int16_t x);
int16_t Tanh16(int16_t x, int left_shift);

}  // namespace linnet::graph::tflite
