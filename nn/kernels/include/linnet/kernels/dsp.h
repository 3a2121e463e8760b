// The DSP instructions of Armv7E-M that the cortex_m4 twin uses, and the same in C++ so that the twin can be judged on any
// machine. Lanes are named as in the architecture manual: bottom is bits 15..0, top is bits 31..16.
#pragma once

#include <cstdint>

#include "linnet/kernels/config.h"

namespace linnet::kernels::dsp {

// Four bytes from any address; the Cortex-M4 loads unaligned words in one instruction.
[[gnu::always_inline]] inline uint32_t LoadWord(const void* p) {
  uint32_t word;
  __builtin_memcpy(&word, p, sizeof word);
  return word;
}

// A word that may lie over an array of bytes.
using Word [[gnu::may_alias]] = uint32_t;
using Half [[gnu::may_alias]] = int16_t;

[[gnu::always_inline]] inline int32_t Bottom(uint32_t x) { return static_cast<int16_t>(x); }
[[gnu::always_inline]] inline int32_t Top(uint32_t x) { return static_cast<int32_t>(x) >> 16; }
[[gnu::always_inline]] inline uint32_t Lanes(int32_t bottom, int32_t top) {
  return static_cast<uint32_t>(bottom & 0xFFFF) | static_cast<uint32_t>(top) << 16;
}

#if LINNET_KERNELS_HAVE_DSP

// Bytes 0 and 2 of x, sign-extended into the two lanes.
[[gnu::always_inline]] inline uint32_t Sxtb16(uint32_t x) {
  uint32_t r;
  asm("sxtb16 %0, %1" : "=r"(r) : "r"(x));
  return r;
}
// Bytes 1 and 3.
[[gnu::always_inline]] inline uint32_t Sxtb16Ror8(uint32_t x) {
  uint32_t r;
  asm("sxtb16 %0, %1, ror #8" : "=r"(r) : "r"(x));
  return r;
}
// Each lane of `a` plus the sign-extended byte 0 or 2 of x; bytes 1 and 3.
[[gnu::always_inline]] inline uint32_t Sxtab16(uint32_t a, uint32_t x) {
  uint32_t r;
  asm("sxtab16 %0, %1, %2" : "=r"(r) : "r"(a), "r"(x));
  return r;
}
[[gnu::always_inline]] inline uint32_t Sxtab16Ror8(uint32_t a, uint32_t x) {
  uint32_t r;
  asm("sxtab16 %0, %1, %2, ror #8" : "=r"(r) : "r"(a), "r"(x));
  return r;
}
// acc + bottom(x) * top(y); acc + top(x) * bottom(y).
[[gnu::always_inline]] inline uint32_t Smlabt(uint32_t x, uint32_t y, uint32_t acc) {
  asm("smlabt %0, %1, %2, %0" : "+r"(acc) : "r"(x), "r"(y));
  return acc;
}
[[gnu::always_inline]] inline uint32_t Smlatb(uint32_t x, uint32_t y, uint32_t acc) {
  asm("smlatb %0, %1, %2, %0" : "+r"(acc) : "r"(x), "r"(y));
  return acc;
}
// bottom(x), bottom(y); top(x), top(y).
[[gnu::always_inline]] inline uint32_t Bottoms(uint32_t x, uint32_t y) {
  uint32_t r;
  asm("pkhbt %0, %1, %2, lsl #16" : "=r"(r) : "r"(x), "r"(y));
  return r;
}
[[gnu::always_inline]] inline uint32_t Tops(uint32_t x, uint32_t y) {
  uint32_t r;
  asm("pkhtb %0, %1, %2, asr #16" : "=r"(r) : "r"(y), "r"(x));
  return r;
}
// acc + bottom(x) * bottom(y) + top(x) * top(y), modulo 2^32.
[[gnu::always_inline]] inline uint32_t Smlad(uint32_t x, uint32_t y, uint32_t acc) {
  asm("smlad %0, %1, %2, %0" : "+r"(acc) : "r"(x), "r"(y));
  return acc;
}
[[gnu::always_inline]] inline uint32_t Smlabb(uint32_t x, uint32_t y, uint32_t acc) {
  asm("smlabb %0, %1, %2, %0" : "+r"(acc) : "r"(x), "r"(y));
  return acc;
}
[[gnu::always_inline]] inline uint32_t Smlatt(uint32_t x, uint32_t y, uint32_t acc) {
  asm("smlatt %0, %1, %2, %0" : "+r"(acc) : "r"(x), "r"(y));
  return acc;
}
// The greater of each of the four signed bytes.
[[gnu::always_inline]] inline uint32_t Max4(uint32_t x, uint32_t y) {
  uint32_t r;
  asm("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(r) : "r"(x), "r"(y));
  return r;
}
// The lesser of each.
[[gnu::always_inline]] inline uint32_t Min4(uint32_t x, uint32_t y) {
  uint32_t r;
  asm("ssub8 %0, %1, %2\n\tsel %0, %2, %1" : "=&r"(r) : "r"(x), "r"(y));
  return r;
}
// (x * y + 2^31) >> 32.
[[gnu::always_inline]] inline int32_t Smmulr(int32_t x, int32_t y) {
  int32_t r;
  asm("smmulr %0, %1, %2" : "=r"(r) : "r"(x), "r"(y));
  return r;
}
// (x * y + acc * 2^32 + 2^31) >> 32, modulo 2^32.
[[gnu::always_inline]] inline int32_t Smmlar(int32_t x, int32_t y, int32_t acc) {
  int32_t r;
  asm("smmlar %0, %1, %2, %3" : "=r"(r) : "r"(x), "r"(y), "r"(acc));
  return r;
}
// x clamped to -32768..32767.
[[gnu::always_inline]] inline int32_t Ssat16(int32_t x) {
  int32_t r;
  asm("ssat %0, #16, %1" : "=r"(r) : "r"(x));
  return r;
}
// x clamped to -128..127.
[[gnu::always_inline]] inline int32_t Ssat8(int32_t x) {
  int32_t r;
  asm("ssat %0, #8, %1" : "=r"(r) : "r"(x));
  return r;
}

#else

[[gnu::always_inline]] inline uint32_t Sxtb16(uint32_t x) {
  return Lanes(static_cast<int8_t>(x), static_cast<int8_t>(x >> 16));
}
[[gnu::always_inline]] inline uint32_t Sxtb16Ror8(uint32_t x) {
  return Lanes(static_cast<int8_t>(x >> 8), static_cast<int8_t>(x >> 24));
}
[[gnu::always_inline]] inline uint32_t Sxtab16(uint32_t a, uint32_t x) {
  const uint32_t s = Sxtb16(x);
  return Lanes(Bottom(a) + Bottom(s), Top(a) + Top(s));
}
[[gnu::always_inline]] inline uint32_t Sxtab16Ror8(uint32_t a, uint32_t x) { return Sxtab16(a, x >> 8 | x << 24); }
[[gnu::always_inline]] inline uint32_t Smlabt(uint32_t x, uint32_t y, uint32_t acc) {
  return acc + static_cast<uint32_t>(Bottom(x) * Top(y));
}
[[gnu::always_inline]] inline uint32_t Smlatb(uint32_t x, uint32_t y, uint32_t acc) {
  return acc + static_cast<uint32_t>(Top(x) * Bottom(y));
}
[[gnu::always_inline]] inline uint32_t Bottoms(uint32_t x, uint32_t y) { return Lanes(Bottom(x), Bottom(y)); }
[[gnu::always_inline]] inline uint32_t Tops(uint32_t x, uint32_t y) { return Lanes(Top(x), Top(y)); }
[[gnu::always_inline]] inline uint32_t Smlabb(uint32_t x, uint32_t y, uint32_t acc) {
  return acc + static_cast<uint32_t>(Bottom(x) * Bottom(y));
}
[[gnu::always_inline]] inline uint32_t Smlatt(uint32_t x, uint32_t y, uint32_t acc) {
  return acc + static_cast<uint32_t>(Top(x) * Top(y));
}
[[gnu::always_inline]] inline uint32_t Smlad(uint32_t x, uint32_t y, uint32_t acc) {
  return Smlatt(x, y, Smlabb(x, y, acc));
}
[[gnu::always_inline]] inline uint32_t Max4(uint32_t x, uint32_t y) {
  uint32_t r = 0;
  for (int shift = 0; shift < 32; shift += 8) {
    const auto a = static_cast<int8_t>(x >> shift);
    const auto b = static_cast<int8_t>(y >> shift);
    r |= static_cast<uint32_t>(static_cast<uint8_t>(a > b ? a : b)) << shift;
  }
  return r;
}
[[gnu::always_inline]] inline uint32_t Min4(uint32_t x, uint32_t y) { return ~Max4(~x, ~y); }
[[gnu::always_inline]] inline int32_t Smmulr(int32_t x, int32_t y) {
  return static_cast<int32_t>((int64_t{x} * y + (int64_t{1} << 31)) >> 32);
}
[[gnu::always_inline]] inline int32_t Smmlar(int32_t x, int32_t y, int32_t acc) {
  return static_cast<int32_t>(static_cast<uint32_t>(acc) + static_cast<uint32_t>(Smmulr(x, y)));
}
[[gnu::always_inline]] inline int32_t Ssat16(int32_t x) { return x < -32768 ? -32768 : x > 32767 ? 32767 : x; }
[[gnu::always_inline]] inline int32_t Ssat8(int32_t x) { return x < -128 ? -128 : x > 127 ? 127 : x; }

#endif

}  // namespace linnet::kernels::dsp
