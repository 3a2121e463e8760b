// The inner loop of sparse layers on the Cortex-M4: of eight entries each is a UXTAB to its input, an LDRSB and a multiply-
// accumulate, and all eight share an LDM, four SXTB16 and, with gaps of four bits, two ANDs: 31 instructions (29 with eight
// bits), 36 cycles. Pointers are moved before they are loaded from, since loads in a row cost one cycle and alone two.
#pragma once

#include <cstdint>

#include "linnet/kernels/dsp.h"
#include "linnet/kernels/sparse_fully_connected.h"

namespace linnet::kernels::loops {

// Four entries, the bytes of `gaps` and of `weights`.
inline uint32_t MultiplyFourEntries(const int8_t*& x, uint32_t gaps, uint32_t weights, uint32_t acc) {
  const uint32_t even = dsp::Sxtb16(weights), odd = dsp::Sxtb16Ror8(weights);
  x += gaps & 255;
  acc = dsp::Smlabb(static_cast<uint32_t>(*x), even, acc);
  x += gaps >> 8 & 255;
  acc = dsp::Smlabb(static_cast<uint32_t>(*x), odd, acc);
  x += gaps >> 16 & 255;
  acc = dsp::Smlabt(static_cast<uint32_t>(*x), even, acc);
  x += gaps >> 24;
  return dsp::Smlabt(static_cast<uint32_t>(*x), odd, acc);
}

#if LINNET_KERNELS_HAVE_LOOPS

#define LINNET_SPARSE_FOUR(gaps, weights)     \
  "uxtab %[x0], %[x], %[" #gaps               \
  "]\n\t"                                     \
  "uxtab %[x1], %[x0], %[" #gaps              \
  "], ror #8\n\t"                             \
  "uxtab %[x2], %[x1], %[" #gaps              \
  "], ror #16\n\t"                            \
  "uxtab %[x], %[x2], %[" #gaps               \
  "], ror #24\n\t"                            \
  "ldrsb %[x0], [%[x0]]\n\t"                  \
  "ldrsb %[x1], [%[x1]]\n\t"                  \
  "ldrsb %[x2], [%[x2]]\n\t"                  \
  "ldrsb %[" #gaps                            \
  "], [%[x]]\n\t"                             \
  "sxtb16 %[even], %[" #weights               \
  "]\n\t"                                     \
  "sxtb16 %[" #weights "], %[" #weights       \
  "], ror #8\n\t"                             \
  "smlabb %[acc], %[x0], %[even], %[acc]\n\t" \
  "smlabb %[acc], %[x1], %[" #weights         \
  "], %[acc]\n\t"                             \
  "smlabt %[acc], %[x2], %[even], %[acc]\n\t" \
  "smlabt %[acc], %[" #gaps "], %[" #weights "], %[acc]\n\t"
#define LINNET_SPARSE_GROUP_FOUR_BITS \
  "ldmia %[at]!, {r4, r5, r6}\n\t"    \
  "and r7, %[mask], r4, lsr #4\n\t"   \
  "and r4, %[mask], r4\n\t" LINNET_SPARSE_FOUR(gaps0, weights0) LINNET_SPARSE_FOUR(gaps4, weights4)
#define LINNET_SPARSE_GROUP_EIGHT_BITS \
  "ldmia %[at]!, {r4, r5, r6, r7}\n\t" LINNET_SPARSE_FOUR(gaps0, weights0) LINNET_SPARSE_FOUR(gaps4, weights4)
#define LINNET_SPARSE_GROUPS(GROUP)   \
  "adds %[groups], %[groups], #1\n\t" \
  "lsrs %[groups], %[groups], #1\n\t" \
  "bcc 2f\n\t"                        \
  "1:\n\t" GROUP "2:\n\t" GROUP       \
  "subs %[groups], %[groups], #1\n\t" \
  "bne 1b\n\t"
#define LINNET_SPARSE_OUT                                                                                             \
  [acc] "+r"(acc), [x] "+r"(x), [at] "+r"(at), [groups] "+r"(groups), [x0] "=&r"(x0), [x1] "=&r"(x1), [x2] "=&r"(x2), \
      [even] "=&r"(even), [gaps0] "=&r"(gaps0), [weights0] "=&r"(weights0), [weights4] "=&r"(weights4),               \
      [gaps4] "=&r"(gaps4)

// Two groups a round; an odd number of them begins in the middle. REQUIRES: groups > 0.
template <Gaps kGaps>
[[gnu::always_inline]] inline uint32_t MultiplyGroups(const int8_t* x, const dsp::Word*& entries, int groups,
                                                      uint32_t acc) {
  const dsp::Word* at = entries;
  register uint32_t gaps0 asm("r4");  // LDM fills registers in their order
  register uint32_t weights0 asm("r5");
  register uint32_t weights4 asm("r6");
  register uint32_t gaps4 asm("r7");
  uint32_t x0, x1, x2, even;
  if constexpr (kGaps == Gaps::kFourBits) {
    const uint32_t mask = 0x0F0F0F0F;
    asm volatile(LINNET_SPARSE_GROUPS(LINNET_SPARSE_GROUP_FOUR_BITS)
                 : LINNET_SPARSE_OUT
                 : [mask] "r"(mask)
                 : "cc", "memory");
  } else {
    asm volatile(LINNET_SPARSE_GROUPS(LINNET_SPARSE_GROUP_EIGHT_BITS) : LINNET_SPARSE_OUT : : "cc", "memory");
  }
  entries = at;
  return acc;
}

#undef LINNET_SPARSE_OUT
#undef LINNET_SPARSE_GROUPS
#undef LINNET_SPARSE_GROUP_EIGHT_BITS
#undef LINNET_SPARSE_GROUP_FOUR_BITS
#undef LINNET_SPARSE_FOUR

#endif

// As portable::MultiplyEntries.
template <Gaps kGaps>
[[gnu::always_inline]] inline uint32_t MultiplyEntries(const int8_t* x, const dsp::Word*& entries, int groups,
                                                       uint32_t acc) {
#if LINNET_KERNELS_HAVE_LOOPS
  return groups == 0 ? acc : MultiplyGroups<kGaps>(x, entries, groups, acc);
#else
  constexpr bool kFour = kGaps == Gaps::kFourBits;
  for (; groups != 0; --groups, entries += WordsAGroup(kGaps)) {
    constexpr uint32_t kMask = 0x0F0F0F0F;
    acc = MultiplyFourEntries(x, kFour ? entries[0] & kMask : entries[0], entries[1], acc);
    acc = MultiplyFourEntries(x, kFour ? entries[0] >> 4 & kMask : entries[3], entries[2], acc);
  }
  return acc;
#endif
}

}  // namespace linnet::kernels::loops
