// One CoAP message (RFC 7252 3): a checked view of a datagram, and a writer into the caller's buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"
#include "linnet/coap/codes.h"

namespace linnet::coap {

struct Option {
  uint16_t number = 0;
  ByteSpan value;

  std::string_view text() const { return AsText(value); }
  // The value as an unsigned integer (RFC 7252 3.2); nullopt when it is longer than four bytes.
  std::optional<uint32_t> uint() const;
};

// Walks the options of a message that Parse has checked, in the order of the wire.
class OptionReader {
 public:
  explicit OptionReader(ByteSpan encoded) : rest_(encoded) {}
  std::optional<Option> Next();

 private:
  ByteSpan rest_;
  uint16_t number_ = 0;
};

// RFC 7959 2.2: which part of a body this is. The part starts at number * size_bytes().
struct Block {
  uint32_t number = 0;  // 20 bits
  bool more = false;
  uint8_t szx = 6;  // 0 to 6: 16 to 1024 bytes

  uint32_t size_bytes() const { return 16u << szx; }
  uint32_t offset_bytes() const { return number * size_bytes(); }
  uint32_t encoded() const { return number << 4 | (more ? 8u : 0u) | szx; }
  // kOk, or kInvalidArgument for the reserved szx 7 or a number beyond 20 bits.
  static Result<Block> Decode(uint32_t encoded);
};

// A view: everything points into the datagram, which must outlive it.
struct Message {
  Type type = Type::kConfirmable;
  Code code = Code::kEmpty;
  uint16_t message_id = 0;
  ByteSpan token;    // 0 to 8 bytes
  ByteSpan options;  // checked by Parse
  ByteSpan payload;

  OptionReader ReadOptions() const { return OptionReader(options); }
  // The first option of that number.
  std::optional<Option> Find(uint16_t number) const;
  std::optional<uint32_t> FindUint(uint16_t number) const;
  // nullopt: absent. A malformed block option counts as kInvalidArgument.
  std::optional<Result<Block>> FindBlock(uint16_t number) const;
  // The first critical option that is not in `known`: its number, for a 4.02.
  std::optional<uint16_t> FindUnknownCritical(std::span<const uint16_t> known) const;
  // True when Uri-Path has exactly these segments: request.PathIs({"rd"}).
  bool PathIs(std::initializer_list<std::string_view> segments) const;
};

// kOk | kDataLoss: shorter than its parts, or a reserved encoding | kUnimplemented: not version 1 (to be ignored, RFC 7252 3)
Result<Message> Parse(ByteSpan datagram);

// What remains of a datagram that Parse refused: enough to reject a confirmable message with a Reset (RFC 7252 4.2).
// nullopt: not even a header, or not version 1, or not confirmable.
std::optional<uint16_t> ConfirmableIdOf(ByteSpan datagram);

// Writes one message. Options must come in ascending order of number (CHECK); after the first overflow every call is
// ignored and status() says kResourceExhausted.
//
//   MessageWriter w(buffer);
//   w.Begin(Type::kConfirmable, Code::kPut, id, token);
//   w.AddOption(option::kUriPath, "5");
//   w.AddUint(option::kContentFormat, content_format::kOctetStream);
//   w.AddPayload(block);
//   Send(w.written());
class MessageWriter {
 public:
  explicit MessageWriter(MutableByteSpan buffer) : buffer_(buffer) {}

  // Starts over. REQUIRES: token.size() <= 8.
  void Begin(Type type, Code code, uint16_t message_id, ByteSpan token);
  // The code may be set or changed as long as the message is in the buffer.
  void set_code(Code code);
  Code code() const;

  void AddOption(uint16_t number, ByteSpan value);
  void AddOption(uint16_t number, std::string_view text) { AddOption(number, AsBytes(text)); }
  void AddUint(uint16_t number, uint32_t value);
  void AddBlock(uint16_t number, const Block& block) { AddUint(number, block.encoded()); }
  // One Uri-Path option a segment: "/5/0/0" or "rd/x1".
  void AddPath(uint16_t number, std::string_view path);
  // Copies the payload in. Nothing may be added afterwards. An empty payload writes nothing.
  void AddPayload(ByteSpan payload);
  // For encoders that write in place: the space a payload may fill. Commit what was used; 0 writes nothing.
  MutableByteSpan payload_space();
  void CommitPayload(size_t size_bytes);

  Status status() const { return status_; }
  ByteSpan written() const { return buffer_.first(size_); }

 private:
  uint8_t* Grow(size_t bytes);

  MutableByteSpan buffer_;
  size_t size_ = 0;
  uint16_t last_option_ = 0;
  bool has_payload_ = false;
  Status status_ = Status::kOk;
};

// An empty Acknowledgement or Reset for `message_id`, RFC 7252 4.2.
inline constexpr size_t kEmptyMessageBytes = 4;
void WriteEmpty(Type type, uint16_t message_id, std::span<uint8_t, kEmptyMessageBytes> out);

}  // namespace linnet::coap
