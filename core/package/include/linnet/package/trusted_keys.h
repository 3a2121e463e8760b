// The public keys that boot and firmware trust: a table of four fixed records, in flash of a board or built in memory.
// Bytes in docs/formats/package.md, "Trusted keys": never renumber.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"
#include "linnet/crypto/ecdsa_p256.h"

namespace linnet::package {

inline constexpr size_t kTrustedKeyCount = 4;
inline constexpr size_t kTrustedKeyRecordBytes = 128;
inline constexpr size_t kTrustedKeysBytes = kTrustedKeyCount * kTrustedKeyRecordBytes;
inline constexpr size_t kMaxKeyIdBytes = 31;

// A view of the encoded table; borrows it. Records that are empty or damaged are passed over.
class TrustedKeys {
 public:
  // `table` shorter than kTrustedKeysBytes holds no key.
  explicit TrustedKeys(ByteSpan table) : table_(table) {}

  // kNotFound: no record with this id
  Result<crypto::P256PublicKey> Find(ByteSpan key_id) const;
  size_t count() const;

 private:
  ByteSpan table_;
};

// Puts a key into the first empty record of `table` (0xFF where empty).
// kOk | kAlreadyExists: a record has this id | kResourceExhausted: four keys are in it
// | kInvalidArgument: the id is empty or longer than kMaxKeyIdBytes, or the table is not kTrustedKeysBytes long
Status AddTrustedKey(MutableByteSpan table, ByteSpan key_id, const crypto::P256PublicKey& key);

}  // namespace linnet::package
