// Between float and int8 tensors: QUANTIZE and DEQUANTIZE inside a network. Single-precision operations only, the same bits
// everywhere.
#pragma once

#include <cstdint>

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

// scale * float(q - zero_point). The output may not begin at the input's address: it is four times as large.
[[gnu::noinline]] inline void Dequantize(int count, float scale, int32_t zero_point, const int8_t* input,
                                         float* output) {
  for (int i = 0; i < count; ++i) output[i] = scale * static_cast<float>(input[i] - zero_point);
}

}  // namespace linnet::kernels
