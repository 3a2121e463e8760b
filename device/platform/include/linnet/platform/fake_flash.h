// NOR flash for tests on a host, with the sectors of flash_map.h, that loses its power at any operation one asks for.
// An operation is one programmed word or one erased sector. The operation that is cut is torn: a word keeps some of its
// bits, a sector is erased in part. After the cut every call returns kDataLoss until Restore().
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "linnet/platform/flash.h"
#include "linnet/platform/flash_map.h"

namespace linnet::platform {

class FakeFlash : public Flash {
 public:
  // What the operation under the cut leaves behind.
  enum class Tear : uint8_t {
    kBefore,   // nothing: the power went just before
    kPartial,  // some bits of the word; the first half of the sector
    kScatter,  // other bits of the word; every other word of the sector, the rest half way
    kAfter,    // everything, but the caller never hears of it
  };

  FakeFlash() : bytes_(kFlashBytes, 0xFF) {}

  uint32_t size_bytes() const override { return kFlashBytes; }
  uint32_t sector_count() const override { return kFlashSectorCount; }
  Sector sector(uint32_t index) const override { return FlashSector(index); }
  ByteSpan memory() const override { return bytes_; }

  // Operations done so far.
  uint64_t operations() const { return operations_; }
  // The power goes at the operation after `operations` more ones.
  void CutAfter(uint64_t operations, Tear tear) {
    cut_at_ = operations_ + operations;
    tear_ = tear;
  }
  bool dead() const { return dead_; }
  // Power is back, no cut is planned.
  void Restore() {
    dead_ = false;
    cut_at_ = kNever;
  }
  // Writes past NOR rules, as a production line or an attacker would. REQUIRES: inside the flash.
  void Poke(uint32_t offset_bytes, ByteSpan data) {
    std::copy(data.begin(), data.end(), bytes_.begin() + offset_bytes);
  }

 private:
  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

  // True: the power went at this operation.
  bool Cut() {
    if (operations_ == cut_at_) dead_ = true;
    ++operations_;
    return dead_;
  }

  Status DoProgram(uint32_t offset_bytes, ByteSpan data) override {
    if (dead_) return Status::kDataLoss;
    for (size_t i = 0; i < data.size(); ++i) {
      if ((data[i] & ~bytes_[offset_bytes + i]) != 0) return Status::kFailedPrecondition;
    }
    for (size_t word = 0; word < data.size(); word += 4) {
      const bool cut = Cut();
      for (size_t i = word; i < word + 4; ++i) {
        uint8_t& byte = bytes_[offset_bytes + i];
        byte = cut ? Torn(byte, data[i], i) : data[i];
      }
      if (cut) return Status::kDataLoss;
    }
    return Status::kOk;
  }

  Status DoEraseSector(uint32_t index) override {
    if (dead_) return Status::kDataLoss;
    const Sector area = FlashSector(index);
    const bool cut = Cut();
    for (uint32_t i = 0; i < area.size_bytes; ++i) {
      uint8_t& byte = bytes_[area.offset_bytes + i];
      if (!cut || tear_ == Tear::kAfter)
        byte = 0xFF;
      else if (tear_ == Tear::kPartial && i < area.size_bytes / 2)
        byte = 0xFF;
      else if (tear_ == Tear::kScatter)
        byte = i / 4 % 2 == 0 ? 0xFF : byte | 0x5A;
    }
    return cut ? Status::kDataLoss : Status::kOk;
  }

  // Programming clears bits; the tear decides which of them got there.
  uint8_t Torn(uint8_t old, uint8_t wanted, size_t at) const {
    const uint8_t to_clear = old & static_cast<uint8_t>(~wanted);
    switch (tear_) {
      case Tear::kBefore: return old;
      case Tear::kPartial: return old & static_cast<uint8_t>(~(to_clear & (at % 4 < 2 ? 0xFF : 0x0F)));
      case Tear::kScatter: return old & static_cast<uint8_t>(~(to_clear & 0xA5));
      case Tear::kAfter: break;
    }
    return wanted;
  }

  std::vector<uint8_t> bytes_;
  uint64_t operations_ = 0;
  uint64_t cut_at_ = kNever;
  Tear tear_ = Tear::kBefore;
  bool dead_ = false;
};

}  // namespace linnet::platform
