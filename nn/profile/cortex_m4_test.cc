#include "cortex_m4.h"

#include <gtest/gtest.h>

namespace linnet::profile {
namespace {

struct Case {
  uint16_t first, second;
  InstructionClass expected;
  uint8_t bytes, words;
  uint32_t cycles;  // after an instruction that is no load or store
  const char* text;
};

// Encodings as arm-none-eabi-as writes them.
constexpr Case kCases[] = {
    {0x1840, 0, InstructionClass::kAlu, 2, 0, 1, "adds r0, r0, r1"},
    {0x2805, 0, InstructionClass::kAlu, 2, 0, 1, "cmp r0, #5"},
    {0x4340 | 8, 0, InstructionClass::kMultiply, 2, 0, 1, "muls r0, r1"},
    {0x4008, 0, InstructionClass::kAlu, 2, 0, 1, "ands r0, r1"},
    {0x4408, 0, InstructionClass::kAlu, 2, 0, 1, "add r0, r1"},
    {0x4770, 0, InstructionClass::kBranch, 2, 0, 1, "bx lr"},
    {0x46F7, 0, InstructionClass::kBranch, 2, 0, 1, "mov pc, lr"},
    {0x46C0, 0, InstructionClass::kAlu, 2, 0, 1, "mov r8, r8"},
    {0x4801, 0, InstructionClass::kLoad, 2, 0, 2, "ldr r0, [pc, #4]"},
    {0x5088, 0, InstructionClass::kStore, 2, 0, 1, "str r0, [r1, r2]"},
    {0x5688, 0, InstructionClass::kLoad, 2, 0, 2, "ldrsb r0, [r1, r2]"},
    {0x6008, 0, InstructionClass::kStore, 2, 0, 1, "str r0, [r1]"},
    {0x6808, 0, InstructionClass::kLoad, 2, 0, 2, "ldr r0, [r1]"},
    {0x7008, 0, InstructionClass::kStore, 2, 0, 1, "strb r0, [r1]"},
    {0x7808, 0, InstructionClass::kLoad, 2, 0, 2, "ldrb r0, [r1]"},
    {0x8808, 0, InstructionClass::kLoad, 2, 0, 2, "ldrh r0, [r1]"},
    {0x9001, 0, InstructionClass::kStore, 2, 0, 1, "str r0, [sp, #4]"},
    {0xA001, 0, InstructionClass::kAlu, 2, 0, 1, "add r0, pc, #4"},
    {0xB082, 0, InstructionClass::kAlu, 2, 0, 1, "sub sp, #8"},
    {0xB2C0, 0, InstructionClass::kAlu, 2, 0, 1, "uxtb r0, r0"},
    {0xB5F0, 0, InstructionClass::kTransfers, 2, 5, 6, "push {r4-r7, lr}"},
    {0xBDF0, 0, InstructionClass::kTransfers, 2, 5, 6, "pop {r4-r7, pc}"},
    {0xB108, 0, InstructionClass::kBranch, 2, 0, 1, "cbz r0, .+6"},
    {0xBF08, 0, InstructionClass::kAlu, 2, 0, 1, "it eq"},
    {0xC80E, 0, InstructionClass::kTransfers, 2, 3, 4, "ldmia r0!, {r1, r2, r3}"},
    {0xD1FE, 0, InstructionClass::kBranch, 2, 0, 1, "bne ."},
    {0xDF00, 0, InstructionClass::kAlu, 2, 0, 1, "svc 0"},
    {0xE7FE, 0, InstructionClass::kBranch, 2, 0, 1, "b ."},
    {0xE92D, 0x4FF0, InstructionClass::kTransfers, 4, 9, 10, "push {r4-r11, lr}"},
    {0xE8BD, 0x8FF0, InstructionClass::kTransfers, 4, 9, 10, "pop {r4-r11, pc}"},
    {0xE9D0, 0x1200, InstructionClass::kTransfers, 4, 2, 3, "ldrd r1, r2, [r0]"},
    {0xE9C0, 0x1202, InstructionClass::kTransfers, 4, 2, 3, "strd r1, r2, [r0, #8]"},
    {0xE8F0, 0x1202, InstructionClass::kTransfers, 4, 2, 3, "ldrd r1, r2, [r0], #8"},
    {0xE850, 0x1F00, InstructionClass::kLoad, 4, 0, 2, "ldrex r1, [r0]"},
    {0xE8DF, 0xF000, InstructionClass::kTableBranch, 4, 0, 2, "tbb [pc, r0]"},
    {0xEB00, 0x0041, InstructionClass::kAlu, 4, 0, 1, "add.w r0, r0, r1, lsl #1"},
    {0xF100, 0x0001, InstructionClass::kAlu, 4, 0, 1, "add.w r0, r0, #1"},
    {0xF303, 0x0007, InstructionClass::kAlu, 4, 0, 1, "ssat r0, #8, r3"},
    {0xF000, 0xF800, InstructionClass::kBranch, 4, 0, 1, "bl .+4"},
    {0xF000, 0xB800, InstructionClass::kBranch, 4, 0, 1, "b.w .+4"},
    {0xF040, 0x8000, InstructionClass::kBranch, 4, 0, 1, "bne.w .+4"},
    {0xF3BF, 0x8F4F, InstructionClass::kAlu, 4, 0, 1, "dsb sy"},
    {0xF3EF, 0x8000, InstructionClass::kAlu, 4, 0, 1, "mrs r0, apsr"},
    {0xF850, 0x1B04, InstructionClass::kLoad, 4, 0, 2, "ldr r1, [r0], #4"},
    {0xF8DF, 0x1004, InstructionClass::kLoad, 4, 0, 2, "ldr.w r1, [pc, #4]"},
    {0xF991, 0x0001, InstructionClass::kLoad, 4, 0, 2, "ldrsb.w r0, [r1, #1]"},
    {0xF890, 0xF000, InstructionClass::kAlu, 4, 0, 1, "pld [r0]"},
    {0xF840, 0x1B04, InstructionClass::kStore, 4, 0, 1, "str r1, [r0], #4"},
    {0xF800, 0x1B01, InstructionClass::kStore, 4, 0, 1, "strb r1, [r0], #1"},
    {0xFA2F, 0xF080, InstructionClass::kAlu, 4, 0, 1, "sxtb16 r0, r0"},
    {0xFB20, 0x3002, InstructionClass::kMultiply, 4, 0, 1, "smlad r0, r0, r2, r3"},
    {0xFBC2, 0x0103, InstructionClass::kMultiply, 4, 0, 1, "smlal r0, r1, r2, r3"},
    {0xFB50, 0x3012, InstructionClass::kMultiply, 4, 0, 1, "smmlar r0, r0, r2, r3"},
    {0xFB91, 0xF0F2, InstructionClass::kDivide, 4, 0, 6, "sdiv r0, r1, r2"},
    {0xFBB1, 0xF0F2, InstructionClass::kDivide, 4, 0, 6, "udiv r0, r1, r2"},
    {0xED90, 0x0A00, InstructionClass::kFloatTransfers, 4, 1, 2, "vldr s0, [r0]"},
    {0xED80, 0x0A00, InstructionClass::kFloatTransfers, 4, 1, 2, "vstr s0, [r0]"},
    {0xED90, 0x0B00, InstructionClass::kFloatTransfers, 4, 2, 3, "vldr d0, [r0]"},
    {0xED2D, 0x8B04, InstructionClass::kFloatTransfers, 4, 4, 5, "vpush {d8, d9}"},
    {0xECB0, 0x0A03, InstructionClass::kFloatTransfers, 4, 3, 4, "vldmia r0!, {s0-s2}"},
    {0xEC51, 0x0B10, InstructionClass::kFloatTwoMoves, 4, 0, 2, "vmov r0, r1, d0"},
    {0xEE00, 0x0A10, InstructionClass::kFloat, 4, 0, 1, "vmov s0, r0"},
    {0xEEF1, 0xFA10, InstructionClass::kFloat, 4, 0, 1, "vmrs APSR_nzcv, fpscr"},
    {0xEE30, 0x0A20, InstructionClass::kFloat, 4, 0, 1, "vadd.f32 s0, s0, s1"},
    {0xEE20, 0x0A20, InstructionClass::kFloat, 4, 0, 1, "vmul.f32 s0, s0, s1"},
    {0xEE00, 0x0A20, InstructionClass::kFloatMultiplyAdd, 4, 0, 3, "vmla.f32 s0, s0, s1"},
    {0xEEA0, 0x0A20, InstructionClass::kFloatMultiplyAdd, 4, 0, 3, "vfma.f32 s0, s0, s1"},
    {0xEE80, 0x0A20, InstructionClass::kFloatDivide, 4, 0, 14, "vdiv.f32 s0, s0, s1"},
    {0xEEC0, 0x0A20, InstructionClass::kFloatDivide, 4, 0, 14, "vdiv.f32 s1, s0, s1"},
    {0xEEB1, 0x0AC0, InstructionClass::kFloatDivide, 4, 0, 14, "vsqrt.f32 s0, s0"},
    {0xEEB1, 0x0A40, InstructionClass::kFloat, 4, 0, 1, "vneg.f32 s0, s0"},
    {0xEEB8, 0x0AC0, InstructionClass::kFloat, 4, 0, 1, "vcvt.f32.s32 s0, s0"},
};

TEST(CortexM4, EachKindOfInstructionIsDecodedAndCostsWhatTheTableSays) {
  for (const Case& c : kCases) {
    const Instruction i = Decode(c.first, c.second);
    EXPECT_EQ(i.instruction_class, c.expected) << c.text;
    EXPECT_EQ(i.bytes, c.bytes) << c.text;
    EXPECT_EQ(i.words, c.words) << c.text;
    EXPECT_EQ(Cycles(i, {}), c.cycles) << c.text;
  }
}

TEST(CortexM4, TheTableIsIndexedByItsClasses) {
  for (size_t i = 0; i < kCortexM4Cycles.size(); ++i)
    EXPECT_EQ(static_cast<size_t>(kCortexM4Cycles[i].instruction_class), i);
}

TEST(CortexM4, ALoadDirectlyAfterASingleLoadOrStoreTakesOneCycle) {
  const Instruction load = Decode(0x6808, 0), store = Decode(0x6008, 0), add = Decode(0x1840, 0);
  const Instruction pair = Decode(0xE9D0, 0x1200);
  EXPECT_EQ(Cycles(load, load), 1U);
  EXPECT_EQ(Cycles(load, store), 1U);
  EXPECT_EQ(Cycles(load, add), 2U);
  EXPECT_EQ(Cycles(load, pair), 2U);
  EXPECT_EQ(Cycles(store, load), 1U);
  EXPECT_EQ(Cycles(pair, load), 3U);
}

}  // namespace
}  // namespace linnet::profile
