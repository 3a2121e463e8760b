// CBOR, RFC 8949: a writer into the caller's buffer and a pull reader over borrowed bytes. No heap, no recursion.
// The writer emits deterministic encoding (RFC 8949 4.2.1: shortest heads) unless an Indefinite* call is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"

namespace linnet::cbor {

enum class Type : uint8_t {
  kUnsigned,  // major type 0
  kNegative,  // 1
  kBytes,     // 2
  kText,      // 3
  kArray,     // 4
  kMap,       // 5
  kTag,       // 6
  kBool,
  kNull,
  kUndefined,
  kFloat,  // 7
  kBreak,  // 7, additional information 31: ends an indefinite-length item
};

// Appends items to a buffer. After the first overflow every call is ignored and status() says kResourceExhausted.
class Writer {
 public:
  explicit Writer(MutableByteSpan buffer) : buffer_(buffer) {}

  void Unsigned(uint64_t value);
  void Int(int64_t value);
  void Bytes(ByteSpan bytes);
  // Only the head of a byte string of `size_bytes`: the caller appends the content with Raw or elsewhere.
  void BytesHead(uint64_t size_bytes);
  void Text(std::string_view utf8);
  void Array(uint64_t count);
  void Map(uint64_t pairs);
  void Tag(uint64_t tag);
  void Bool(bool value);
  void Null();
  void Float(float value);    // always 4 bytes
  void Double(double value);  // the shortest of 2, 4 and 8 bytes that is exact
  void IndefiniteArray();
  void IndefiniteMap();
  void Break();
  void Raw(ByteSpan encoded);  // bytes that are CBOR already

  Status status() const { return status_; }
  size_t size_bytes() const { return size_; }
  ByteSpan written() const { return buffer_.first(size_); }

 private:
  void Head(uint8_t major, uint64_t argument);
  void Put(ByteSpan bytes);

  MutableByteSpan buffer_;
  size_t size_ = 0;
  Status status_ = Status::kOk;
};

// Reads item after item. A failed call moves nothing.
//   kOutOfRange: no item left | kDataLoss: cut short or not well-formed
//   kInvalidArgument: an item of another type stands here
//   kUnimplemented, from Peek: a simple value that RFC 8949 gives no meaning; Skip passes it
class Reader {
 public:
  explicit Reader(ByteSpan bytes) : bytes_(bytes) {}

  bool done() const { return offset_ == bytes_.size(); }
  size_t offset() const { return offset_; }
  ByteSpan rest() const { return bytes_.subspan(offset_); }

  Result<Type> Peek() const;
  Result<uint64_t> Unsigned();
  Result<int64_t> Int();     // unsigned or negative, within int64_t, else kOutOfRange
  Result<ByteSpan> Bytes();  // definite length only; indefinite strings are kUnimplemented
  // Only the head of a byte string: the length of its content, which need not all be in `bytes`.
  Result<uint64_t> BytesHead();
  Result<std::string_view> Text();          // definite length only; UTF-8 is not checked
  Result<std::optional<uint64_t>> Array();  // the count; nullopt: indefinite, read until Break
  Result<std::optional<uint64_t>> Map();    // the pairs; nullopt: indefinite
  Result<uint64_t> Tag();
  Result<bool> Bool();
  Status Null();
  Status Break();
  Result<double> Number();  // an integer or a float of 2, 4 or 8 bytes
  // Skips one whole item, nested ones included. kResourceExhausted: nested deeper than 16.
  Status Skip();
  // Like Skip, and returns the item's encoded bytes.
  Result<ByteSpan> Item();

 private:
  struct Head;
  Result<Head> ReadHead(size_t at) const;

  ByteSpan bytes_;
  size_t offset_ = 0;
};

}  // namespace linnet::cbor
