// A device in a test: a fake flash with a provisioned key and firmware in slot A. Private to the tests of this module.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "linnet/boot/installer.h"
#include "linnet/boot/select.h"
#include "linnet/package/build.h"
#include "linnet/package/envelope.h"
#include "linnet/platform/fake_flash.h"

namespace linnet::boot::testing_device {

using platform::FakeFlash;
using Bytes = std::vector<uint8_t>;

inline constexpr char kBoard[] = "mps2-an386";

inline const crypto::PrivateKey& SigningKey() {
  static const crypto::PrivateKey key = crypto::PrivateKey::Generate().value();
  return key;
}

// A firmware of `size` bytes: what stands in each slot, and the package that brings it there.
struct Firmware {
  Bytes image_a, image_b, package;

  Firmware(size_t size, uint32_t seed, const std::string& version, uint64_t sequence,
           const crypto::PrivateKey& key = SigningKey()) {
    std::mt19937 random(seed);
    image_a.resize(size);
    for (uint8_t& byte : image_a) byte = static_cast<uint8_t>(random());
    image_b = image_a;
    for (size_t at = 0; at < size; at += 512) image_b[at + 2] ^= 0x06;
    package =
        package::Build(
            {.image_a = image_a, .image_b = image_b, .board = kBoard, .version = version, .sequence_number = sequence},
            key)
            .value();
  }
  const Bytes& image(Slot slot) const { return slot == Slot::kA ? image_a : image_b; }
};

inline Bytes KeyTable(const crypto::PrivateKey& key = SigningKey()) {
  Bytes table(package::kTrustedKeysBytes, 0xFF);
  EXPECT_EQ(package::AddTrustedKey(table, key.id(), key.public_key()), Status::kOk);
  return table;
}

// As a production line writes it.
inline void Place(FakeFlash& flash, Slot slot, const Firmware& firmware) {
  const uint32_t offset = platform::FirmwareArea(slot).offset_bytes;
  flash.Poke(offset, ByteSpan(firmware.package).first(package::HeadSize(firmware.package).value()));
  flash.Poke(offset + platform::kSlotImageOffset, firmware.image(slot));
}

inline FakeFlash FlashWith(const Firmware& in_slot_a) {
  FakeFlash flash;
  flash.Poke(platform::kTrustedKeysOffset, KeyTable());
  Place(flash, Slot::kA, in_slot_a);
  return flash;
}

inline Identity IdentityIn(const FakeFlash& flash) { return IdentityOf(flash, package::ClassIdOf(kBoard)); }

inline Result<BootDecision> Boot(FakeFlash& flash) { return SelectSlot(flash, IdentityIn(flash)); }

// What the firmware in `running` has of the boot world.
struct Running {
  Running(FakeFlash& flash, Slot slot)
      : store(flash, platform::kKeyValueArea.first_sector),
        state(store),
        identity(IdentityIn(flash)),
        installer(flash, state, identity, slot) {
    EXPECT_EQ(store.Open(), Status::kOk);
    EXPECT_EQ(state.Load(), Status::kOk);
  }
  Status Install(ByteSpan package, size_t chunk = 1024) {
    if (const Status status = installer.Begin(); !Ok(status)) return status;
    for (size_t at = 0; at < package.size(); at += chunk) {
      if (const Status status = installer.Write(package.subspan(at, std::min(chunk, package.size() - at)));
          !Ok(status)) {
        return status;
      }
    }
    return installer.Finish();
  }

  storage::KeyValueStore store;
  BootState state;
  Identity identity;
  Installer installer;
};

inline ByteSpan ImageIn(const FakeFlash& flash, Slot slot, size_t size) {
  return flash.memory().subspan(platform::FirmwareArea(slot).offset_bytes + platform::kSlotImageOffset, size);
}

}  // namespace linnet::boot::testing_device
