#include <algorithm>

#include "linnet/base/text.h"
#include "linnet/wire/number_text.h"
#include "linnet/wire/senml.h"

namespace linnet::senml {
namespace {

constexpr char kAlphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";  // RFC 4648 5, no padding
constexpr int64_t kVersion = 10;
constexpr int kNestingMax = 16;

int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-' || c == '+') return 62;  // the plain alphabet too: some clients use it
  if (c == '_' || c == '/') return 63;
  return -1;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Appends code point `cp` to `out`; 0: no room.
size_t PutUtf8(uint32_t cp, MutableByteSpan out) {
  const size_t size = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
  if (out.size() < size) return 0;
  if (size == 1) {
    out[0] = static_cast<uint8_t>(cp);
    return 1;
  }
  for (size_t i = size - 1; i > 0; --i, cp >>= 6) out[i] = static_cast<uint8_t>(0x80 | (cp & 0x3f));
  out[0] = static_cast<uint8_t>((0xf00 >> size) | cp);
  return size;
}

// Stores what was read, or hands its error on.
template <typename From, typename To>
Status Store(const Result<From>& from, To& to) {
  if (!from) return from.error();
  to = *from;
  return Status::kOk;
}

}  // namespace

void JsonWriter::Put(std::string_view text) {
  if (!Ok(status_) || text.size() > buffer_.size() - size_) {
    status_ = Status::kResourceExhausted;
    return;
  }
  std::copy(text.begin(), text.end(), buffer_.begin() + static_cast<ptrdiff_t>(size_));
  size_ += text.size();
}

void JsonWriter::PutString(std::string_view text) {
  Put("\"");
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      Put("\\");
      Put({&c, 1});
    } else if (static_cast<uint8_t>(c) < 0x20) {
      const char escape[] = {'\\', 'u', '0', '0', static_cast<char>('0' + (c >> 4)), "0123456789abcdef"[c & 15]};
      Put({escape, sizeof escape});
    } else {
      Put({&c, 1});
    }
  }
  Put("\"");
}

void JsonWriter::PutBase64Url(ByteSpan data) {
  Put("\"");
  for (size_t i = 0; i < data.size(); i += 3) {
    const size_t left = std::min<size_t>(3, data.size() - i);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < left ? data[i + k] : 0u);
    char digits[4];
    for (size_t k = 0; k < 4; ++k) digits[k] = kAlphabet[bits >> (18 - 6 * k) & 63];
    Put({digits, left + 1});
  }
  Put("\"");
}

void JsonWriter::PutLabel(std::string_view label) {
  if (!first_label_) Put(",");
  first_label_ = false;
  Put("\"");
  Put(label);
  Put("\":");
}

void JsonWriter::Add(const Record& record) {
  Put(count_++ == 0 ? "[{" : ",{");
  first_label_ = true;
  if (!record.base_name.empty()) PutLabel("bn"), PutString(record.base_name);
  if (!record.name.empty()) PutLabel("n"), PutString(record.name);
  switch (record.kind) {
    case Kind::kNone: break;
    case Kind::kInteger: PutLabel("v"), Put(number_text::FormatInteger(record.integer).view()); break;
    case Kind::kNumber: PutLabel("v"), Put(number_text::FormatDouble(record.number).view()); break;
    case Kind::kText: PutLabel("vs"), PutString(record.text); break;
    case Kind::kBoolean: PutLabel("vb"), Put(record.boolean ? "true" : "false"); break;
    case Kind::kData: PutLabel("vd"), PutBase64Url(record.data); break;
    case Kind::kObjectLink: PutLabel("vlo"), PutString(record.text); break;
  }
  if (record.time_s) PutLabel("t"), Put(number_text::FormatDouble(*record.time_s).view());
  Put("}");
}

Result<ByteSpan> JsonWriter::Finish() {
  Put(count_ == 0 ? "[]" : "]");
  if (!Ok(status_)) return Fail(status_);
  return ByteSpan(buffer_.first(size_));
}

void JsonReader::SkipSpace() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
    ++at_;
}

