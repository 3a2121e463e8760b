// OMA TLV (LwM2M Core 1.1, 7.4.3; content format 11542): object instances > resources > resource instances, each with its id.
// The format does not tell the type of a value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"

namespace linnet::tlv {

// Bits 7 and 6 of the type byte.
enum class Kind : uint8_t { kObjectInstance = 0, kResourceInstance = 1, kMultipleResource = 2, kResource = 3 };

struct Entry {
  Kind kind = Kind::kResource;
  uint16_t id = 0;
  ByteSpan value;
};

// One level: entry after entry. kOutOfRange: the end | kDataLoss: cut short. A failed call moves nothing.
class Reader {
 public:
  explicit Reader(ByteSpan bytes) : rest_(bytes) {}
  bool done() const { return rest_.empty(); }
  Result<Entry> Next();

 private:
  ByteSpan rest_;
};

// A value and where it stands; an id is absent when the document does not name that level.
struct Leaf {
  std::optional<uint16_t> instance;
  uint16_t resource = 0;
  std::optional<uint16_t> resource_instance;
  ByteSpan value;
};

// All values of a document in its order. kDataLoss: also for levels that can't nest.
class TreeReader {
 public:
  explicit TreeReader(ByteSpan bytes) : top_(bytes), instance_({}), multiple_({}) {}
  Result<Leaf> Next();

 private:
  Reader top_, instance_, multiple_;
  std::optional<uint16_t> instance_id_;
  uint16_t multiple_id_ = 0;
};

// Writes values given in the order of their ids; opens and closes the levels above them by itself.
class TreeWriter {
 public:
  explicit TreeWriter(MutableByteSpan buffer) : buffer_(buffer) {}
  void Add(const Leaf& leaf);
  // kResourceExhausted: the buffer is too small.
  Result<ByteSpan> Finish();
  Status status() const { return status_; }

 private:
  void CloseMultiple();
  void CloseInstance();
  void Put(Kind kind, uint16_t id, ByteSpan value);
  void Wrap(Kind kind, uint16_t id, size_t start);

  MutableByteSpan buffer_;
  size_t size_ = 0;
  Status status_ = Status::kOk;
  std::optional<uint16_t> instance_, multiple_;
  size_t instance_start_ = 0, multiple_start_ = 0;
};

}  // namespace linnet::tlv
