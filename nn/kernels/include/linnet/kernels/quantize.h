// Between float and int8 tensors: QUANTIZE and DEQUANTIZE inside a network. Single-precision operations only, the same bits
// everywhere.
#pragma once

#include <cstdint>

#include "linnet/kernels/rounding.h"

namespace linnet::kernels {

// clamp(zero_point + round(x / scale), -128, 127), the quotient in float, halves away from zero; NaN is -128.
[[gnu::noinline]] inline void Quantize(int count, float scale, int32_t zero_point, const float* input, int8_t* output) {
  for (int i = 0; i < count; ++i) {
    float x = input[i] / scale;
    // Beyond +-1000 the result is an end of the range whatever the zero point; the conversions below stay defined.
    x = x > 1000.0F ? 1000.0F : x > -1000.0F ? x : -1000.0F;
    const auto whole = static_cast<int32_t>(x);  // towards zero
    const float rest = x - static_cast<float>(whole);
    const int32_t value = whole + (rest >= 0.5F ? 1 : 0) - (rest <= -0.5F ? 1 : 0) + zero_point;
    output[i] = static_cast<int8_t>(value < -128 ? -128 : value > 127 ? 127 : value);
  }
}

// scale * float(q - zero_point). The output may not begin at the input's address: it is larger.
template <typename In>
[[gnu::noinline]] void Dequantize(int count, float scale, int32_t zero_point, const In* input, float* output) {
  for (int i = 0; i < count; ++i) output[i] = scale * static_cast<float>(input[i] - zero_point);
}

// TensorFlow Lite's QUANTIZE between int8, int16 and int32: (q - in_zero) scaled with two roundings, plus out_zero, saturated.
template <typename In, typename Out>
[[gnu::noinline]] void Requantize(int count, int32_t in_zero, const TwiceMultiplier& m, int32_t out_zero,
                                  const In* input, Out* output) {
  constexpr int64_t kHighest = (int64_t{1} << (8 * sizeof(Out) - 1)) - 1;
  for (int i = 0; i < count; ++i) {
    const int64_t value = int64_t{ScaleTwice(static_cast<int32_t>(int64_t{input[i]} - in_zero), m)} + out_zero;
    output[i] = static_cast<Out>(value > kHighest ? kHighest : value < -kHighest - 1 ? -kHighest - 1 : value);
  }
}

}  // namespace linnet::kernels