bool JsonReader::Take(char c) {
  SkipSpace();
  if (at_ >= text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

Result<std::string_view> JsonReader::String() {
  if (!Take('"')) return Fail(Status::kDataLoss);
  const size_t start = at_;
  while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\') ++at_;
  if (at_ < text_.size() && text_[at_] == '"') return Slice(text_, start, at_++ - start);
  // An escape: the whole string goes to scratch.
  size_t size = at_ - start;
  if (size > scratch_.size()) return Fail(Status::kResourceExhausted);
  std::copy_n(text_.begin() + static_cast<ptrdiff_t>(start), size, scratch_.begin());
  while (at_ < text_.size() && text_[at_] != '"') {
    uint32_t cp = static_cast<uint8_t>(text_[at_++]);
    bool raw = true;
    if (cp == '\\') {
      LINNET_ASSIGN(cp, Escape());
      raw = false;
    }
    if (raw) {
      if (size == scratch_.size()) return Fail(Status::kResourceExhausted);
      scratch_[size++] = static_cast<uint8_t>(cp);
      continue;
    }
    const size_t written = PutUtf8(cp, scratch_.subspan(size));
    if (written == 0) return Fail(Status::kResourceExhausted);
    size += written;
  }
  if (at_ == text_.size()) return Fail(Status::kDataLoss);
  ++at_;
  const std::string_view value = AsText(scratch_.first(size));
  scratch_ = scratch_.subspan(size);
  return value;
}

// What follows a backslash, as a code point.
Result<uint32_t> JsonReader::Escape() {
  if (at_ >= text_.size()) return Fail(Status::kDataLoss);
  switch (text_[at_++]) {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'u': break;
    default: return Fail(Status::kDataLoss);
  }
  LINNET_ASSIGN(const uint32_t first, FourHex());
  if (first < 0xd800 || first > 0xdfff) return first;
  // A pair of surrogates (RFC 8259 7); half of one is no character.
  if (first > 0xdbff || at_ + 2 > text_.size() || text_[at_] != '\\' || text_[at_ + 1] != 'u')
    return Fail(Status::kDataLoss);
  at_ += 2;
  LINNET_ASSIGN(const uint32_t second, FourHex());
  if (second < 0xdc00 || second > 0xdfff) return Fail(Status::kDataLoss);
  return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

Result<uint32_t> JsonReader::FourHex() {
  if (text_.size() - at_ < 4) return Fail(Status::kDataLoss);
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = HexDigit(text_[at_++]);
    if (digit < 0) return Fail(Status::kDataLoss);
    value = value << 4 | static_cast<uint32_t>(digit);
  }
  return value;
}

Result<ByteSpan> JsonReader::Data() {
  LINNET_ASSIGN(const std::string_view text, String());
  size_t size = 0;
  uint32_t bits = 0;
  int bit_count = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '=') break;  // padding: allowed, not needed
    const int digit = Base64Digit(text[i]);
    if (digit < 0) return Fail(Status::kDataLoss);
    bits = (bits << 6 | static_cast<uint32_t>(digit)) & 0xffff;
    bit_count += 6;
    if (bit_count < 8) continue;
    bit_count -= 8;
    if (size == scratch_.size()) return Fail(Status::kResourceExhausted);
    scratch_[size++] = static_cast<uint8_t>(bits >> bit_count);
  }
  if (bit_count == 6) return Fail(Status::kDataLoss);  // one digit alone is no byte
  const ByteSpan data = scratch_.first(size);
  scratch_ = scratch_.subspan(size);
  return data;
}

std::string_view JsonReader::NumberText() {
  SkipSpace();
  const size_t start = at_;
  while (at_ < text_.size() && std::string_view("+-.eE0123456789").find(text_[at_]) != std::string_view::npos) ++at_;
  return Slice(text_, start, at_ - start);
}

Result<double> JsonReader::Number() {
  const auto number = number_text::ParseDouble(NumberText());
  return number ? number : Result<double>(Fail(Status::kDataLoss));
}

