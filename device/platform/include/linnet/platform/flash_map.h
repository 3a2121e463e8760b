// The one flash map: the 1.5 MB of the STM32F413 in its own sectors. Tool, boot and firmware use this page and no
// other. Written to devices in the field: never move an area.
#pragma once

#include <array>
#include <cstdint>

#include "linnet/platform/flash.h"

namespace linnet::platform {

inline constexpr uint32_t kFlashSectorCount = 16;
inline constexpr uint32_t kFlashBytes = 1536 * 1024;

// 0-3: 16 KB, 4: 64 KB, 5-15: 128 KB (RM0430, table 5).
constexpr Sector FlashSector(uint32_t index) {
  if (index < 4) return {index * 0x4000, 0x4000};
  if (index == 4) return {0x10000, 0x10000};
  return {0x20000 + (index - 5) * 0x20000, 0x20000};
}

struct FlashArea {
  uint32_t first_sector;
  uint32_t sector_count;
  uint32_t offset_bytes;
  uint32_t size_bytes;
};

inline constexpr FlashArea kBootArea = {0, 2, 0x000000, 0x08000};
inline constexpr FlashArea kKeyValueArea = {2, 2, 0x008000, 0x08000};  // two sectors, one live at a time
inline constexpr FlashArea kJournalArea = {4, 1, 0x010000, 0x10000};   // download journal, fault record
inline constexpr FlashArea kFirmwareAreaA = {5, 3, 0x020000, 0x60000};
inline constexpr FlashArea kFirmwareAreaB = {8, 3, 0x080000, 0x60000};
inline constexpr FlashArea kSpareArea = {11, 1, 0x0E0000, 0x20000};
inline constexpr FlashArea kModelAreaA = {12, 2, 0x100000, 0x40000};
inline constexpr FlashArea kModelAreaB = {14, 2, 0x140000, 0x40000};

// The public keys that boot and firmware trust stand in the last 512 bytes of the boot area (see device/boot).
inline constexpr uint32_t kTrustedKeysOffset = 0x07E00;

// A firmware slot: the SUIT envelope at its head, the image (vector table first) at a fixed offset behind it,
// the words that slot B replaces at its tail.
enum class Slot : uint8_t { kA = 0, kB = 1 };
inline constexpr uint32_t kSlotImageOffset = 0x1000;
constexpr const FlashArea& FirmwareArea(Slot slot) { return slot == Slot::kA ? kFirmwareAreaA : kFirmwareAreaB; }
constexpr Slot OtherSlot(Slot slot) { return slot == Slot::kA ? Slot::kB : Slot::kA; }

}  // namespace linnet::platform
