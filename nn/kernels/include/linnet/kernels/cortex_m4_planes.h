// The Cortex-M4 twin's loop of 3x3 depthwise convolutions: one channel over all rows of a plane, two pixels at a time. Six
// registers hold the weights, fourteen are in use. With stride 1 two pixels take 30 to 33 instructions for 18
// multiply-accumulates, rescaling and storing included.
#pragma once

#include <cstdint>

#include "linnet/kernels/depthwise.h"

#if LINNET_KERNELS_HAVE_LOOPS

namespace linnet::kernels::loops {

// Immediates: row offsets within LDRD's reach, output steps within those of STRB and ADD. For channels of the fast form.
constexpr bool HasThreeByThree(const DepthwiseKind& kind) {
  return kind.d.IsThreeByThree() && !kind.rescale.clamp && kind.d.RowWords() * 8 <= 1020 &&
         2 * kind.d.g.out_c <= 4095 && kind.d.g.stride_h * kind.d.RowWords() * 4 <= 4095;
}

// Two pixels of one row of weights: x0 and x1 are words of four neighbouring values.
#define LINNET_ROW_STRIDE_1(at, e, o) \
  "ldrd %[x0], %[x1], " at            \
  "\n\t"                              \
  "smlad %[a0], %[x0], %[" #e         \
  "], %[a0]\n\t"                      \
  "smlatb %[a1], %[x0], %[" #e        \
  "], %[a1]\n\t"                      \
  "smlabt %[a0], %[x1], %[" #o        \
  "], %[a0]\n\t"                      \
  "smlad %[a1], %[x1], %[" #o "], %[a1]\n\t"
#define LINNET_ROW_STRIDE_2(at, next, e, o) \
  "ldrd %[x0], %[x1], " at                  \
  "\n\t"                                    \
  "smlad %[a0], %[x0], %[" #e               \
  "], %[a0]\n\t"                            \
  "ldr %[x0], " next                        \
  "\n\t"                                    \
  "smlabt %[a0], %[x1], %[" #o              \
  "], %[a0]\n\t"                            \
  "smlad %[a1], %[x1], %[" #e               \
  "], %[a1]\n\t"                            \
  "smlabt %[a1], %[x0], %[" #o "], %[a1]\n\t"
#define LINNET_ROW_ONE(at, e, o) \
  "ldrd %[x0], %[x1], " at       \
  "\n\t"                         \
  "smlad %[a0], %[x0], %[" #e    \
  "], %[a0]\n\t"                 \
  "smlabt %[a0], %[x1], %[" #o "], %[a0]\n\t"
// FastRescale of accumulator `a` into `x`, both roundings.
#define LINNET_FINISH(x, a)                           \
  ".if %c[both_round]\n\t"                            \
  "smmlar %[" #x "], %[" #a "], %[multiplier], %[" #a \
  "]\n\t"                                             \
  "add %[" #x "], %[" #x "], %[" #x                   \
  "], asr #31\n\t"                                    \
  ".else\n\t"                                         \
  "smmul %[" #x "], %[" #a                            \
  "], %[multiplier]\n\t"                              \
  ".endif\n\t"                                        \
  "add %[" #x "], %[" #x                              \
  "], %[last], asr #8\n\t"                            \
  "asr %[" #x "], %[" #x                              \
  "], %[last]\n\t"                                    \
  "ssat %[" #x "], #8, %[" #x "]\n\t"
#define LINNET_STORE_PAIR \
  LINNET_FINISH(x0, a0)   \
  "strb %[x0], [%[out]]\n\t"                                          \
  LINNET_FINISH(x1, a1)                                               \
  "strb %[x1], [%[out], %[step]]\n\t"                                 \
  "add %[out], %[out], #(2 * %c[step])\n\t"
#define LINNET_PAIR                                                                                                  \
  "ldr %[a0], %[bias]\n\t"                                                                                           \
  "mov %[a1], %[a0]\n\t"                                                                                             \
  ".if %c[stride] == 1\n\t" LINNET_ROW_STRIDE_1("[%[in]], #4", e0, o0)                                               \
      LINNET_ROW_STRIDE_1("[%[in], #(%c[pitch] - 4)]", e1, o1) LINNET_ROW_STRIDE_1(                                  \
          "[%[in], #(2 * %c[pitch] - 4)]", e2, o2) ".else\n\t" LINNET_ROW_STRIDE_2("[%[in]], #8", "[%[in]]", e0, o0) \
          LINNET_ROW_STRIDE_2("[%[in], #(%c[pitch] - 8)]", "[%[in], #(%c[pitch])]", e1, o1) LINNET_ROW_STRIDE_2(     \
              "[%[in], #(2 * %c[pitch] - 8)]", "[%[in], #(2 * %c[pitch])]", e2, o2) ".endif\n\t" LINNET_STORE_PAIR
#define LINNET_LAST_ONE \
  "ldr %[a0], %[bias]\n\t"                                            \
  LINNET_ROW_ONE("[%[in]]", e0, o0)                                   \
  LINNET_ROW_ONE("[%[in], #(%c[pitch])]", e1, o1)                     \
  LINNET_ROW_ONE("[%[in], #(2 * %c[pitch])]", e2, o2)                 \
  LINNET_FINISH(x0, a0)                                               \
  "strb %[x0], [%[out]]\n\t"                                          \
  "add %[out], %[out], %[step]\n\t"

// A few pairs a row are written out; more make a loop of their own.
inline constexpr int kPairsWrittenOut = 4;

template <DepthwiseKind kKind>
[[gnu::noinline]] void PlaneThreeByThree(const PlaneRows& p, const uint32_t* weights, const Channel& channel) {
  constexpr DepthwiseGeometry kD = kKind.d;
  constexpr int kPairs = kD.g.out_w / 2;
  constexpr int kPairBytes = 4 * kD.g.stride_w;  // of a plane that two pixels advance
  constexpr int kRowBytes = kD.g.stride_h * kD.RowWords() * 4;
  const uint32_t* in = p.plane;
  int8_t* out = p.output;
  // Where the last pair of a row ends, and where the row after the last begins.
  const char* row_end = reinterpret_cast<const char*>(in) + kPairs * kPairBytes;
  const char* plane_end = reinterpret_cast<const char*>(in) + p.rows * kRowBytes;
  const int32_t bias = channel.bias;
  uint32_t a0, a1, x0, x1;
  asm volatile(
      "2:\n\t"
      ".if %c[pairs] > 0\n\t"
      ".if %c[pairs] <= %c[written_out]\n\t"
      ".rept %c[pairs]\n\t" LINNET_PAIR
      ".endr\n\t"
      ".else\n\t"
      "1:\n\t" LINNET_PAIR
      "ldr %[x0], %[row_end]\n\t"
      "cmp %[in], %[x0]\n\t"
      "bne 1b\n\t"
      "add %[x0], %[x0], #(%c[row])\n\t"
      "str %[x0], %[row_end]\n\t"
      ".endif\n\t"
      ".endif\n\t"
      ".if %c[odd]\n\t" LINNET_LAST_ONE
      ".endif\n\t"
      "add %[in], %[in], #(%c[row] - %c[pairs] * %c[pair])\n\t"
      "ldr %[x0], %[plane_end]\n\t"
      "cmp %[in], %[x0]\n\t"
      "bne 2b\n\t"
      : [in] "+r"(in), [out] "+r"(out), [a0] "=&r"(a0), [a1] "=&r"(a1), [x0] "=&r"(x0), [x1] "=&r"(x1),
        [row_end] "+m"(row_end)
      : [e0] "r"(weights[0]), [o0] "r"(weights[1]), [e1] "r"(weights[2]), [o1] "r"(weights[3]), [e2] "r"(weights[4]),
        [o2] "r"(weights[5]), [multiplier] "r"(channel.multiplier), [last] "r"(channel.last), [bias] "m"(bias),
        [plane_end] "m"(plane_end), [pairs] "i"(kPairs), [pair] "i"(kPairBytes), [odd] "i"(kD.g.out_w % 2),
        [stride] "i"(kD.g.stride_w), [pitch] "i"(kD.RowWords() * 4), [row] "i"(kRowBytes), [step] "i"(kD.g.out_c),
        [both_round] "i"(kKind.rescale.rounding == Rounding::kDouble), [written_out] "i"(kPairsWrittenOut)
      : "cc", "memory");
}

#undef LINNET_ROW_STRIDE_1
#undef LINNET_ROW_STRIDE_2
#undef LINNET_ROW_ONE
#undef LINNET_FINISH
#undef LINNET_STORE_PAIR
#undef LINNET_PAIR
#undef LINNET_LAST_ONE

}  // namespace linnet::kernels::loops

#endif
