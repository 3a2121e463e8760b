#include "linnet/wire/tlv.h"

#include <cstring>

namespace linnet::tlv {
namespace {

// Type byte: bits 7-6 kind, bit 5 id of 16 bits, bits 4-3 bytes of the length field, bits 2-0 the length when that is 0.
constexpr size_t kHeadBytesMax = 1 + 2 + 3;

size_t WriteHead(Kind kind, uint16_t id, size_t length, uint8_t* out) {
  uint8_t* p = out + 1;
  uint8_t type = static_cast<uint8_t>(static_cast<uint8_t>(kind) << 6);
  if (id > 0xff) {
    type |= 0x20;
    *p++ = static_cast<uint8_t>(id >> 8);
  }
  *p++ = static_cast<uint8_t>(id);
  const uint8_t length_bytes = length < 8 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
  type |= static_cast<uint8_t>(length_bytes << 3);
  if (length_bytes == 0) type |= static_cast<uint8_t>(length);
  for (uint8_t i = length_bytes; i > 0; --i) *p++ = static_cast<uint8_t>(length >> (8 * (i - 1)));
  *out = type;
  return static_cast<size_t>(p - out);
}

}  // namespace

Result<Entry> Reader::Next() {
  if (rest_.empty()) return Fail(Status::kOutOfRange);
  const uint8_t type = rest_[0];
  const size_t id_bytes = (type & 0x20) != 0 ? 2 : 1;
  const size_t length_bytes = type >> 3 & 3;
  const size_t head_bytes = 1 + id_bytes + length_bytes;
  if (rest_.size() < head_bytes) return Fail(Status::kDataLoss);
  Entry entry;
  entry.kind = static_cast<Kind>(type >> 6);
  entry.id = id_bytes == 2 ? LoadBe16(rest_.data() + 1) : rest_[1];
  size_t length = length_bytes == 0 ? type & 7u : 0;
  for (size_t i = 0; i < length_bytes; ++i) length = length << 8 | rest_[1 + id_bytes + i];
  if (length > rest_.size() - head_bytes) return Fail(Status::kDataLoss);
  entry.value = rest_.subspan(head_bytes, length);
  rest_ = rest_.subspan(head_bytes + length);
  return entry;
}

Result<Leaf> TreeReader::Next() {
  for (;;) {
    if (!multiple_.done()) {
      LINNET_ASSIGN(const Entry entry, multiple_.Next());
      if (entry.kind != Kind::kResourceInstance) return Fail(Status::kDataLoss);
      return Leaf{instance_id_, multiple_id_, entry.id, entry.value};
    }
    const bool inside = !instance_.done();
    if (!inside) instance_id_ = std::nullopt;
    LINNET_ASSIGN(const Entry entry, (inside ? instance_ : top_).Next());
    switch (entry.kind) {
      case Kind::kResource: return Leaf{instance_id_, entry.id, std::nullopt, entry.value};
      case Kind::kMultipleResource:
        multiple_id_ = entry.id;
        multiple_ = Reader(entry.value);
        break;
      case Kind::kObjectInstance:
        if (inside) return Fail(Status::kDataLoss);
        instance_id_ = entry.id;
        instance_ = Reader(entry.value);
        break;
      case Kind::kResourceInstance: return Fail(Status::kDataLoss);  // only within a multiple resource
    }
  }
}

void TreeWriter::Add(const Leaf& leaf) {
  if (multiple_ && (!leaf.resource_instance || *multiple_ != leaf.resource || instance_ != leaf.instance))
    CloseMultiple();
  if (instance_ && instance_ != leaf.instance) CloseInstance();
  if (leaf.instance && !instance_) {
    instance_ = leaf.instance;
    instance_start_ = size_;
  }
  if (!leaf.resource_instance) {
    Put(Kind::kResource, leaf.resource, leaf.value);
    return;
  }
  if (!multiple_) {
    multiple_ = leaf.resource;
    multiple_start_ = size_;
  }
  Put(Kind::kResourceInstance, *leaf.resource_instance, leaf.value);
}

Result<ByteSpan> TreeWriter::Finish() {
  if (multiple_) CloseMultiple();
  if (instance_) CloseInstance();
  if (!Ok(status_)) return Fail(status_);
  return ByteSpan(buffer_.first(size_));
}

void TreeWriter::Put(Kind kind, uint16_t id, ByteSpan value) {
  uint8_t head[kHeadBytesMax];
  const size_t head_bytes = WriteHead(kind, id, value.size(), head);
  if (!Ok(status_) || head_bytes + value.size() > buffer_.size() - size_) {
    status_ = Status::kResourceExhausted;
    return;
  }
  std::memcpy(buffer_.data() + size_, head, head_bytes);
  if (!value.empty()) std::memcpy(buffer_.data() + size_ + head_bytes, value.data(), value.size());
  size_ += head_bytes + value.size();
}

// The length of a level is known only at its end: what was written moves to make room for the head.
void TreeWriter::Wrap(Kind kind, uint16_t id, size_t start) {
  if (!Ok(status_)) return;
  uint8_t head[kHeadBytesMax];
  const size_t content = size_ - start;
  const size_t head_bytes = WriteHead(kind, id, content, head);
  if (head_bytes > buffer_.size() - size_) {
    status_ = Status::kResourceExhausted;
    return;
  }
  std::memmove(buffer_.data() + start + head_bytes, buffer_.data() + start, content);
  std::memcpy(buffer_.data() + start, head, head_bytes);
  size_ += head_bytes;
}

void TreeWriter::CloseMultiple() {
  Wrap(Kind::kMultipleResource, *multiple_, multiple_start_);
  multiple_ = std::nullopt;
}

void TreeWriter::CloseInstance() {
  Wrap(Kind::kObjectInstance, *instance_, instance_start_);
  instance_ = std::nullopt;
}

}  // namespace linnet::tlv
