#include "linnet/wire/cbor.h"

#include <array>
#include <bit>
#include <limits>

namespace linnet::cbor {
namespace {

constexpr uint8_t kMajorUnsigned = 0, kMajorNegative = 1, kMajorBytes = 2, kMajorText = 3;
constexpr uint8_t kMajorArray = 4, kMajorMap = 5, kMajorTag = 6, kMajorSimple = 7;
constexpr uint8_t kIndefinite = 31;  // additional information: no length, until Break
constexpr uint8_t kFalse = 20, kTrue = 21, kNullValue = 22, kUndefinedValue = 23;
constexpr uint8_t kHalf = 25, kSingle = 26, kDouble = 27;
constexpr size_t kMaxDepth = 16;

// RFC 8949 appendix D, without libm: a half is sign, 5 bits of exponent with bias 15, 10 bits of fraction.
double FromHalf(uint16_t half) {
  const uint64_t sign = static_cast<uint64_t>(half >> 15) << 63;
  const uint32_t exponent = half >> 10 & 0x1F;
  const uint64_t fraction = half & 0x3FF;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24
    const double value = static_cast<double>(fraction) * 0x1p-24;
    return std::bit_cast<double>(std::bit_cast<uint64_t>(value) | sign);
  }
  const uint64_t wide = exponent == 31 ? 0x7FF : exponent + (1023 - 15);
  return std::bit_cast<double>(sign | wide << 52 | fraction << 42);
}

// The half that is exactly this float, if there is one.
std::optional<uint16_t> ToHalfExact(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 16 & 0x8000;
  const int exponent = static_cast<int>(bits >> 23 & 0xFF) - 127;
  const uint32_t fraction = bits & 0x7FFFFF;
  if ((bits & 0x7FFFFFFF) == 0) return static_cast<uint16_t>(sign);
  if (exponent == 128 && fraction == 0) return static_cast<uint16_t>(sign | 0x7C00);
  if (exponent >= -14 && exponent <= 15 && (fraction & 0x1FFF) == 0) {
    return static_cast<uint16_t>(sign | static_cast<uint32_t>(exponent + 15) << 10 | fraction >> 13);
  }
  if (exponent >= -24 && exponent < -14) {
    const uint32_t full = fraction | 0x800000;
    const int shift = -1 - exponent;  // the half counts in units of 2^-24, `full` in 2^(exponent - 23)
    if ((full & ((1u << shift) - 1)) == 0) return static_cast<uint16_t>(sign | full >> shift);
  }
  return std::nullopt;
}

}  // namespace

