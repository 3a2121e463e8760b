// What a package says of itself, for programs on a host that hold no key: server and CLI. Structure and digests are
// checked, the signature is not.
#pragma once

#include <cstdint>
#include <string>

#include "linnet/base/bytes.h"
#include "linnet/base/error.h"
#include "linnet/crypto/ecdsa_p256.h"
#include "linnet/crypto/sha256.h"
#include "linnet/package/board.h"

namespace linnet::package {

struct PackageInfo {
  std::string version;
  uint64_t sequence_number = 0;
  uint64_t size_bytes = 0;  // of the whole package
  uint32_t image_size_bytes = 0;
  uint32_t changed_words = 0;       // words that differ in slot B
  crypto::Sha256Digest digest_a{};  // of the image in slot A, and in slot B
  crypto::Sha256Digest digest_b{};
  Uuid class_id{};
  std::string board;   // its name; empty: none that we know has this class id
  std::string key_id;  // hexadecimal
};

// Reads a whole package: its structure, the manifest's digest, the digest of the words list and of the image in both
// slots. kInvalidArgument: not a package | kDataLoss: cut short, or a digest differs. The message says where.
Outcome<PackageInfo> Describe(ByteSpan package);

// Verifies the signature with one public key. kOk | kUnauthenticated | kInvalidArgument: not a package
Outcome<void> CheckSignature(ByteSpan package, const crypto::P256PublicKey& key);

std::string ToHex(ByteSpan bytes);

}  // namespace linnet::package
