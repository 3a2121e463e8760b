// Small values by name in two flash sectors: an append-only log in one, compacted into the other when it is full. A power
// cut at any flash operation, torn ones included, leaves each key its old or its new value.
// Bytes: docs/formats/key_value.md. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"
#include "linnet/platform/flash.h"

namespace linnet::storage {

inline constexpr size_t kMaxKeyBytes = 31;
inline constexpr size_t kMaxValueBytes = 256;

class KeyValueStore {
 public:
  // Uses sectors `first_sector` and `first_sector + 1` of `flash`, of equal size; borrows it. Holds nothing until Open.
  KeyValueStore(platform::Flash& flash, uint32_t first_sector);

  // Finds the live sector and the end of its log. Writes nothing: erased or damaged sectors are an empty store.
  // To be called again after a failed Put to go on with what the flash holds. kOk always.
  Status Open();

  // The value, borrowed from flash memory: valid until the next Put. kNotFound
  Result<ByteSpan> Get(std::string_view key) const;

  // kOk: stored | kInvalidArgument: key empty or longer than kMaxKeyBytes, value longer than kMaxValueBytes
  // | kResourceExhausted: all live values don't fit a sector | kDataLoss: the flash failed; old or new value stands
  Status Put(std::string_view key, ByteSpan value);
  Status Put(std::string_view key, std::string_view value) { return Put(key, AsBytes(value)); }

 private:
  struct Record;

  ByteSpan sector_bytes(uint32_t which) const;
  uint32_t sector_offset(uint32_t which) const;
  static bool ReadRecord(ByteSpan log, size_t at, Record& record);
  bool IsLatest(std::string_view key, size_t after) const;
  Status Append(uint32_t sector, size_t at, std::string_view key, ByteSpan value);
  Status Compact(std::string_view key, ByteSpan value);

  platform::Flash& flash_;
  const uint32_t first_sector_;
  bool empty_ = true;      // no sector is live yet
  bool torn_ = false;      // something stands behind the log's end: compact before writing
  uint32_t live_ = 0;      // 0 or 1
  uint32_t sequence_ = 0;  // of the live sector
  size_t end_ = 0;         // of its log
};

}  // namespace linnet::storage
