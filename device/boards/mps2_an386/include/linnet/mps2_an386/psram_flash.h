// The 1.5 MB of flash. On this board they are the first part of the 16 MB PSRAM at 0x21000000, which QEMU keeps in a file;
// PSRAM would take any write, so the rules of NOR flash are enforced here: programming clears bits only, word by word in
// ascending order, erasing sets a whole sector to 0xFF.
#pragma once

#include "linnet/platform/flash.h"

namespace linnet::mps2_an386 {

class PsramFlash final : public platform::Flash {
 public:
  uint32_t size_bytes() const override;
  uint32_t sector_count() const override;
  platform::Sector sector(uint32_t index) const override;
  ByteSpan memory() const override;

 private:
  Status DoProgram(uint32_t offset_bytes, ByteSpan data) override;
  Status DoEraseSector(uint32_t index) override;
};

}  // namespace linnet::mps2_an386