void Writer::Put(ByteSpan bytes) {
  if (!Ok(status_)) return;
  if (bytes.size() > buffer_.size() - size_) {
    status_ = Status::kResourceExhausted;
    return;
  }
  if (!bytes.empty()) std::memcpy(buffer_.data() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

void Writer::Head(uint8_t major, uint64_t argument) {
  std::array<uint8_t, 9> head;
  size_t size = 1;
  uint8_t additional = 0;
  if (argument < 24) {
    additional = static_cast<uint8_t>(argument);
  } else if (argument <= 0xFF) {
    additional = 24;
    head[1] = static_cast<uint8_t>(argument);
    size = 2;
  } else if (argument <= 0xFFFF) {
    additional = 25;
    StoreBe16(&head[1], static_cast<uint16_t>(argument));
    size = 3;
  } else if (argument <= 0xFFFFFFFF) {
    additional = 26;
    StoreBe32(&head[1], static_cast<uint32_t>(argument));
    size = 5;
  } else {
    additional = 27;
    StoreBe64(&head[1], argument);
    size = 9;
  }
  head[0] = static_cast<uint8_t>(major << 5 | additional);
  Put({head.data(), size});
}

void Writer::Unsigned(uint64_t value) { Head(kMajorUnsigned, value); }
void Writer::Int(int64_t value) {
  // -1 - n is ~n in two's complement, so no value overflows.
  if (value < 0) return Head(kMajorNegative, ~static_cast<uint64_t>(value));
  Head(kMajorUnsigned, static_cast<uint64_t>(value));
}
void Writer::BytesHead(uint64_t size_bytes) { Head(kMajorBytes, size_bytes); }
void Writer::Bytes(ByteSpan bytes) {
  Head(kMajorBytes, bytes.size());
  Put(bytes);
}
void Writer::Text(std::string_view utf8) {
  Head(kMajorText, utf8.size());
  Put(AsBytes(utf8));
}
void Writer::Array(uint64_t count) { Head(kMajorArray, count); }
void Writer::Map(uint64_t pairs) { Head(kMajorMap, pairs); }
void Writer::Tag(uint64_t tag) { Head(kMajorTag, tag); }
void Writer::Bool(bool value) { Head(kMajorSimple, value ? kTrue : kFalse); }
void Writer::Null() { Head(kMajorSimple, kNullValue); }

void Writer::Float(float value) {
  std::array<uint8_t, 5> item;
  item[0] = kMajorSimple << 5 | kSingle;
  StoreBe32(&item[1], std::bit_cast<uint32_t>(value));
  Put(item);
}

void Writer::Double(double value) {
  std::array<uint8_t, 9> item;
  const bool is_nan = value != value;
  // Beyond the floats the conversion is not defined; the bound is FLT_MAX, infinities convert.
  const bool fits = (value >= -0x1.fffffep127 && value <= 0x1.fffffep127) ||
                    value == std::numeric_limits<double>::infinity() ||
                    value == -std::numeric_limits<double>::infinity();
  const float single = fits ? static_cast<float>(value) : 0.0f;
  if (is_nan || (fits && static_cast<double>(single) == value)) {
    const std::optional<uint16_t> half = is_nan ? 0x7E00 : ToHalfExact(single);
    if (!half) return Float(single);
    item[0] = kMajorSimple << 5 | kHalf;
    StoreBe16(&item[1], *half);
    return Put({item.data(), 3});
  }
  item[0] = kMajorSimple << 5 | kDouble;
  StoreBe64(&item[1], std::bit_cast<uint64_t>(value));
  Put(item);
}

void Writer::IndefiniteArray() { Put(std::array<uint8_t, 1>{kMajorArray << 5 | kIndefinite}); }
void Writer::IndefiniteMap() { Put(std::array<uint8_t, 1>{kMajorMap << 5 | kIndefinite}); }
void Writer::Break() { Put(std::array<uint8_t, 1>{0xFF}); }
void Writer::Raw(ByteSpan encoded) { Put(encoded); }

struct Reader::Head {
  uint8_t major;
  uint8_t additional;
  uint64_t argument;
  size_t next;  // offset of what follows the head

  bool indefinite() const { return additional == kIndefinite && major != kMajorSimple; }
  bool is_break() const { return additional == kIndefinite && major == kMajorSimple; }
};

Result<Reader::Head> Reader::ReadHead(size_t at) const {
  if (at >= bytes_.size()) return Fail(Status::kOutOfRange);
  const uint8_t first = bytes_[at];
  Head head{static_cast<uint8_t>(first >> 5), static_cast<uint8_t>(first & 0x1F), 0, at + 1};
  if (head.additional < 24) {
    head.argument = head.additional;
    return head;
  }
  if (head.additional == kIndefinite) {  // RFC 8949 3.2.1: not for integers and tags
    const bool allowed = head.major >= kMajorBytes && head.major != kMajorTag;
    return allowed ? Result<Head>(head) : Fail(Status::kDataLoss);
  }
  if (head.additional > 27) return Fail(Status::kDataLoss);  // 28 to 30 are reserved
  const size_t size = size_t{1} << (head.additional - 24);
  if (size > bytes_.size() - head.next) return Fail(Status::kDataLoss);
  const uint8_t* p = bytes_.data() + head.next;
  switch (size) {
    case 1: head.argument = *p; break;
    case 2: head.argument = LoadBe16(p); break;
    case 4: head.argument = LoadBe32(p); break;
    default: head.argument = LoadBe64(p); break;
  }
  head.next += size;
  // RFC 8949 3.3: a simple value below 32 in two bytes is not well-formed.
  if (head.major == kMajorSimple && size == 1 && head.argument < 32) return Fail(Status::kDataLoss);
  return head;
}

Result<Type> Reader::Peek() const {
  LINNET_ASSIGN(const Head head, ReadHead(offset_));
  if (head.major < kMajorSimple) return static_cast<Type>(head.major);
  switch (head.additional) {
    case kFalse:
    case kTrue: return Type::kBool;
    case kNullValue: return Type::kNull;
    case kUndefinedValue: return Type::kUndefined;
    case kHalf:
    case kSingle:
    case kDouble: return Type::kFloat;
    case kIndefinite: return Type::kBreak;
    default: return Fail(Status::kUnimplemented);
  }
}

Result<uint64_t> Reader::Unsigned() {
  LINNET_ASSIGN(const Head head, ReadHead(offset_));
  if (head.major != kMajorUnsigned) return Fail(Status::kInvalidArgument);
  offset_ = head.next;
  return head.argument;
}

Result<int64_t> Reader::Int() {
  LINNET_ASSIGN(const Head head, ReadHead(offset_));
  if (head.major > kMajorNegative) return Fail(Status::kInvalidArgument);
  if (head.argument > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return Fail(Status::kOutOfRange);
  offset_ = head.next;
  const int64_t value = static_cast<int64_t>(head.argument);
  return head.major == kMajorNegative ? -1 - value : value;
}

Result<ByteSpan> Reader::Bytes() {
  LINNET_ASSIGN(const Head head, ReadHead(offset_));
  if (head.major != kMajorBytes) return Fail(Status::kInvalidArgument);
  if (head.indefinite()) return Fail(Status::kUnimplemented);
  if (head.argument > bytes_.size() - head.next) return Fail(Status::kDataLoss);
  const size_t size = static_cast<size_t>(head.argument);
  offset_ = head.next + size;
  return bytes_.subspan(head.next, size);
}

Result<uint64_t> Reader::BytesHead() {
  LINNET_ASSIGN(const Head head, ReadHead(offset_));
  if (head.major != kMajorBytes) return Fail(Status::kInvalidArgument);
  if (head.indefinite()) return Fail(Status::kUnimplemented);
  offset_ = head.next;
  return head.argument;
}

Result<std::string_view> Reader::Text() {
  LINNET_ASSIGN(const Head head, ReadHead(offset_));
  if (head.major != kMajorText) return Fail(Status::kInvalidArgument);
  if (head.indefinite()) return Fail(Status::kUnimplemented);
  if (head.argument > bytes_.size() - head.next) return Fail(Status::kDataLoss);
  const size_t size = static_cast<size_t>(head.argument);
  offset_ = head.next + size;
  return AsText(bytes_.subspan(head.next, size));
}

// Each element takes a byte at least, so a count beyond the bytes left is a cut: no caller need loop to find out.
Result<std::optional<uint64_t>> Reader::Array() {
  LINNET_ASSIGN(const Head head, ReadHead(offset_));
  if (head.major != kMajorArray) return Fail(Status::kInvalidArgument);
  if (head.argument > bytes_.size() - head.next) return Fail(Status::kDataLoss);
  offset_ = head.next;
  return head.indefinite() ? std::optional<uint64_t>() : head.argument;
}

Result<std::optional<uint64_t>> Reader::Map() {
  LINNET_ASSIGN(const Head head, ReadHead(offset_));
  if (head.major != kMajorMap) return Fail(Status::kInvalidArgument);
  if (head.argument > (bytes_.size() - head.next) / 2) return Fail(Status::kDataLoss);
  offset_ = head.next;
  return head.indefinite() ? std::optional<uint64_t>() : head.argument;
}

Result<uint64_t> Reader::Tag() {
  LINNET_ASSIGN(const Head head, ReadHead(offset_));
  if (head.major != kMajorTag) return Fail(Status::kInvalidArgument);
  offset_ = head.next;
  return head.argument;
}

Result<bool> Reader::Bool() {
  LINNET_ASSIGN(const Head head, ReadHead(offset_));
  const bool is_bool = head.major == kMajorSimple && (head.additional == kFalse || head.additional == kTrue);
  if (!is_bool) return Fail(Status::kInvalidArgument);
  offset_ = head.next;
  return head.additional == kTrue;
}

Status Reader::Null() {
  const Result<Head> head = ReadHead(offset_);
  if (!head) return head.error();
  if (head->major != kMajorSimple || head->additional != kNullValue) return Status::kInvalidArgument;
  offset_ = head->next;
  return Status::kOk;
}

Status Reader::Break() {
  const Result<Head> head = ReadHead(offset_);
  if (!head) return head.error();
  if (!head->is_break()) return Status::kInvalidArgument;
  offset_ = head->next;
  return Status::kOk;
}

Result<double> Reader::Number() {
  LINNET_ASSIGN(const Head head, ReadHead(offset_));
  double value = 0;
  if (head.major == kMajorUnsigned) {
    value = static_cast<double>(head.argument);
  } else if (head.major == kMajorNegative) {
    value = -1.0 - static_cast<double>(head.argument);
  } else if (head.major != kMajorSimple) {
    return Fail(Status::kInvalidArgument);
  } else if (head.additional == kHalf) {
    value = FromHalf(static_cast<uint16_t>(head.argument));
  } else if (head.additional == kSingle) {
    value = std::bit_cast<float>(static_cast<uint32_t>(head.argument));
  } else if (head.additional == kDouble) {
    value = std::bit_cast<double>(head.argument);
  } else {
    return Fail(Status::kInvalidArgument);
  }
  offset_ = head.next;
  return value;
}

Status Reader::Skip() {
  // One frame for each open item: how many items it still wants, or that it ends at a Break.
  struct Frame {
    uint64_t remaining;  // definite
    bool indefinite;
    bool odd;  // items seen so far; an indefinite map must end even
    uint8_t major;
  };
  std::array<Frame, kMaxDepth> frames;
  size_t depth = 0;
  size_t at = offset_;
  bool after_tag = false;

  for (;;) {
    const Result<Head> read = ReadHead(at);
    if (!read) {  // the first head missing is the end; a later one missing is a cut
      const bool at_start = at == offset_;
      return at_start ? read.error() : Status::kDataLoss;
    }
    const Head& head = *read;
    at = head.next;
    Frame* const frame = depth > 0 ? &frames[depth - 1] : nullptr;

    if (head.is_break()) {
      if (frame == nullptr && !after_tag) return Status::kInvalidArgument;
      if (after_tag || frame == nullptr || !frame->indefinite) return Status::kDataLoss;
      if (frame->major == kMajorMap && frame->odd) return Status::kDataLoss;
      --depth;
    } else {
      const bool in_string = frame != nullptr && frame->indefinite && frame->major <= kMajorText;
      if (in_string && (head.major != frame->major || head.indefinite())) return Status::kDataLoss;
      after_tag = head.major == kMajorTag;
      if (after_tag) continue;  // the tag's content is the item
      const bool is_string = head.major == kMajorBytes || head.major == kMajorText;
      const bool opens = head.indefinite() || head.major == kMajorArray || head.major == kMajorMap;
      if (opens && (head.indefinite() || head.argument > 0)) {
        if (depth == kMaxDepth) return Status::kResourceExhausted;
        const uint64_t left = bytes_.size() - at;
        uint64_t remaining = head.argument;
        if (!head.indefinite() && remaining > left) return Status::kDataLoss;
        if (head.major == kMajorMap) remaining *= 2;
        frames[depth++] = {remaining, head.indefinite(), false, head.major};
        continue;
      }
      if (is_string) {
        if (head.argument > bytes_.size() - at) return Status::kDataLoss;
        at += static_cast<size_t>(head.argument);
      }
    }

    // One item is complete; so may be those around it.
    while (depth > 0) {
      Frame& around = frames[depth - 1];
      around.odd = !around.odd;
      if (around.indefinite || --around.remaining > 0) break;
      --depth;
    }
    if (depth == 0) {
      offset_ = at;
      return Status::kOk;
    }
  }
}

Result<ByteSpan> Reader::Item() {
  const size_t start = offset_;
  LINNET_TRY(Skip());
  return bytes_.subspan(start, offset_ - start);
}

}  // namespace linnet::cbor
