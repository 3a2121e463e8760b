// Thumb-2 encodings of ARMv7E-M (Arm DDI 0403, chapters A5 to A7), as far as they decide about time.
#include "cortex_m4.h"

#include <bit>
#include <cstddef>

namespace linnet::profile {
namespace {

using Class = InstructionClass;

uint8_t Bits(uint32_t list) { return static_cast<uint8_t>(std::popcount(list)); }

Instruction Decode16(uint16_t h) {
  const auto is = [h](uint16_t mask, uint16_t value) { return (h & mask) == value; };
  const auto with = [](Class c, uint8_t words = 0) { return Instruction{c, 2, words}; };
  switch (h >> 12) {
    case 0x4:
      if (is(0xFF00, 0x4700)) return with(Class::kBranch);                    // BX, BLX
      if (is(0xFD87, 0x4487)) return with(Class::kBranch);                    // ADD pc, MOV pc
      if (is(0xFFC0, 0x4340)) return with(Class::kMultiply);                  // MULS
      return with(h >= 0x4800 ? Class::kLoad : Class::kAlu);                  // LDR literal
    case 0x5: return with((h >> 9 & 7) >= 3 ? Class::kLoad : Class::kStore);  // register offset; LDRSB is 3
    case 0x6:
    case 0x7:
    case 0x8:
    case 0x9: return with((h & 0x0800) != 0 ? Class::kLoad : Class::kStore);
    case 0xB:
      if (is(0xF600, 0xB400)) return with(Class::kTransfers, Bits(h & 0x1FFU));  // PUSH, POP
      if (is(0xF500, 0xB100)) return with(Class::kBranch);                       // CBZ, CBNZ
      return with(Class::kAlu);
    case 0xC: return with(Class::kTransfers, Bits(h & 0xFFU));                     // STM, LDM
    case 0xD: return with((h & 0x0E00) == 0x0E00 ? Class::kAlu : Class::kBranch);  // UDF and SVC aside
    case 0xE: return with(Class::kBranch);
    default: return with(Class::kAlu);
  }
}

// Coprocessors 10 and 11: single-precision floating point, Arm DDI 0403 A6.4 to A6.7.
Instruction DecodeFloat(uint16_t first, uint16_t second) {
  const auto with = [](Class c, uint8_t words = 0) { return Instruction{c, 4, words}; };
  if ((first & 0xFE00) == 0xEC00) {
    if ((first & 0xFFE0) == 0xEC40) return with(Class::kFloatTwoMoves);
    const bool single = (first & 0x0120) == 0x0100;  // P and not W: VLDR, VSTR
    const bool is_double = (second & 0x0100) != 0;
    return with(Class::kFloatTransfers, static_cast<uint8_t>(single ? (is_double ? 2 : 1) : second & 0xFF));
  }
  if ((second & 0x0010) != 0) return with(Class::kFloat);  // VMOV, VMRS, VMSR
  switch (first >> 4 & 0xB) {                              // without the bit that belongs to the register
    case 0x0:
    case 0x1:
    case 0x9:
    case 0xA: return with(Class::kFloatMultiplyAdd);
    case 0x8: return with(Class::kFloatDivide);
    case 0xB:
      if ((first & 0xF) == 1 && (second & 0xC0) == 0xC0) return with(Class::kFloatDivide);  // VSQRT
      break;
    default: break;
  }
  return with(Class::kFloat);
}

// First halfword 0xE8xx, 0xE9xx: several registers, two registers, exclusive, table branch.
Instruction DecodeSeveral(uint16_t first, uint16_t second) {
  const bool load = (first & 0x0010) != 0;
  if ((first & 0x0040) == 0) return {Class::kTransfers, 4, Bits(second)};  // LDM, STM
  if ((first & 0x0120) != 0) return {Class::kTransfers, 4, 2};             // LDRD, STRD
  const bool table = (first & 0xFFF0) == 0xE8D0 && (second & 0x00E0) == 0;
  if (table) return {Class::kTableBranch, 4, 0};
  return {load ? Class::kLoad : Class::kStore, 4, 0};  // LDREX, STREX
}

Instruction Decode32(uint16_t first, uint16_t second) {
  const auto with = [](Class c) { return Instruction{c, 4, 0}; };
  const bool coprocessor = (first & 0xEC00) == 0xEC00;
  if (coprocessor) return (second & 0x0E00) == 0x0A00 ? DecodeFloat(first, second) : with(Class::kAlu);
  if ((first & 0xFE00) == 0xE800) return DecodeSeveral(first, second);
  if ((first & 0xF800) == 0xF000 && (second & 0x8000) != 0) {
    if ((second & 0x5000) != 0) return with(Class::kBranch);  // B, BL, BLX
    return with((first & 0x0380) == 0x0380 ? Class::kAlu
                                           : Class::kBranch);  // status registers, barriers; B with a condition
  }
  if ((first & 0xFE00) == 0xF800) {
    if ((first & 0x0010) == 0) return with(Class::kStore);
    const bool hint = (first & 0x0060) != 0x0040 && (second & 0xF000) == 0xF000;  // PLD, PLI
    return with(hint ? Class::kAlu : Class::kLoad);
  }
  if ((first & 0xFF00) == 0xFB00) {
    const uint16_t operation = first & 0xFFF0;
    return with(operation == 0xFB90 || operation == 0xFBB0 ? Class::kDivide : Class::kMultiply);
  }
  return with(Class::kAlu);
}

bool LetsLoadsOverlap(const Instruction& i) {
  return i.instruction_class == Class::kLoad || i.instruction_class == Class::kStore;
}

}  // namespace

Instruction Decode(uint16_t first, uint16_t second) {
  return first >= 0xE800 ? Decode32(first, second) : Decode16(first);
}

uint32_t Cycles(const Instruction& instruction, const Instruction& before) {
  if (instruction.instruction_class == Class::kLoad && LetsLoadsOverlap(before)) return kCyclesOfPipelinedLoad;
  const ClassCycles& row = kCortexM4Cycles[static_cast<size_t>(instruction.instruction_class)];
  return row.base + uint32_t{row.a_word} * instruction.words;
}

}  // namespace linnet::profile
