// ECDSA on P-256 with SHA-256 (ES256 of RFC 9053 2.1). Public keys are uncompressed SEC 1 points (0x04 | x | y),
// signatures are r | s, 32 bytes each, big-endian.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"
#include "linnet/crypto/sha256.h"

namespace linnet::crypto {

inline constexpr size_t kP256PublicKeyBytes = 65;
inline constexpr size_t kP256SignatureBytes = 64;
using P256PublicKey = std::array<uint8_t, kP256PublicKeyBytes>;
using P256Signature = std::array<uint8_t, kP256SignatureBytes>;

// Verifies `signature` over `digest`. May block for 0.3 s on a 100 MHz Cortex-M4.
//   kOk | kUnauthenticated: the signature is not this key's | kInvalidArgument: the key is not a point of the curve
Status VerifyEs256(const P256PublicKey& key, const Sha256Digest& digest, ByteSpan signature);

}  // namespace linnet::crypto
