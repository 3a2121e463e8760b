#include <algorithm>
#include <cstring>

#include "linnet/lwm2m/body.h"
#include "linnet/wire/number_text.h"

namespace linnet::lwm2m {
namespace {

using LinkText = FixedBytes<12>;  // "65535:65535"

LinkText FormatLink(ObjectLink link) {
  std::array<char, 12> chars;
  size_t size = 0;
  const auto put = [&](std::string_view text) {
    for (const char c : text) chars[size++] = c;
  };
  put(number_text::FormatUnsigned(link.object).view());
  put(":");
  put(number_text::FormatUnsigned(link.instance).view());
  LinkText text;
  LINNET_CHECK(Ok(text.Assign(std::string_view(chars.data(), size))));
  return text;
}

// The shortest of 1, 2, 4 and 8 bytes that holds `value`.
size_t EncodeInteger(int64_t value, std::array<uint8_t, 8>& out) {
  std::array<uint8_t, 8> all;
  StoreBe64(all.data(), static_cast<uint64_t>(value));
  const size_t size = value == static_cast<int8_t>(value)    ? 1
                      : value == static_cast<int16_t>(value) ? 2
                      : value == static_cast<int32_t>(value) ? 4
                                                             : 8;
  std::copy_n(all.begin() + (8 - size), size, out.begin());
  return size;
}

}  // namespace

BodyWriter::BodyWriter(ContentFormat format, const Path& base, MutableByteSpan buffer)
    : format_(format), base_(base), buffer_(buffer), senml_cbor_(buffer), senml_json_(buffer), tlv_(buffer) {}

Status BodyWriter::Add(const Resource& resource) {
  if (!Ok(status_)) return status_;
  if (!base_.Contains(resource.path) || resource.path.depth() < 3 || resource.value.type() == ValueType::kNone) {
    return status_ = Status::kInvalidArgument;
  }
  switch (format_) {
    case ContentFormat::kText:
    case ContentFormat::kOpaque: status_ = AddPlain(resource); break;
    case ContentFormat::kTlv: status_ = AddTlv(resource); break;
    case ContentFormat::kSenmlJson:
    case ContentFormat::kSenmlCbor: status_ = AddSenml(resource); break;
    default: status_ = Status::kUnimplemented;
  }
  ++count_;
  return status_;
}

Status BodyWriter::AddPlain(const Resource& resource) {
  if (count_ > 0) return Status::kFailedPrecondition;
  const Value& value = resource.value;
  number_text::Text number;
  LinkText link;
  ByteSpan bytes;
  switch (value.type()) {
    case ValueType::kOpaque:
      if (format_ == ContentFormat::kText) return Status::kInvalidArgument;  // base64 would hide what it is
      bytes = value.opaque();
      break;
    case ValueType::kText: bytes = value.opaque(); break;
    case ValueType::kInteger:
    case ValueType::kTime:
      number = number_text::FormatInteger(value.integer());
      bytes = AsBytes(number.view());
      break;
    case ValueType::kFloat:
      number = number_text::FormatDouble(value.number());
      bytes = AsBytes(number.view());
      break;
    case ValueType::kBoolean: bytes = AsBytes(value.boolean() ? "1" : "0"); break;
    case ValueType::kObjectLink:
      link = FormatLink(value.link());
      bytes = link.span();
      break;
    default: return Status::kInvalidArgument;
  }
  if (format_ == ContentFormat::kOpaque && value.type() != ValueType::kOpaque) return Status::kInvalidArgument;
  if (bytes.size() > buffer_.size()) return Status::kResourceExhausted;
  std::copy(bytes.begin(), bytes.end(), buffer_.begin());
  body_ = buffer_.first(bytes.size());
  return Status::kOk;
}

Status BodyWriter::AddTlv(const Resource& resource) {
  const Value& value = resource.value;
  std::array<uint8_t, 8> encoded;
  ByteSpan bytes;
  switch (value.type()) {
    case ValueType::kText:
    case ValueType::kOpaque:
    case ValueType::kUntyped: bytes = value.opaque(); break;
    case ValueType::kInteger:
    case ValueType::kTime: bytes = ByteSpan(encoded).first(EncodeInteger(value.integer(), encoded)); break;
    case ValueType::kBoolean:
      encoded[0] = value.boolean() ? 1 : 0;
      bytes = ByteSpan(encoded).first(1);
      break;
    case ValueType::kFloat: {
      const double number = value.number();
      uint64_t bits;
      std::memcpy(&bits, &number, sizeof bits);
      StoreBe64(encoded.data(), bits);
      bytes = encoded;
      break;
    }
    case ValueType::kObjectLink:
      StoreBe16(encoded.data(), value.link().object);
      StoreBe16(encoded.data() + 2, value.link().instance);
      bytes = ByteSpan(encoded).first(4);
      break;
    case ValueType::kNone: return Status::kInvalidArgument;
  }
  // Below an object the document names the instances; below an instance or a resource it starts with the resources.
  const Path& path = resource.path;
  tlv::Leaf leaf;
  if (base_.depth() < 2) leaf.instance = path.instance();
  leaf.resource = path.resource();
  if (path.depth() == 4) leaf.resource_instance = path.resource_instance();
  leaf.value = bytes;
  if (base_.depth() == 0) return Status::kInvalidArgument;  // TLV can't name objects
  tlv_.Add(leaf);
  return tlv_.status();
}

Status BodyWriter::AddSenml(const Resource& resource) {
  const Value& value = resource.value;
  // The base name is written once: "/3/0/", or the whole path for a single resource.
  PathText path = resource.path.ToText();
  std::string_view name = path.text();
  std::array<char, 26> base_chars;
  senml::Record record;
  size_t base_size = 0;
  const PathText base_text = base_.ToText();
  std::copy(base_text.text().begin(), base_text.text().end(), base_chars.begin());
  base_size = base_text.size();
  if (base_ == resource.path) {
    name = {};
  } else {
    if (base_.depth() > 0) base_chars[base_size++] = '/';
    name.remove_prefix(base_size);
  }
  if (count_ == 0) record.base_name = {base_chars.data(), base_size};
  record.name = name;
  record.time_s = resource.time_s;
  LinkText link;
  switch (value.type()) {
    case ValueType::kInteger:
    case ValueType::kTime:
      record.kind = senml::Kind::kInteger;
      record.integer = value.integer();
      break;
    case ValueType::kFloat:
      record.kind = senml::Kind::kNumber;
      record.number = value.number();
      break;
    case ValueType::kBoolean:
      record.kind = senml::Kind::kBoolean;
      record.boolean = value.boolean();
      break;
    case ValueType::kText:
      record.kind = senml::Kind::kText;
      record.text = value.text();
      break;
    case ValueType::kOpaque:
    case ValueType::kUntyped:
      record.kind = senml::Kind::kData;
      record.data = value.opaque();
      break;
    case ValueType::kObjectLink:
      record.kind = senml::Kind::kObjectLink;
      link = FormatLink(value.link());
      record.text = link.text();
      break;
    case ValueType::kNone: return Status::kInvalidArgument;
  }
  if (format_ == ContentFormat::kSenmlCbor) {
    senml_cbor_.Add(record);
    return senml_cbor_.status();
  }
  senml_json_.Add(record);
  return senml_json_.status();
}

Status BodyWriter::Finish() {
  if (!Ok(status_)) return status_;
  Result<ByteSpan> body = body_;
  switch (format_) {
    case ContentFormat::kText:
    case ContentFormat::kOpaque: break;
    case ContentFormat::kTlv: body = tlv_.Finish(); break;
    case ContentFormat::kSenmlJson: body = senml_json_.Finish(); break;
    case ContentFormat::kSenmlCbor: body = senml_cbor_.Finish(); break;
    default: body = Fail(Status::kUnimplemented);
  }
  if (!body) return status_ = body.error();
  body_ = *body;
  return Status::kOk;
}

}  // namespace linnet::lwm2m
