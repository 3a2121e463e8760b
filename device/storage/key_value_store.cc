#include "linnet/storage/key_value_store.h"

#include <algorithm>
#include <array>

#include "linnet/base/check.h"
#include "linnet/storage/crc32.h"

namespace linnet::storage {
namespace {

// Sector: u32 magic, u32 sequence, u32 CRC-32 of both, u32 unused, then records. Never renumber.
constexpr uint32_t kMagic = 0x31564B4C;  // "LKV1"
constexpr size_t kHeaderBytes = 12;
constexpr size_t kLogAt = 16;
// Record: u8 'R', u8 key bytes, u16 value bytes, u32 CRC-32 of these four bytes, key and value; key; value; 0xFF to a word.
constexpr uint8_t kRecordMark = 'R';
constexpr size_t kRecordHeadBytes = 8;
constexpr size_t kMaxRecordBytes = (kRecordHeadBytes + kMaxKeyBytes + kMaxValueBytes + 3) / 4 * 4;

constexpr size_t RecordBytes(size_t key_bytes, size_t value_bytes) {
  return (kRecordHeadBytes + key_bytes + value_bytes + 3) / 4 * 4;
}

bool ReadHeader(ByteSpan sector, uint32_t& sequence) {
  const bool valid = LoadLe32(sector.data()) == kMagic && LoadLe32(sector.data() + 8) == Crc32(sector.first(8));
  if (valid) sequence = LoadLe32(sector.data() + 4);
  return valid;
}

}  // namespace

struct KeyValueStore::Record {
  std::string_view key;
  ByteSpan value;
  size_t next;  // offset in the sector behind it
};

KeyValueStore::KeyValueStore(platform::Flash& flash, uint32_t first_sector)
    : flash_(flash), first_sector_(first_sector) {
  LINNET_CHECK(first_sector + 1 < flash.sector_count());
  LINNET_CHECK(flash.sector(first_sector).size_bytes == flash.sector(first_sector + 1).size_bytes);
}

uint32_t KeyValueStore::sector_offset(uint32_t which) const {
  return flash_.sector(first_sector_ + which).offset_bytes;
}

ByteSpan KeyValueStore::sector_bytes(uint32_t which) const {
  const platform::Sector sector = flash_.sector(first_sector_ + which);
  return flash_.memory().subspan(sector.offset_bytes, sector.size_bytes);
}

bool KeyValueStore::ReadRecord(ByteSpan log, size_t at, Record& record) {
  if (log.size() - at < kRecordHeadBytes) return false;
  const uint8_t* head = log.data() + at;
  const size_t key_bytes = head[1];
  const size_t value_bytes = LoadLe16(head + 2);
  if (head[0] != kRecordMark || key_bytes == 0 || key_bytes > kMaxKeyBytes || value_bytes > kMaxValueBytes)
    return false;
  if (RecordBytes(key_bytes, value_bytes) > log.size() - at) return false;
  const ByteSpan body = log.subspan(at + kRecordHeadBytes, key_bytes + value_bytes);
  if (LoadLe32(head + 4) != Crc32(body, Crc32({head, 4}))) return false;
  record = {AsText(body.first(key_bytes)), body.subspan(key_bytes), at + RecordBytes(key_bytes, value_bytes)};
  return true;
}

Status KeyValueStore::Open() {
  uint32_t sequence[2] = {};
  const bool valid[2] = {ReadHeader(sector_bytes(0), sequence[0]), ReadHeader(sector_bytes(1), sequence[1])};
  empty_ = !valid[0] && !valid[1];
  torn_ = false;
  live_ = valid[1] && (!valid[0] || sequence[1] > sequence[0]) ? 1 : 0;
  sequence_ = sequence[live_];
  end_ = kLogAt;
  if (empty_) return Status::kOk;

  const ByteSpan sector = sector_bytes(live_);
  for (Record record; ReadRecord(sector, end_, record);) end_ = record.next;
  // Behind the last whole record stands nothing, or what a power cut left of one.
  const ByteSpan rest = sector.subspan(end_);
  torn_ = std::any_of(rest.begin(), rest.end(), [](uint8_t byte) { return byte != 0xFF; });
  return Status::kOk;
}

Result<ByteSpan> KeyValueStore::Get(std::string_view key) const {
  Result<ByteSpan> found = Fail(Status::kNotFound);
  if (empty_) return found;
  const ByteSpan log = sector_bytes(live_).first(end_);
  Record record;
  for (size_t at = kLogAt; ReadRecord(log, at, record); at = record.next) {
    if (record.key == key) found = record.value;
  }
  return found;
}

bool KeyValueStore::IsLatest(std::string_view key, size_t after) const {
  const ByteSpan log = sector_bytes(live_).first(end_);
  Record record;
  for (size_t at = after; ReadRecord(log, at, record); at = record.next) {
    if (record.key == key) return false;
  }
  return true;
}

Status KeyValueStore::Put(std::string_view key, ByteSpan value) {
  if (key.empty() || key.size() > kMaxKeyBytes || value.size() > kMaxValueBytes) return Status::kInvalidArgument;
  const size_t size = RecordBytes(key.size(), value.size());
  if (empty_ || torn_ || size > sector_bytes(live_).size() - end_) return Compact(key, value);
  const Status status = Append(live_, end_, key, value);
  if (Ok(status))
    end_ += size;
  else
    torn_ = true;
  return status;
}

Status KeyValueStore::Append(uint32_t sector, size_t at, std::string_view key, ByteSpan value) {
  std::array<uint8_t, kMaxRecordBytes> record;
  const size_t size = RecordBytes(key.size(), value.size());
  std::fill_n(record.begin(), size, 0xFF);
  record[0] = kRecordMark;
  record[1] = static_cast<uint8_t>(key.size());
  StoreLe16(&record[2], static_cast<uint16_t>(value.size()));
  std::copy(key.begin(), key.end(), record.begin() + kRecordHeadBytes);
  std::copy(value.begin(), value.end(), record.begin() + kRecordHeadBytes + static_cast<ptrdiff_t>(key.size()));
  const ByteSpan body(record.data() + kRecordHeadBytes, key.size() + value.size());
  StoreLe32(&record[4], Crc32(body, Crc32({record.data(), 4})));
  return flash_.Program(sector_offset(sector) + static_cast<uint32_t>(at), {record.data(), size});
}

// Writes what is live, and the new value, into the other sector. Its header comes last: until then the old sector counts.
Status KeyValueStore::Compact(std::string_view key, ByteSpan value) {
  const ByteSpan log = empty_ ? ByteSpan() : sector_bytes(live_).first(end_);
  const auto each_live = [&](auto use) {
    Record record;
    for (size_t at = kLogAt; !log.empty() && ReadRecord(log, at, record); at = record.next) {
      if (record.key == key || !IsLatest(record.key, record.next)) continue;
      if (const Status status = use(record); !Ok(status)) return status;
    }
    return Status::kOk;
  };

  size_t size = kLogAt + RecordBytes(key.size(), value.size());
  LINNET_TRY(each_live([&](const Record& record) {
    size += RecordBytes(record.key.size(), record.value.size());
    return Status::kOk;
  }));
  const uint32_t target = empty_ ? 0 : 1 - live_;
  if (size > sector_bytes(target).size()) return Status::kResourceExhausted;

  torn_ = true;  // until all of it is done: whatever fails on the way, the next Put starts over here
  uint32_t stale = 0;
  if (ReadHeader(sector_bytes(target), stale)) {
    // A half-erased sector must not look whole: its header goes first.
    LINNET_TRY(flash_.Program(sector_offset(target), std::array<uint8_t, 4>{}));
  }
  LINNET_TRY(flash_.EraseSector(first_sector_ + target));
  size_t at = kLogAt;
  LINNET_TRY(each_live([&](const Record& record) {
    const Status status = Append(target, at, record.key, record.value);
    at += RecordBytes(record.key.size(), record.value.size());
    return status;
  }));
  LINNET_TRY(Append(target, at, key, value));
  at += RecordBytes(key.size(), value.size());

  std::array<uint8_t, kHeaderBytes> header;
  StoreLe32(&header[0], kMagic);
  StoreLe32(&header[4], sequence_ + 1);
  StoreLe32(&header[8], Crc32({header.data(), 8}));
  LINNET_TRY(flash_.Program(sector_offset(target), header));
  live_ = target;
  ++sequence_;
  end_ = at;
  empty_ = torn_ = false;
  return Status::kOk;
}

}  // namespace linnet::storage
