#include "linnet/coap/message.h"

#include <algorithm>

#include "linnet/base/check.h"
#include "linnet/base/text.h"

namespace linnet::coap {
namespace {

constexpr uint8_t kVersion = 1;
constexpr uint8_t kPayloadMarker = 0xff;
constexpr size_t kHeaderBytes = 4;
constexpr size_t kTokenBytesMax = 8;

// Reads the extended part of an option's delta or length (RFC 7252 3.1) from the front of `bytes`.
std::optional<uint32_t> TakeExtended(uint8_t nibble, ByteSpan& bytes) {
  if (nibble < 13) return nibble;
  if (nibble == 13 && !bytes.empty()) {
    const uint32_t value = bytes[0] + 13u;
    bytes = bytes.subspan(1);
    return value;
  }
  if (nibble == 14 && bytes.size() >= 2) {
    const uint32_t value = LoadBe16(bytes.data()) + 269u;
    bytes = bytes.subspan(2);
    return value;
  }
  return std::nullopt;  // cut short, or 15: reserved
}

// Takes one option from the front. nullopt: malformed; `bytes` is then undefined.
std::optional<Option> TakeOption(ByteSpan& bytes, uint16_t previous_number) {
  const uint8_t head = bytes[0];
  bytes = bytes.subspan(1);
  const auto delta = TakeExtended(head >> 4, bytes);
  if (!delta) return std::nullopt;
  const auto length = TakeExtended(head & 0x0f, bytes);
  if (!length || *length > bytes.size() || previous_number + *delta > 0xffff) return std::nullopt;
  const Option option{static_cast<uint16_t>(previous_number + *delta), bytes.first(*length)};
  bytes = bytes.subspan(*length);
  return option;
}

size_t ExtendedBytes(uint32_t value) { return value < 13 ? 0 : value < 269 ? 1 : 2; }
uint8_t Nibble(uint32_t value) { return static_cast<uint8_t>(value < 13 ? value : value < 269 ? 13 : 14); }
uint8_t* PutExtended(uint8_t* p, uint32_t value) {
  if (value >= 269) {
    StoreBe16(p, static_cast<uint16_t>(value - 269));
    return p + 2;
  }
  if (value >= 13) *p++ = static_cast<uint8_t>(value - 13);
  return p;
}

}  // namespace

std::optional<uint32_t> Option::uint() const {
  if (value.size() > 4) return std::nullopt;
  uint32_t number_value = 0;
  for (const uint8_t byte : value) number_value = number_value << 8 | byte;
  return number_value;
}

std::optional<Option> OptionReader::Next() {
  if (rest_.empty()) return std::nullopt;
  const auto option = TakeOption(rest_, number_);
  LINNET_CHECK(option.has_value());  // Parse has walked the same bytes
  number_ = option->number;
  return option;
}

Result<Block> Block::Decode(uint32_t encoded) {
  const Block block{encoded >> 4, (encoded & 8) != 0, static_cast<uint8_t>(encoded & 7)};
  if (block.szx == 7 || block.number > 0xfffff) return Fail(Status::kInvalidArgument);
  return block;
}

Result<Message> Parse(ByteSpan datagram) {
  if (datagram.size() < kHeaderBytes) return Fail(Status::kDataLoss);
  if (datagram[0] >> 6 != kVersion) return Fail(Status::kUnimplemented);
  const size_t token_bytes = datagram[0] & 0x0f;
  Message message;
  message.type = static_cast<Type>(datagram[0] >> 4 & 3);
  message.code = static_cast<Code>(datagram[1]);
  message.message_id = LoadBe16(datagram.data() + 2);
  if (token_bytes > kTokenBytesMax || datagram.size() < kHeaderBytes + token_bytes) return Fail(Status::kDataLoss);
  // RFC 7252 4.1: an empty message is the header and nothing else.
  if (message.code == Code::kEmpty && datagram.size() != kHeaderBytes) return Fail(Status::kDataLoss);
  message.token = datagram.subspan(kHeaderBytes, token_bytes);

  const ByteSpan body = datagram.subspan(kHeaderBytes + token_bytes);
  ByteSpan rest = body;
  uint16_t number = 0;
  while (!rest.empty() && rest[0] != kPayloadMarker) {
    const auto option = TakeOption(rest, number);
    if (!option) return Fail(Status::kDataLoss);
    number = option->number;
  }
  message.options = body.first(body.size() - rest.size());
  if (rest.size() == 1) return Fail(Status::kDataLoss);  // a marker and no payload: a format error (RFC 7252 3)
  if (!rest.empty()) message.payload = rest.subspan(1);
  return message;
}

std::optional<uint16_t> ConfirmableIdOf(ByteSpan datagram) {
  if (datagram.size() < kHeaderBytes || datagram[0] >> 6 != kVersion) return std::nullopt;
  if (static_cast<Type>(datagram[0] >> 4 & 3) != Type::kConfirmable) return std::nullopt;
  return LoadBe16(datagram.data() + 2);
}

std::optional<Option> Message::Find(uint16_t number) const {
  OptionReader reader = ReadOptions();
  while (const auto option = reader.Next()) {
    if (option->number == number) return option;
  }
  return std::nullopt;
}

std::optional<uint32_t> Message::FindUint(uint16_t number) const {
  const auto option = Find(number);
  return option ? option->uint() : std::nullopt;
}

std::optional<Result<Block>> Message::FindBlock(uint16_t number) const {
  const auto option = Find(number);
  if (!option) return std::nullopt;
  // RFC 7959 2.1: at most three bytes.
  if (option->value.size() > 3) return Result<Block>(Fail(Status::kInvalidArgument));
  return Block::Decode(*option->uint());
}

std::optional<uint16_t> Message::FindUnknownCritical(std::span<const uint16_t> known) const {
  OptionReader reader = ReadOptions();
  while (const auto option = reader.Next()) {
    const bool critical = option->number % 2 == 1;
    if (critical && std::find(known.begin(), known.end(), option->number) == known.end()) return option->number;
  }
  return std::nullopt;
}

bool Message::PathIs(std::initializer_list<std::string_view> segments) const {
  OptionReader reader = ReadOptions();
  auto segment = segments.begin();
  while (const auto option = reader.Next()) {
    if (option->number != option::kUriPath) continue;
    if (segment == segments.end() || option->text() != *segment) return false;
    ++segment;
  }
  return segment == segments.end();
}

uint8_t* MessageWriter::Grow(size_t bytes) {
  if (!Ok(status_) || bytes > buffer_.size() - size_) {
    status_ = Status::kResourceExhausted;
    return nullptr;
  }
  uint8_t* p = buffer_.data() + size_;
  size_ += bytes;
  return p;
}

void MessageWriter::Begin(Type type, Code code, uint16_t message_id, ByteSpan token) {
  LINNET_CHECK(token.size() <= kTokenBytesMax);
  size_ = 0;
  last_option_ = 0;
  has_payload_ = false;
  status_ = Status::kOk;
  uint8_t* p = Grow(kHeaderBytes + token.size());
  if (p == nullptr) return;
  p[0] = static_cast<uint8_t>(kVersion << 6 | static_cast<uint8_t>(type) << 4 | token.size());
  p[1] = static_cast<uint8_t>(code);
  StoreBe16(p + 2, message_id);
  std::copy(token.begin(), token.end(), p + kHeaderBytes);
}

void MessageWriter::set_code(Code code) {
  if (size_ >= kHeaderBytes) buffer_[1] = static_cast<uint8_t>(code);
}

Code MessageWriter::code() const { return size_ >= kHeaderBytes ? static_cast<Code>(buffer_[1]) : Code::kEmpty; }

void MessageWriter::AddOption(uint16_t number, ByteSpan value) {
  LINNET_CHECK(!has_payload_ && number >= last_option_);
  const uint32_t delta = number - last_option_;
  const auto length = static_cast<uint32_t>(value.size());
  uint8_t* p = Grow(1 + ExtendedBytes(delta) + ExtendedBytes(length) + length);
  if (p == nullptr) return;
  *p++ = static_cast<uint8_t>(Nibble(delta) << 4 | Nibble(length));
  p = PutExtended(p, delta);
  p = PutExtended(p, length);
  std::copy(value.begin(), value.end(), p);
  last_option_ = number;
}

void MessageWriter::AddUint(uint16_t number, uint32_t value) {
  uint8_t bytes[4];
  StoreBe32(bytes, value);
  size_t leading = 0;
  while (leading < 4 && bytes[leading] == 0) ++leading;  // RFC 7252 3.2: zero is the empty value
  AddOption(number, ByteSpan(bytes).subspan(leading));
}

void MessageWriter::AddPath(uint16_t number, std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    AddOption(number, Slice(path, 0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
}

void MessageWriter::AddPayload(ByteSpan payload) {
  const MutableByteSpan space = payload_space();
  if (payload.size() > space.size()) {
    status_ = Status::kResourceExhausted;
    return;
  }
  std::copy(payload.begin(), payload.end(), space.begin());
  CommitPayload(payload.size());
}

MutableByteSpan MessageWriter::payload_space() {
  LINNET_CHECK(!has_payload_);
  if (!Ok(status_) || buffer_.size() - size_ < 2) return {};
  return buffer_.subspan(size_ + 1);
}

void MessageWriter::CommitPayload(size_t size_bytes) {
  if (size_bytes == 0 || !Ok(status_)) return;
  LINNET_CHECK(!has_payload_ && size_bytes < buffer_.size() - size_);
  buffer_[size_] = kPayloadMarker;
  size_ += 1 + size_bytes;
  has_payload_ = true;
}

void WriteEmpty(Type type, uint16_t message_id, std::span<uint8_t, kEmptyMessageBytes> out) {
  out[0] = static_cast<uint8_t>(kVersion << 6 | static_cast<uint8_t>(type) << 4);
  out[1] = static_cast<uint8_t>(Code::kEmpty);
  StoreBe16(out.data() + 2, message_id);
}

}  // namespace linnet::coap
