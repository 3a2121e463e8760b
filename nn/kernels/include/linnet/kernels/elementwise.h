// Copies, clamps, tables and sums: what works on one element at a time.
#pragma once

#include <cstdint>

#include "linnet/kernels/dsp.h"
#include "linnet/kernels/shapes.h"

namespace linnet::kernels {

// Loops of our own, so that generated code needs no C library. The empty asm keeps the compiler from turning them back
// into calls of memcpy and memset.
inline void CopyBytes(const int8_t* from, int count, int8_t* to) {
  for (; count >= 4; count -= 4) {
    const uint32_t word = dsp::LoadWord(from);
    __builtin_memcpy(to, &word, sizeof word);
    from += 4;
    to += 4;
    asm("" : "+r"(to));
  }
  for (; count > 0; --count) {
    *to++ = *from++;
    asm("" : "+r"(to));
  }
}

inline void FillBytes(int8_t value, int count, int8_t* to) {
  for (; count > 0; --count) {
    *to++ = value;
    asm("" : "+r"(to));
  }
}

// output = min(max(input, lo), hi); may work in place. Relu: lo is the zero point.
inline void Clamp(int count, int32_t lo, int32_t hi, const int8_t* input, int8_t* output) {
  for (int i = 0; i < count; ++i) {
    const int32_t x = input[i];
    output[i] = static_cast<int8_t>(x < lo ? lo : x > hi ? hi : x);
  }
}

// output = table[input + 128]; may work in place. Sigmoid, tanh and any other function of one int8.
inline void Lookup(int count, const int8_t* table, const int8_t* input, int8_t* output) {
  for (int i = 0; i < count; ++i) output[i] = table[input[i] + 128];
}

// One rounding for both operands; may work in place on either.
inline void Add(const AddShape& s, const int8_t* a, const int8_t* b, int8_t* output) {
  const int64_t half = int64_t{1} << (s.shift - 1);
  for (int i = 0; i < s.count; ++i) {
    const int64_t sum = int64_t{a[i] - s.a_zero} * s.a_multiplier + int64_t{b[i] - s.b_zero} * s.b_multiplier;
    const auto value = static_cast<int32_t>((sum + half) >> s.shift) + s.stage.zero_point;
    output[i] = static_cast<int8_t>(value < s.stage.lo ? s.stage.lo : value > s.stage.hi ? s.stage.hi : value);
  }
}

// May work in place on either.
template <typename T>
inline void Multiply(const MultiplyShape& s, const int8_t* a, const int8_t* b, int8_t* output) {
  for (int i = 0; i < s.count; ++i) {
    const int32_t product = (a[i] - s.a_zero) * (b[i] - s.b_zero);
    const int32_t value = T::Scale(product, s.multiplier, s.shift) + s.stage.zero_point;
    output[i] = static_cast<int8_t>(value < s.stage.lo ? s.stage.lo : value > s.stage.hi ? s.stage.hi : value);
  }
}

inline void Pad(const PadShape& s, const int8_t* input, int8_t* output) {
  FillBytes(s.value, s.out[0] * s.out[1] * s.out[2] * s.out[3], output);
  for (int n = 0; n < s.in[0]; ++n) {
    for (int y = 0; y < s.in[1]; ++y) {
      for (int x = 0; x < s.in[2]; ++x) {
        const int row = ((n + s.before[0]) * s.out[1] + y + s.before[1]) * s.out[2] + x + s.before[2];
        CopyBytes(input, s.in[3], output + row * s.out[3] + s.before[3]);
        input += s.in[3];
      }
    }
  }
}

}  // namespace linnet::kernels
