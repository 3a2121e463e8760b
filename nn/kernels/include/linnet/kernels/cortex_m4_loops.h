// The inner loops of the Cortex-M4 twin in its own registers. All fourteen that a thread may use are taken and named one by
// one, since a compiler left to choose fails now and then; the loop's end stands in memory.
//
// Two pixels by four channels, two taps a word: LDRD two inputs, LDRD two weight words, eight SMLAD and (raw pairs) two
// SXTB16: 12 instructions and 16 cycles for 16 multiply-accumulates.
#pragma once

#include <cstdint>

#include "linnet/kernels/pixel_block.h"
#include "linnet/kernels/vector_block.h"

#if LINNET_KERNELS_HAVE_LOOPS

namespace linnet::kernels::loops {

// The greatest number of planes a round of the loop takes: their code stays below 512 bytes.
constexpr int PlanesARound(const RunShape& run) {
  for (int planes = 8; planes > 1; planes /= 2) {
    if (run.planes % planes == 0 && run.taps * planes <= run.unrolled) return planes;
  }
  return 1;
}

// Text of one tap. a0, a1: the inputs; w0, w1: the weight words; offset: where the inputs stand from `plane`.
#define LINNET_LOAD_NEXT "ldrd %[a0], %[a1], [%[plane], %[pitch]]!\n\t"
#define LINNET_LOAD_AT(i) "ldrd %[a0], %[a1], [%[plane], #(" #i " * %c[step])]\n\t"
#define LINNET_MULTIPLY_RAW_PAIR           \
  "ldrd %[w0], %[w1], [%[w]], #8\n\t"      \
  "smlad %[s00], %[a0], %[w0], %[s00]\n\t" \
  "smlad %[s10], %[a1], %[w0], %[s10]\n\t" \
  "sxtb16 %[w0], %[w0]\n\t"                \
  "smlad %[s01], %[a0], %[w1], %[s01]\n\t" \
  "smlad %[s11], %[a1], %[w1], %[s11]\n\t" \
  "sxtb16 %[w1], %[w1]\n\t"                \
  "smlad %[f00], %[a0], %[w0], %[f00]\n\t" \
  "smlad %[f10], %[a1], %[w0], %[f10]\n\t" \
  "smlad %[f01], %[a0], %[w1], %[f01]\n\t" \
  "smlad %[f11], %[a1], %[w1], %[f11]\n\t"
#define LINNET_MULTIPLY_PLAIN              \
  "ldr %[w0], [%[w]], #4\n\t"              \
  "sxtb16 %[w1], %[w0]\n\t"                \
  "sxtb16 %[w0], %[w0], ror #8\n\t"        \
  "smlad %[f00], %[a0], %[w1], %[f00]\n\t" \
  "smlad %[f10], %[a1], %[w1], %[f10]\n\t" \
  "smlad %[s00], %[a0], %[w0], %[s00]\n\t" \
  "smlad %[s10], %[a1], %[w0], %[s10]\n\t" \
  "ldr %[w0], [%[w]], #4\n\t"              \
  "sxtb16 %[w1], %[w0]\n\t"                \
  "sxtb16 %[w0], %[w0], ror #8\n\t"        \
  "smlad %[f01], %[a0], %[w1], %[f01]\n\t" \
  "smlad %[f11], %[a1], %[w1], %[f11]\n\t" \
  "smlad %[s01], %[a0], %[w0], %[s01]\n\t" \
  "smlad %[s11], %[a1], %[w0], %[s11]\n\t"
// Up to five taps of a plane; the assembler leaves out those beyond. The compiler counts an asm's lines to know how long it
// may be and doesn't see .rept: the empty lines make up for it.
#define LINNET_RUN(MULTIPLY)                                                                        \
  "1:\n\t"                                                                                          \
  ".rept %c[round]\n\t" LINNET_LOAD_NEXT MULTIPLY ".if %c[taps] > 1\n\t" LINNET_LOAD_AT(1) MULTIPLY \
      ".endif\n\t"                                                                                  \
      ".if %c[taps] > 2\n\t" LINNET_LOAD_AT(2) MULTIPLY                                             \
      ".endif\n\t"                                                                                  \
      ".if %c[taps] > 3\n\t" LINNET_LOAD_AT(3) MULTIPLY                                             \
      ".endif\n\t"                                                                                  \
      ".if %c[taps] > 4\n\t" LINNET_LOAD_AT(4) MULTIPLY                                             \
      ".endif\n\t"                                                                                  \
      ".endr\n\t"                                                                                   \
      "ldr %[w0], %[end]\n\t"                                                                       \
      "cmp %[w], %[w0]\n\t"                                                                         \
      "bne 1b\n\t"                                                                                  \
      "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
#define LINNET_RUN_OPERANDS                                                                             \
  : [f00] "+r"(f00), [f10] "+r"(f10), [f01] "+r"(f01), [f11] "+r"(f11),     \
    [s00] "+r"(s00), [s10] "+r"(s10), [s01] "+r"(s01), [s11] "+r"(s11), \
    [plane] "+r"(at), [w] "+r"(weights), [a0] "=&r"(a0), [a1] "=&r"(a1), [w0] "=&r"(w0), [w1] "=&r"(w1)                \
  : [end] "m"(end), [pitch] "i"(kRun.pitch_bytes), [step] "i"(kRun.step_bytes), [taps] "i"(kRun.taps),              \
    [round] "i"(PlanesARound(kRun))                                                                                 \
  : "cc", "memory"

// What the immediates of LDRD can say: a multiple of four up to 1020.
constexpr bool InReach(const RunShape& run) {
  return run.pitch_bytes <= 1020 && run.step_bytes * (run.taps - 1) <= 1020 && run.taps <= 5;
}

template <RunShape kRun, Packing kPacking>
[[gnu::always_inline]] inline void Run(const uint32_t* plane, const dsp::Word*& w, const dsp::Word* last,
                                       PixelBlock& b) {
  static_assert(InReach(kRun));
  const dsp::Word* end = last;
  register uint32_t f00 asm("r0") = b.first[0][0];
  register uint32_t f10 asm("r1") = b.first[1][0];
  register uint32_t f01 asm("r2") = b.first[0][1];
  register uint32_t f11 asm("r3") = b.first[1][1];
  register uint32_t s00 asm("r4") = b.second[0][0];
  register uint32_t s10 asm("r5") = b.second[1][0];
  register uint32_t s01 asm("r6") = b.second[0][1];
  register uint32_t s11 asm("r7") = b.second[1][1];
  register const uint32_t* at asm("r8") =
      reinterpret_cast<const uint32_t*>(reinterpret_cast<const char*>(plane) - kRun.pitch_bytes);
  register const dsp::Word* weights asm("r9") = w;
  register uint32_t a0 asm("r10");
  register uint32_t a1 asm("r11");
  register uint32_t w0 asm("r12");
  register uint32_t w1 asm("lr");
  if constexpr (kPacking == Packing::kRawPair) {
    asm volatile(LINNET_RUN(LINNET_MULTIPLY_RAW_PAIR) LINNET_RUN_OPERANDS);
  } else {
    asm volatile(LINNET_RUN(LINNET_MULTIPLY_PLAIN) LINNET_RUN_OPERANDS);
  }
  b = {{{f00, f01}, {f10, f11}}, {{s00, s01}, {s10, s11}}};
  w = weights;
}

// Eight channels, four inputs a group: LDR and two SXTB16 for the inputs, then for each two weight words LDRD, four SMLAD and
// two SXTB16: 31 instructions and 40 cycles for 32 multiply-accumulates.
#define LINNET_PAIRS_RAW_PAIR(x, p, q)         \
  "ldrd %[w0], %[w1], [%[w]], #8\n\t"          \
  "smlad %[s" #p "], %[" #x "], %[w0], %[s" #p \
  "]\n\t"                                      \
  "sxtb16 %[w0], %[w0]\n\t"                    \
  "smlad %[s" #q "], %[" #x "], %[w1], %[s" #q \
  "]\n\t"                                      \
  "sxtb16 %[w1], %[w1]\n\t"                    \
  "smlad %[f" #p "], %[" #x "], %[w0], %[f" #p \
  "]\n\t"                                      \
  "smlad %[f" #q "], %[" #x "], %[w1], %[f" #q "]\n\t"
#define LINNET_PAIR_PLAIN(x, p)                \
  "ldr %[w0], [%[w]], #4\n\t"                  \
  "sxtb16 %[w1], %[w0]\n\t"                    \
  "sxtb16 %[w0], %[w0], ror #8\n\t"            \
  "smlad %[f" #p "], %[" #x "], %[w1], %[f" #p \
  "]\n\t"                                      \
  "smlad %[s" #p "], %[" #x "], %[w0], %[s" #p "]\n\t"
#define LINNET_PAIRS_PLAIN(x, p, q) LINNET_PAIR_PLAIN(x, p) LINNET_PAIR_PLAIN(x, q)
#define LINNET_FOURS(PAIRS) \
  "1:\n\t"                                        \
  ".rept %c[round]\n\t"                           \
  "ldr %[odd], [%[x]], #4\n\t"                    \
  "sxtb16 %[even], %[odd]\n\t"                    \
  "sxtb16 %[odd], %[odd], ror #8\n\t"             \
  PAIRS(even, 0, 1) PAIRS(even, 2, 3)             \
  PAIRS(odd, 0, 1) PAIRS(odd, 2, 3)               \
  ".endr\n\t"                                     \
  "ldr %[w0], %[end]\n\t"                         \
  "cmp %[w], %[w0]\n\t"                           \
  "bne 1b\n\t"                                    \
  "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n" \
  "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
#define LINNET_FOURS_OPERANDS                                                                             \
  : [f0] "+r"(f0), [f1] "+r"(f1), [f2] "+r"(f2), [f3] "+r"(f3),                                 \
    [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3),                                 \
    [x] "+r"(at), [w] "+r"(weights), [even] "=&r"(even), [odd] "=&r"(odd), [w0] "=&r"(w0), [w1] "=&r"(w1) \
  : [end] "m"(end_word), [round] "i"(kRound)                                                    \
  : "cc", "memory"

// Goes on until `w` is `end`, at least once. REQUIRES: kRound divides the number of groups.
template <Packing kPacking, int kRound>
[[gnu::always_inline]] inline void MultiplyFours(const int8_t*& x, const dsp::Word*& w, const dsp::Word* end,
                                                 VectorBlock<8>& b) {
  const dsp::Word* end_word = end;
  register uint32_t f0 asm("r0") = b.first[0];
  register uint32_t f1 asm("r1") = b.first[1];
  register uint32_t f2 asm("r2") = b.first[2];
  register uint32_t f3 asm("r3") = b.first[3];
  register uint32_t s0 asm("r4") = b.second[0];
  register uint32_t s1 asm("r5") = b.second[1];
  register uint32_t s2 asm("r6") = b.second[2];
  register uint32_t s3 asm("r7") = b.second[3];
  register const int8_t* at asm("r8") = x;
  register const dsp::Word* weights asm("r9") = w;
  register uint32_t even asm("r10");
  register uint32_t odd asm("r11");
  register uint32_t w0 asm("r12");
  register uint32_t w1 asm("lr");
  if constexpr (kPacking == Packing::kRawPair) {
    asm volatile(LINNET_FOURS(LINNET_PAIRS_RAW_PAIR) LINNET_FOURS_OPERANDS);
  } else {
    asm volatile(LINNET_FOURS(LINNET_PAIRS_PLAIN) LINNET_FOURS_OPERANDS);
  }
  b = {{f0, f1, f2, f3}, {s0, s1, s2, s3}};
  x = at;
  w = weights;
}

#undef LINNET_PAIRS_RAW_PAIR
#undef LINNET_PAIR_PLAIN
#undef LINNET_PAIRS_PLAIN
#undef LINNET_FOURS
#undef LINNET_FOURS_OPERANDS
#undef LINNET_LOAD_NEXT
#undef LINNET_LOAD_AT
#undef LINNET_MULTIPLY_RAW_PAIR
#undef LINNET_MULTIPLY_PLAIN
#undef LINNET_RUN
#undef LINNET_RUN_OPERANDS

}  // namespace linnet::kernels::loops

#endif
