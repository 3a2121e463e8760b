// 4-bit weights of convolutions: two a byte in flash, unpacked a block of four output channels at a time into working memory,
// where the convolution's own inner loop reads them for a whole row of pixels. Two words of pack_conv.h (eight weights) are one:
//     bits 3..0 of each byte: the first word's weight + 8, bits 7..4: the second word's weight + 8
// Host or device; no heap.
#pragma once

#include <cstddef>
#include <cstdint>

#include "linnet/kernels/conv_geometry.h"
#include "linnet/kernels/dsp.h"
#include "linnet/kernels/pack.h"
#include "linnet/kernels/pack_conv.h"

namespace linnet::kernels {

constexpr size_t PackedInt4ConvBytes(const ConvGeometry& g) { return PackedConvBytes(g) / 2; }
constexpr int Int4BlockBytes(const ConvGeometry& g) { return BlockWords(g) * 4; }  // of working memory

// Writes PackedInt4ConvBytes(w.g) bytes. `plain`: room for PackedConvBytes(w.g). REQUIRES: every weight in -8..7.
inline void PackInt4ConvWeights(const ConvWeightView& w, int8_t* plain, int8_t* out) {
  PackConvWeights(w, Packing::kPlain, plain);
  for (size_t i = 0; i < PackedConvBytes(w.g); i += 8) {
    for (size_t byte = i; byte < i + 4; ++byte)
      *out++ = static_cast<int8_t>((plain[byte] + 8) | (plain[byte + 4] + 8) << 4);
  }
}

namespace int4 {

// Each byte less 8 (kPlain); each lane less 8 + 256 * 8, so that the first weight borrows from the second (kRawPair).
template <Packing kPacking>
[[gnu::always_inline]] inline uint32_t LessEight(uint32_t bytes) {
#if LINNET_KERNELS_HAVE_DSP
  uint32_t r;
  if constexpr (kPacking == Packing::kRawPair) {
    asm("usub16 %0, %1, %2" : "=r"(r) : "r"(bytes), "r"(0x08080808U));
  } else {
    asm("usub8 %0, %1, %2" : "=r"(r) : "r"(bytes), "r"(0x08080808U));
  }
  return r;
#else
  uint32_t r = 0;
  constexpr int kBits = kPacking == Packing::kRawPair ? 16 : 8;
  constexpr uint32_t kMask = (1U << kBits) - 1;
  for (int shift = 0; shift < 32; shift += kBits)
    r |= (((bytes >> shift & kMask) - (0x08080808U & kMask)) & kMask) << shift;
  return r;
#endif
}

// The upper nibble of each byte; `mask` is 0x0F0F0F0F in a register, which saves the shift an instruction of its own.
[[gnu::always_inline]] inline uint32_t UpperNibbles(uint32_t bytes, uint32_t mask) {
#if LINNET_KERNELS_HAVE_DSP
  uint32_t r;
  asm("and %0, %1, %2, lsr #4" : "=r"(r) : "r"(mask), "r"(bytes));
  return r;
#else
  return bytes >> 4 & mask;
#endif
}

template <Packing kPacking>
[[gnu::always_inline]] inline void UnpackWord(uint32_t packed, uint32_t mask, dsp::Word* out) {
  const uint32_t first = LessEight<kPacking>(packed & mask), second = LessEight<kPacking>(UpperNibbles(packed, mask));
  out[0] = first;
  out[1] = second;
}

}  // namespace int4

// `words` words of the int8 packing from half as many. REQUIRES: words is even.
template <Packing kPacking>
[[gnu::noinline]] inline void UnpackInt4(const dsp::Word* packed, dsp::Word* out, int words) {
  constexpr uint32_t kMask = 0x0F0F0F0FU;
  const dsp::Word* const end = out + (words & ~3);
#pragma GCC unroll 1
  while (out != end) {
    const uint32_t first = packed[0], second = packed[1];
    int4::UnpackWord<kPacking>(first, kMask, out);
    int4::UnpackWord<kPacking>(second, kMask, out + 2);
    packed += 2;
    out += 4;
  }
  if ((words & 2) != 0) int4::UnpackWord<kPacking>(packed[0], kMask, out);
}

}  // namespace linnet::kernels
