// Sums, products and extremes of two int8 tensors. "Once" is the single rounding of our own quantiser, "Twice" is TensorFlow
// Lite's. Each is an Op of broadcast.h and may work in place. Results saturate to int8 first; a fused activation is
// a second pass over whole words (FusedClamp), which takes 2 instructions an element and only where there is one.
#pragma once

#include <cstdint>

#include "linnet/kernels/broadcast.h"
#include "linnet/kernels/elementwise.h"
#include "linnet/kernels/dsp.h"
#include "linnet/kernels/rounding.h"

namespace linnet::kernels {

struct ByteOp {
  using Element = int8_t;
  using Output = int8_t;
};

inline void FusedClamp(int count, int32_t lo, int32_t hi, int8_t* output) {
  if (lo > -128 || hi < 127) Clamp(count, lo, hi, output, output);
}

// saturate((start + (a << left) * a_multiplier + (b << left) * b_multiplier) >> (32 + shift)), start and sums in 64 bits. `start` holds
// the rounding half, the output's zero point and what the operands' zero points take away.
struct AddOnceParameters {
  int32_t a_multiplier = 0, b_multiplier = 0;
  int64_t start = 0;
  int8_t left = 0;
  int8_t shift = 0;
  int32_t lo = -128, hi = 127;
};
struct AddOnce : ByteOp {
  using Parameters = AddOnceParameters;
  template <Moving kMoving>
  [[gnu::always_inline]] static inline void Run(const Parameters& p, int count, const int8_t* a, const int8_t* b,
                                                int8_t* output) {
    const int32_t a_multiplier = p.a_multiplier, b_multiplier = p.b_multiplier;
    const int left = p.left, shift = p.shift;
    const int64_t start = p.start;
    for (int i = 0; i < count; ++i) {
      const int32_t x = *a, y = *b;
      if (kMoving != Moving::kB) ++a;
      if (kMoving != Moving::kA) ++b;
      const int64_t sum = start + int64_t{x * (1 << left)} * a_multiplier + int64_t{y * (1 << left)} * b_multiplier;
      output[i] = static_cast<int8_t>(dsp::Ssat8(static_cast<int32_t>(sum >> 32) >> shift));
    }
    FusedClamp(count, p.lo, p.hi, output);
  }
};

// TensorFlow Lite scales both operands by 2^20 / (2 * the larger scale), so the operand of the larger scale, here `a`, is halved
// exactly: (a - a_zero) << 19. The other is multiplied and rounded twice, the sum is multiplied and rounded twice.
enum class SumSign : uint8_t { kPlus, kMinusB, kMinusA };  // a + b, a - b, b - a
struct AddTwiceParameters {
  int32_t a_folded = 0;      // a_zero << 19
  int32_t b_folded = 0;      // b_zero << 21
  int32_t b_multiplier = 0;  // SMMULR by it: DoublingHigh of (b - b_zero) << 20
  int32_t b_half = 0;        // 1 << (b_shift - 1)
  int8_t b_shift = 1;
  int8_t out_shift = 1;
  int32_t out_reduced = 0;
  int32_t out_half = 0;
  int32_t zero_point = 0;
  int32_t lo = -128, hi = 127;
};
template <SumSign kSign>
struct AddTwice : ByteOp {
  using Parameters = AddTwiceParameters;
  template <Moving kMoving>
  [[gnu::always_inline]] static inline void Run(const Parameters& p, int count, const int8_t* a, const int8_t* b,
                                                int8_t* output) {
    const int32_t a_folded = p.a_folded, b_folded = p.b_folded, b_multiplier = p.b_multiplier, b_half = p.b_half;
    const int32_t out_reduced = p.out_reduced, out_half = p.out_half, zero_point = p.zero_point;
    const int b_shift = p.b_shift, out_shift = p.out_shift;
    const int8_t* const end = output + count;
    for (int8_t* out = output; out != end;) {
      const int32_t x = *a * (1 << 19) - a_folded;
      int32_t y = dsp::Smmulr(*b * (1 << 21) - b_folded, b_multiplier);
      if (kMoving != Moving::kB) ++a;
      if (kMoving != Moving::kA) ++b;
      y = (y + (y >> 31) + b_half) >> b_shift;
      const int32_t sum = kSign == SumSign::kPlus ? x + y : kSign == SumSign::kMinusB ? x - y : y - x;
      const int32_t high = DoublingHighReduced(sum, out_reduced);
      *out++ = static_cast<int8_t>(dsp::Ssat8(((high + (high >> 31) + out_half) >> out_shift) + zero_point));
    }
    FusedClamp(count, p.lo, p.hi, output);
  }
};

struct MultiplyParameters {
  int32_t a_zero = 0, b_zero = 0;
  int32_t multiplier = 0;
  int8_t left = 0;    // Twice: multiplier is in TensorFlow Lite's form
  int8_t shift = 33;  // Once: round(product * multiplier / 2^shift); Twice: to the right after the first rounding
  int32_t zero_point = 0;
  int32_t lo = -128, hi = 127;
};
template <typename T>
struct MultiplyOnce : ByteOp {
  using Parameters = MultiplyParameters;
  template <Moving kMoving>
  [[gnu::always_inline]] static inline void Run(const Parameters& p, int count, const int8_t* a, const int8_t* b,
                                                int8_t* output) {
    const int32_t a_zero = p.a_zero, b_zero = p.b_zero, multiplier = p.multiplier, zero_point = p.zero_point;
    const int shift = p.shift;
    for (int i = 0; i < count; ++i) {
      const int32_t product = (*a - a_zero) * (*b - b_zero);
      if (kMoving != Moving::kB) ++a;
      if (kMoving != Moving::kA) ++b;
      output[i] = static_cast<int8_t>(dsp::Ssat8(T::Scale(product, multiplier, shift) + zero_point));
    }
    FusedClamp(count, p.lo, p.hi, output);
  }
};
struct MultiplyTwice : ByteOp {
  using Parameters = MultiplyParameters;
  template <Moving kMoving>
  [[gnu::always_inline]] static inline void Run(const Parameters& p, int count, const int8_t* a, const int8_t* b,
                                                int8_t* output) {
    const int32_t a_zero = p.a_zero, b_zero = p.b_zero, zero_point = p.zero_point;
    const int32_t reduced = Reduced(p.multiplier);
    const int left = p.left, shift = p.shift;
    const int32_t half = shift > 0 ? 1 << (shift - 1) : 0;
    const int32_t negatives = shift > 0 ? -1 : 0;  // without a second rounding nothing is taken from negative values
    for (int i = 0; i < count; ++i) {
      const int32_t product = (*a - a_zero) * (*b - b_zero) * (1 << left);
      if (kMoving != Moving::kB) ++a;
      if (kMoving != Moving::kA) ++b;
      const int32_t high = DoublingHighReduced(product, reduced);
      output[i] = static_cast<int8_t>(dsp::Ssat8(((high + ((high >> 31) & negatives) + half) >> shift) + zero_point));
    }
    FusedClamp(count, p.lo, p.hi, output);
  }
};

// Greater or lesser of two bytes of the same scale.
template <bool kGreater>
struct Extreme : ByteOp {
  struct Parameters {};
  template <Moving kMoving>
  [[gnu::always_inline]] static inline void Run(const Parameters&, int count, const int8_t* a, const int8_t* b,
                                                int8_t* output) {
    const auto broadcast = [](const int8_t* x) { return static_cast<uint8_t>(*x) * 0x01010101U; };
    for (; count >= 4; count -= 4) {
      const uint32_t x = kMoving == Moving::kB ? broadcast(a) : dsp::LoadWord(a);
      const uint32_t y = kMoving == Moving::kA ? broadcast(b) : dsp::LoadWord(b);
      const uint32_t word = kGreater ? dsp::Max4(x, y) : dsp::Min4(x, y);
      __builtin_memcpy(output, &word, sizeof word);
      if (kMoving != Moving::kB) a += 4;
      if (kMoving != Moving::kA) b += 4;
      output += 4;
    }
    for (; count > 0; --count) {
      *output++ = (*a > *b) == kGreater ? *a : *b;
      if (kMoving != Moving::kB) ++a;
      if (kMoving != Moving::kA) ++b;
    }
  }
};

}  // namespace linnet::kernels
