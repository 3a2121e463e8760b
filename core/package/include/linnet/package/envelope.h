// The SUIT envelope of a package, read front to back: head (authentication, manifest), then the integrated payloads
// "#b" and "#image". The head stands as it is at the head of a firmware slot and is what boot verifies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"
#include "linnet/crypto/ecdsa_p256.h"
#include "linnet/package/manifest.h"
#include "linnet/package/trusted_keys.h"

namespace linnet::package {

// The head of an envelope is at most this long: it has to fit before the image in a slot.
inline constexpr size_t kMaxHeadBytes = 4096;
// Enough bytes to read any payload's key and length.
inline constexpr size_t kMaxPayloadHeadBytes = 16;

inline constexpr std::string_view kWordsPayload = "#b";
inline constexpr std::string_view kImagePayload = "#image";

// The parts of a head; all spans borrow the envelope's bytes. Nothing in it is to be trusted yet.
struct Head {
  size_t size_bytes = 0;      // of the whole head: the first payload's key follows
  ByteSpan digest_item;       // the encoded SUIT_Digest: what the signature covers
  ByteSpan digest;            // its 32 bytes: SHA-256 over `manifest_item`
  ByteSpan protected_header;  // of COSE_Sign1, encoded
  ByteSpan key_id;
  ByteSpan signature;      // r | s
  ByteSpan manifest_item;  // the byte string with its head: what the digest covers
  ByteSpan manifest;       // its content
};

// How long the head is that `prefix` starts with. kOutOfRange: more bytes are needed to say it
// | kInvalidArgument: not an envelope of this profile | kResourceExhausted: longer than kMaxHeadBytes
Result<size_t> HeadSize(ByteSpan prefix);

// Splits a head; bytes behind it are ignored. kInvalidArgument: not this profile, or cut short
Result<Head> ParseHead(ByteSpan bytes);

// The digest that ES256 signs: Sig_structure of RFC 9052 4.4 over the SUIT_Digest.
crypto::Sha256Digest SignedDigest(ByteSpan protected_header, ByteSpan digest_item);

// Parses and verifies a head: signature by one of `keys`, digest of the manifest, then the manifest itself, made for
// this vendor and class. Costs one ECDSA verification.
//   kInvalidArgument: not a package | kUnauthenticated: no such key, or the signature is wrong
//   kDataLoss: the manifest is not the signed one | kFailedPrecondition: made for another vendor or board
Result<Manifest> VerifyHead(ByteSpan bytes, const TrustedKeys& keys, const Uuid& vendor_id, const Uuid& class_id);

struct PayloadHead {
  size_t head_bytes = 0;    // key and length
  uint32_t size_bytes = 0;  // of the payload that follows
};
// Reads the key and length of the payload `name`. kOutOfRange: more bytes are needed | kInvalidArgument: another stands here
Result<PayloadHead> ReadPayloadHead(ByteSpan prefix, std::string_view name);

}  // namespace linnet::package
