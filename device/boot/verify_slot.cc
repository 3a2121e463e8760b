#include "linnet/boot/verify_slot.h"

#include "linnet/package/envelope.h"

namespace linnet::boot {

using platform::Flash;
using platform::Slot;

static_assert(package::FindBoard("mps2-an386")->slot_bytes == platform::FirmwareArea(Slot::kA).size_bytes &&
                  package::FindBoard("mps2-an386")->slot_bytes == platform::FirmwareArea(Slot::kB).size_bytes &&
                  package::FindBoard("mps2-an386")->image_offset_bytes == platform::kSlotImageOffset,
              "what the package builder takes for a slot is not the flash map's");
static_assert(package::kMaxHeadBytes <= platform::kSlotImageOffset);

Identity IdentityOf(const Flash& flash, const package::Uuid& class_id) {
  Identity identity;
  identity.class_id = class_id;
  identity.keys =
      package::TrustedKeys(flash.memory().subspan(platform::kTrustedKeysOffset, package::kTrustedKeysBytes));
  return identity;
}

Result<package::Manifest> VerifySlot(const Flash& flash, Slot slot, const Identity& identity) {
  const platform::FlashArea& area = platform::FirmwareArea(slot);
  const ByteSpan bytes = flash.memory().subspan(area.offset_bytes, area.size_bytes);
  if (bytes[0] == 0xFF) return Fail(Status::kNotFound);
  LINNET_ASSIGN(const package::Manifest manifest,
                package::VerifyHead(bytes.first(platform::kSlotImageOffset), identity.keys, identity.vendor_id,
                                    identity.class_id));
  const ByteSpan room = bytes.subspan(platform::kSlotImageOffset);
  if (manifest.image_size_bytes > room.size()) return Fail(Status::kResourceExhausted);
  const crypto::Sha256Digest digest = crypto::HashSha256(room.first(manifest.image_size_bytes));
  if (digest != manifest.digest(static_cast<int>(slot))) return Fail(Status::kDataLoss);
  return manifest;
}

std::string_view Explain(Status verification) {
  switch (verification) {
    case Status::kOk: return "it is sound";
    case Status::kNotFound: return "nothing is installed there";
    case Status::kUnauthenticated: return "the signature does not verify or its key is not trusted";
    case Status::kDataLoss: return "a digest differs: the bytes are not those that were signed";
    case Status::kFailedPrecondition: return "it was made for another board";
    case Status::kResourceExhausted: return "it is larger than the slot";
    default: return "it is not a firmware package";
  }
}

}  // namespace linnet::boot
