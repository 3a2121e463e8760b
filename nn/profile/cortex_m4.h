// The cycle model of this module: what an instruction of a Cortex-M4 costs with memory that never waits. One table, after
// Arm 100166_0001, tables 3-1 (integer) and 7-1 (floating point); where Arm gives a range, the value used here stands
// beside it. A model of the core alone: no flash wait states, no bus contention, never checked on silicon.
#pragma once

#include <array>
#include <cstdint>

namespace linnet::profile {

enum class InstructionClass : uint8_t {
  kAlu,            // moves, arithmetic, shifts, extensions, saturation, IT, hints, status registers
  kMultiply,       // MUL, MLA, SMULL, SMLAL, SMLAD, SMLALD, SMMLA ...
  kDivide,         // UDIV, SDIV
  kLoad,           // LDR, LDRB, LDRH, literals, LDREX
  kStore,          // STR, STRB, STRH, STREX
  kTransfers,      // LDM, STM, LDRD, STRD, PUSH, POP
  kBranch,         // B, BL, BX, BLX, CBZ
  kTableBranch,    // TBB, TBH
  kFloat,          // VADD, VSUB, VMUL, VCMP, VCVT, VABS, VNEG, moves between one core and one float register
  kFloatTwoMoves,  // VMOV of two registers
  kFloatMultiplyAdd,
  kFloatDivide,     // VDIV, VSQRT
  kFloatTransfers,  // VLDR, VSTR, VLDM, VSTM, VPUSH, VPOP
};

struct ClassCycles {
  InstructionClass instruction_class;
  uint8_t base;
  uint8_t a_word;  // more for each word transferred, where the class moves several
};

// Indexed by the class.
inline constexpr std::array<ClassCycles, 13> kCortexM4Cycles = {{
    {InstructionClass::kAlu, 1, 0},
    {InstructionClass::kMultiply, 1, 0},
    {InstructionClass::kDivide, 6, 0},  // Arm: 2 to 12
    {InstructionClass::kLoad, 2, 0},    // kCyclesOfPipelinedLoad directly after another load or store
    {InstructionClass::kStore, 1, 0},
    {InstructionClass::kTransfers, 1, 1},
    {InstructionClass::kBranch, 1, 0},  // kCyclesOfTakenBranch more where it is taken
    {InstructionClass::kTableBranch, 2, 0},
    {InstructionClass::kFloat, 1, 0},
    {InstructionClass::kFloatTwoMoves, 2, 0},
    {InstructionClass::kFloatMultiplyAdd, 3, 0},
    {InstructionClass::kFloatDivide, 14, 0},
    {InstructionClass::kFloatTransfers, 1, 1},
}};
inline constexpr uint32_t kCyclesOfPipelinedLoad = 1;
inline constexpr uint32_t kCyclesOfTakenBranch = 2;  // Arm: 1 to 3; for every write to pc

struct Instruction {
  InstructionClass instruction_class = InstructionClass::kAlu;
  uint8_t bytes = 2;
  uint8_t words = 0;  // transferred by a class that moves several

  bool operator==(const Instruction&) const = default;
};

// A Thumb-2 instruction by its halfwords; `second` plays no part in a 16-bit one. What is no instruction of an ARMv7E-M
// counts as kAlu.
Instruction Decode(uint16_t first, uint16_t second);

// Cycles of `instruction` right after `before`, taken branches aside. Only single loads and stores of core registers let
// the next load overlap.
uint32_t Cycles(const Instruction& instruction, const Instruction& before);

}  // namespace linnet::profile
