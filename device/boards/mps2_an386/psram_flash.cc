#include "linnet/mps2_an386/psram_flash.h"

#include "linnet/mps2_an386/ram_map.h"
#include "linnet/platform/flash_map.h"

namespace linnet::mps2_an386 {

uint32_t PsramFlash::size_bytes() const { return platform::kFlashBytes; }

uint32_t PsramFlash::sector_count() const { return platform::kFlashSectorCount; }

platform::Sector PsramFlash::sector(uint32_t index) const { return platform::FlashSector(index); }

ByteSpan PsramFlash::memory() const { return {reinterpret_cast<const uint8_t*>(kFlashOrigin), platform::kFlashBytes}; }

Status PsramFlash::DoProgram(uint32_t offset_bytes, ByteSpan data) {
  auto* words = reinterpret_cast<volatile uint32_t*>(kFlashOrigin + offset_bytes);
  for (size_t i = 0; i < data.size() / 4; ++i) {
    if ((LoadLe32(&data[4 * i]) & ~words[i]) != 0) return Status::kFailedPrecondition;
  }
  for (size_t i = 0; i < data.size() / 4; ++i) words[i] = LoadLe32(&data[4 * i]);
  return Status::kOk;
}

Status PsramFlash::DoEraseSector(uint32_t index) {
  platform::Sector sector = platform::FlashSector(index);
  auto* words = reinterpret_cast<volatile uint32_t*>(kFlashOrigin + sector.offset_bytes);
  for (uint32_t i = 0; i < sector.size_bytes / 4; ++i) words[i] = 0xFFFFFFFF;
  return Status::kOk;
}

}  // namespace linnet::mps2_an386