Status JsonReader::ReadNumber(Record& record) {
  const std::string_view text = NumberText();
  if (const auto integer = number_text::ParseInteger(text)) {
    record.kind = Kind::kInteger;
    record.integer = *integer;
    return Status::kOk;
  }
  const auto number = number_text::ParseDouble(text);
  if (!number) return Status::kDataLoss;
  record.kind = Kind::kNumber;
  record.number = *number;
  return Status::kOk;
}

Result<bool> JsonReader::Boolean() {
  SkipSpace();
  for (const bool value : {true, false}) {
    const std::string_view word = value ? "true" : "false";
    if (Slice(text_, at_).starts_with(word)) {
      at_ += word.size();
      return value;
    }
  }
  return Fail(Status::kDataLoss);
}

// Skips any value. No recursion: brackets are counted, strings stepped over.
Status JsonReader::SkipValue() {
  int depth = 0;
  do {
    SkipSpace();
    if (at_ >= text_.size()) return Status::kDataLoss;
    const char c = text_[at_];
    if (c == '"') {
      for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
        if (text_[at_] == '\\') ++at_;
      }
      if (at_ >= text_.size()) return Status::kDataLoss;
      ++at_;
    } else if (c == '{' || c == '[') {
      if (++depth > kNestingMax) return Status::kDataLoss;
      ++at_;
    } else if (c == '}' || c == ']') {
      if (--depth < 0) return Status::kDataLoss;
      ++at_;
    } else {
      const size_t start = at_;
      while (at_ < text_.size() && std::string_view(",:{}[]\" \t\r\n").find(text_[at_]) == std::string_view::npos)
        ++at_;
      if (at_ == start) {
        if (depth == 0) return Status::kDataLoss;
        ++at_;  // ',' or ':' within
      }
    }
  } while (depth > 0);
  return Status::kOk;
}

Result<Record> JsonReader::Next() {
  if (done_) return Fail(Status::kOutOfRange);
  const bool first = !started_;
  if (first) {
    started_ = true;
    if (!Take('[')) return Fail(Status::kDataLoss);
  }
  if (Take(']')) {
    done_ = true;
    SkipSpace();
    return at_ == text_.size() ? Fail(Status::kOutOfRange) : Fail(Status::kDataLoss);
  }
  if ((!first && !Take(',')) || !Take('{')) return Fail(Status::kDataLoss);
  Record record;
  std::optional<double> time;
  if (!Take('}')) {
    do {
      LINNET_ASSIGN(const std::string_view label, String());
      if (!Take(':')) return Fail(Status::kDataLoss);
      LINNET_TRY(ReadField(label, record, time));
    } while (Take(','));
    if (!Take('}')) return Fail(Status::kDataLoss);
  }
  record.base_name = base_name_;
  if (time || has_base_time_) record.time_s = base_time_ + time.value_or(0);
  return record;
}

Status JsonReader::ReadField(std::string_view label, Record& record, std::optional<double>& time) {
  if (label == "bn") {
    LINNET_TRY(Store(String(), base_name_));
  } else if (label == "n") {
    LINNET_TRY(Store(String(), record.name));
  } else if (label == "v") {
    return ReadNumber(record);
  } else if (label == "vs") {
    LINNET_TRY(Store(String(), record.text));
    record.kind = Kind::kText;
  } else if (label == "vb") {
    LINNET_TRY(Store(Boolean(), record.boolean));
    record.kind = Kind::kBoolean;
  } else if (label == "vd") {
    LINNET_TRY(Store(Data(), record.data));
    record.kind = Kind::kData;
  } else if (label == "vlo") {
    LINNET_TRY(Store(String(), record.text));
    record.kind = Kind::kObjectLink;
  } else if (label == "t") {
    LINNET_TRY(Store(Number(), time));
  } else if (label == "bt") {
    LINNET_TRY(Store(Number(), base_time_));
    has_base_time_ = true;
  } else if (label == "bver") {
    double version{};
    LINNET_TRY(Store(Number(), version));
    if (version > static_cast<double>(kVersion)) return Status::kUnimplemented;
  } else if (label.ends_with('_')) {
    return Status::kUnimplemented;  // RFC 8428 4.4: must be understood
  } else {
    return SkipValue();
  }
  return Status::kOk;
}

}  // namespace linnet::senml
