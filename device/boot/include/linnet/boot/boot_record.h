// What boot leaves in RAM for the firmware it starts: which slot, what it measured, on which trial. 256 bytes at the end
// of the 320 KB of SRAM, kept out of every linker script's reach. Boot and firmware are built apart: never renumber.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace linnet::boot {

inline constexpr uintptr_t kBootRecordAddress = 0x2004FF00;
inline constexpr size_t kBootRecordBytes = 256;
inline constexpr uint32_t kBootRecordMagic = 0x31524C42;  // "BLR1"

struct BootRecord {
  uint32_t magic = 0;
  uint8_t slot = 0;                  // 0 A, 1 B
  uint8_t trial = 0;                 // 1: not confirmed yet, reverts unless it is
  uint8_t starts = 0;                // of this trial, this one included
  uint8_t last_result = 0;           // LwM2M /5/0/5 of the update last tried
  uint64_t sequence_number = 0;      // of the image's manifest
  std::array<uint8_t, 32> digest{};  // of the image in its slot, measured at this start
  uint8_t version_bytes = 0;
  uint8_t reason_bytes = 0;
  std::array<char, 64> version_text{};
  std::array<char, 120> reason_text{};  // why the last update ended as it did, or why this slot was chosen
  uint8_t reserved[16] = {};
  uint32_t check = 0;  // CRC-32 of all bytes before it

  std::string_view version() const { return {version_text.data(), version_bytes}; }
  std::string_view reason() const { return {reason_text.data(), reason_bytes}; }
};
static_assert(sizeof(BootRecord) <= kBootRecordBytes && alignof(BootRecord) <= 8);

// Sets magic and check. Boot calls it last.
void Seal(BootRecord& record);
// Magic, check and the lengths are right: boot wrote it at this reset or an earlier one.
bool IsValid(const BootRecord& record);

}  // namespace linnet::boot
