// Bytes moved, clamped and looked up: what works on one tensor a byte or a word at a time.
#pragma once

#include <cstdint>

#include "linnet/kernels/dsp.h"

namespace linnet::kernels {

// Loops of our own, so that generated code needs no C library. The empty asm keeps the compiler from turning them back
// into calls of memcpy and memset.
[[gnu::noinline]] inline void CopyBytes(const int8_t* from, int count, int8_t* to) {
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
  const uint32_t word = static_cast<uint8_t>(value) * 0x01010101U;
  for (; count >= 4; count -= 4) {
    __builtin_memcpy(to, &word, sizeof word);
    to += 4;
    asm("" : "+r"(to));
  }
  for (; count > 0; --count) {
    *to++ = value;
    asm("" : "+r"(to));
  }
}

// output = min(max(input, lo), hi), four at a time; may work in place. Relu: lo is the zero point.
// REQUIRES: lo and hi in -128..127.
[[gnu::noinline]] inline void Clamp(int count, int32_t lo, int32_t hi, const int8_t* input, int8_t* output) {
  const uint32_t low = static_cast<uint8_t>(lo) * 0x01010101U;
  const uint32_t high = static_cast<uint8_t>(hi) * 0x01010101U;
  for (; count >= 4; count -= 4) {
    const uint32_t word = dsp::Min4(dsp::Max4(dsp::LoadWord(input), low), high);
    __builtin_memcpy(output, &word, sizeof word);
    input += 4;
    output += 4;
  }
  for (; count > 0; --count) {
    const int32_t x = *input++;
    *output++ = static_cast<int8_t>(x < lo ? lo : x > hi ? hi : x);
  }
}

// output = table[input + 128]; may work in place. Any function of one int8.
[[gnu::noinline]] inline void Lookup(int count, const int8_t* table, const int8_t* input, int8_t* output) {
  const int8_t* const middle = table + 128;
  for (; count >= 4; count -= 4) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) output[i] = middle[input[i]];
    input += 4;
    output += 4;
  }
  for (; count > 0; --count) *output++ = middle[*input++];
}

// The same for `rows` of `count` bytes that lie `out_step` apart in the output.
inline void LookupRows(int rows, int count, int out_step, const int8_t* table, const int8_t* input, int8_t* output) {
  for (; rows > 0; --rows, input += count, output += out_step) Lookup(count, table, input, output);
}

}  // namespace linnet::kernels
