// Is what stands in a slot a signed firmware for this board? Asked at every start and after every installation.
#pragma once

#include <string_view>

#include "linnet/base/status.h"
#include "linnet/package/board.h"
#include "linnet/package/manifest.h"
#include "linnet/package/trusted_keys.h"
#include "linnet/platform/flash.h"
#include "linnet/platform/flash_map.h"

namespace linnet::boot {

// Whom a device trusts and what it is.
struct Identity {
  package::Uuid vendor_id = package::kVendorId;
  package::Uuid class_id{};
  package::TrustedKeys keys{ByteSpan()};
};

// The keys in the boot area's last 512 bytes, and a class: constexpr package::ClassIdOf("mps2-an386").
Identity IdentityOf(const platform::Flash& flash, const package::Uuid& class_id);

// The envelope at the slot's head is signed by a trusted key, and the image in place has the digest that the manifest gives
// for this slot. Costs one ECDSA verification and a hash of the image.
//   kNotFound: the slot's head is erased | kInvalidArgument, kUnauthenticated, kFailedPrecondition: as package::VerifyHead
//   kDataLoss: the manifest or the image is not the signed one | kResourceExhausted: larger than the slot
Result<package::Manifest> VerifySlot(const platform::Flash& flash, platform::Slot slot, const Identity& identity);

// "its signature does not verify", for sentences about a slot or a package.
std::string_view Explain(Status verification);

}  // namespace linnet::boot
