#include "linnet/lwm2m/body.h"

namespace linnet::lwm2m {
namespace {

// A SenML name is the base name and the name put together, and their border may lie within an id.
Result<Path> JoinedPath(std::string_view base, std::string_view name) {
  std::array<char, 24> chars;
  if (base.size() + name.size() > chars.size()) return Fail(Status::kInvalidArgument);
  size_t size = 0;
  for (const char c : base) chars[size++] = c;
  for (const char c : name) chars[size++] = c;
  std::string_view text(chars.data(), size);
  if (!text.starts_with('/')) return Fail(Status::kInvalidArgument);
  if (text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);
  return Path::Parse(text);
}

}  // namespace

BodyReader::BodyReader(ContentFormat format, const Path& base, ByteSpan body, MutableByteSpan scratch)
    : format_(format), base_(base), body_(body), senml_cbor_(body), senml_json_(body, scratch), tlv_(body) {}

Result<Resource> BodyReader::Next() {
  switch (format_) {
    case ContentFormat::kText:
    case ContentFormat::kOpaque: return NextPlain();
    case ContentFormat::kTlv: return NextTlv();
    case ContentFormat::kSenmlJson: return NextSenml(true);
    case ContentFormat::kSenmlCbor: return NextSenml(false);
    default: return Fail(Status::kUnimplemented);
  }
}

Result<Resource> BodyReader::NextPlain() {
  if (done_) return Fail(Status::kOutOfRange);
  done_ = true;
  if (base_.depth() < 3) return Fail(Status::kInvalidArgument);
  return Resource{base_, format_ == ContentFormat::kText ? Value::Text(AsText(body_)) : Value::Opaque(body_)};
}

Result<Resource> BodyReader::NextTlv() {
  LINNET_ASSIGN(const tlv::Leaf leaf, tlv_.Next());
  if (base_.depth() == 0) return Fail(Status::kInvalidArgument);
  Path path{base_.object()};
  if (base_.depth() == 1) {
    if (!leaf.instance) return Fail(Status::kInvalidArgument);
    path = path.Child(*leaf.instance);
  } else {
    // Some clients wrap a single instance all the same.
    if (leaf.instance && *leaf.instance != base_.instance()) return Fail(Status::kInvalidArgument);
    path = path.Child(base_.instance());
  }
  path = path.Child(leaf.resource);
  if (leaf.resource_instance) path = path.Child(*leaf.resource_instance);
  if (!base_.Contains(path)) return Fail(Status::kInvalidArgument);
  return Resource{path, Value::Untyped(leaf.value)};
}

Result<Resource> BodyReader::NextSenml(bool json) {
  for (;;) {
    LINNET_ASSIGN(const senml::Record record, json ? senml_json_.Next() : senml_cbor_.Next());
    if (record.kind == senml::Kind::kNone && record.name.empty()) continue;  // a record that only sets the base
    LINNET_ASSIGN(const Path path, JoinedPath(record.base_name, record.name));
    if (!base_.Contains(path)) return Fail(Status::kInvalidArgument);
    Resource resource{path, {}, record.time_s};
    switch (record.kind) {
      case senml::Kind::kNone: break;
      case senml::Kind::kInteger: resource.value = Value::Integer(record.integer); break;
      case senml::Kind::kNumber: resource.value = Value::Float(record.number); break;
      case senml::Kind::kBoolean: resource.value = Value::Boolean(record.boolean); break;
      case senml::Kind::kText: resource.value = Value::Text(record.text); break;
      case senml::Kind::kData: resource.value = Value::Opaque(record.data); break;
      case senml::Kind::kObjectLink: {
        LINNET_ASSIGN(resource.value, Value::Text(record.text).As(ValueType::kObjectLink));
        break;
      }
    }
    return resource;
  }
}

}  // namespace linnet::lwm2m
