#include "linnet/package/trusted_keys.h"

#include <algorithm>

namespace linnet::package {
namespace {

// A record: u8 key id length (0xFF: empty), 31 bytes key id, 65 bytes point, the rest 0xFF. Never renumber.
constexpr size_t kKeyIdAt = 1, kKeyAt = 32;
constexpr uint8_t kErased = 0xFF;

ByteSpan KeyIdIn(ByteSpan record) {  // empty: no key in it
  const size_t size = record[0];
  return size <= kMaxKeyIdBytes ? record.subspan(kKeyIdAt, size) : ByteSpan();
}

}  // namespace

Result<crypto::P256PublicKey> TrustedKeys::Find(ByteSpan key_id) const {
  if (table_.size() < kTrustedKeysBytes || key_id.empty()) return Fail(Status::kNotFound);
  for (size_t i = 0; i < kTrustedKeyCount; ++i) {
    const ByteSpan record = table_.subspan(i * kTrustedKeyRecordBytes, kTrustedKeyRecordBytes);
    if (!Equal(KeyIdIn(record), key_id)) continue;
    crypto::P256PublicKey key;
    std::copy_n(record.begin() + kKeyAt, key.size(), key.begin());
    return key;
  }
  return Fail(Status::kNotFound);
}

size_t TrustedKeys::count() const {
  if (table_.size() < kTrustedKeysBytes) return 0;
  size_t found = 0;
  for (size_t i = 0; i < kTrustedKeyCount; ++i) {
    found += !KeyIdIn(table_.subspan(i * kTrustedKeyRecordBytes, kTrustedKeyRecordBytes)).empty();
  }
  return found;
}

Status AddTrustedKey(MutableByteSpan table, ByteSpan key_id, const crypto::P256PublicKey& key) {
  if (table.size() != kTrustedKeysBytes || key_id.empty() || key_id.size() > kMaxKeyIdBytes)
    return Status::kInvalidArgument;
  if (TrustedKeys(table).Find(key_id)) return Status::kAlreadyExists;
  for (size_t i = 0; i < kTrustedKeyCount; ++i) {
    const MutableByteSpan record = table.subspan(i * kTrustedKeyRecordBytes, kTrustedKeyRecordBytes);
    if (record[0] != kErased) continue;
    std::fill(record.begin(), record.end(), kErased);
    record[0] = static_cast<uint8_t>(key_id.size());
    std::copy(key_id.begin(), key_id.end(), record.begin() + kKeyIdAt);
    std::copy(key.begin(), key.end(), record.begin() + kKeyAt);
    return Status::kOk;
  }
  return Status::kResourceExhausted;
}

}  // namespace linnet::package
