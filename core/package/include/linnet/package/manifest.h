// The SUIT manifest (draft-ietf-suit-manifest-34) of a firmware package, in the one profile that Linnet writes and
// reads: see docs/formats/package.md. Anything outside the profile is refused, however valid as SUIT.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "linnet/base/bytes.h"
#include "linnet/base/fixed.h"
#include "linnet/base/status.h"
#include "linnet/crypto/sha256.h"
#include "linnet/package/board.h"

namespace linnet::package {

inline constexpr size_t kMaxVersionBytes = 64;
inline constexpr size_t kMaxManifestBytes = 1024;

struct Manifest {
  uint64_t sequence_number = 0;
  Uuid vendor_id{};
  Uuid class_id{};
  FixedBytes<kMaxVersionBytes> version;  // UTF-8, for people
  uint32_t image_size_bytes = 0;         // a multiple of 4, the same in both slots
  crypto::Sha256Digest digest_a{};       // of the image as it stands in slot A
  crypto::Sha256Digest digest_b{};       // and in slot B
  crypto::Sha256Digest words_digest{};   // of the "#b" payload

  const crypto::Sha256Digest& digest(int slot) const { return slot == 0 ? digest_a : digest_b; }
};

// Reads the manifest's CBOR map (without the byte string around it). Borrows nothing.
// kInvalidArgument: not this profile, or cut short
Result<Manifest> DecodeManifest(ByteSpan encoded);

// Writes it into `buffer` (kMaxManifestBytes always suffice) and returns the bytes written.
// kResourceExhausted: buffer too small
Result<ByteSpan> EncodeManifest(const Manifest& manifest, MutableByteSpan buffer);

}  // namespace linnet::package
