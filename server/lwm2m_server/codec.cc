#include "codec.h"

#include <algorithm>
#include <string>

#include "linnet/lwm2m/objects.h"

namespace linnet::lwm2m_server {
namespace {

using lwm2m::ContentFormat;
using lwm2m::Path;
using lwm2m::ValueType;

// A resource instance has the type of its resource.
const lwm2m::ResourceDefinition* DefinitionOf(const Path& path) {
  if (path.depth() < 3) return nullptr;
  return lwm2m::FindResource(path.depth() == 4 ? path.Parent() : path);
}

bool IsPrintable(ByteSpan bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b >= 0x20 && b < 0x7f; });
}

events::Value OwnedOf(const lwm2m::Value& value) {
  switch (value.type()) {
    case ValueType::kNone: return std::monostate{};
    case ValueType::kInteger:
    case ValueType::kTime: return value.integer();
    case ValueType::kFloat: return value.number();
    case ValueType::kBoolean: return value.boolean();
    case ValueType::kText: return std::string(value.text());
    case ValueType::kObjectLink:
      return std::to_string(value.link().object) + ":" + std::to_string(value.link().instance);
    case ValueType::kUntyped:
      // TLV of an object we don't know: bytes that read as text most likely are text.
      if (!value.opaque().empty() && IsPrintable(value.opaque())) return std::string(value.text());
      [[fallthrough]];
    case ValueType::kOpaque: return events::Opaque(value.opaque().begin(), value.opaque().end());
  }
  return std::monostate{};
}

events::Record RecordOf(const lwm2m::Resource& resource) {
  const lwm2m::ResourceDefinition* definition = DefinitionOf(resource.path);
  lwm2m::Value value = resource.value;
  if (definition != nullptr && definition->type != ValueType::kNone) {
    if (auto typed = value.As(definition->type)) value = *typed;
  }
  return {std::string(resource.path.ToText().text()), OwnedOf(value), resource.time_s};
}

lwm2m::Value BorrowedOf(const events::Value& value) {
  struct Visitor {
    lwm2m::Value operator()(std::monostate) const { return {}; }
    lwm2m::Value operator()(bool v) const { return lwm2m::Value::Boolean(v); }
    lwm2m::Value operator()(int64_t v) const { return lwm2m::Value::Integer(v); }
    lwm2m::Value operator()(double v) const { return lwm2m::Value::Float(v); }
    lwm2m::Value operator()(const std::string& v) const { return lwm2m::Value::Text(v); }
    lwm2m::Value operator()(const events::Opaque& v) const { return lwm2m::Value::Opaque(v); }
  };
  return std::visit(Visitor{}, value);
}

size_t RoomFor(const events::Value& value) {
  size_t bytes = 0;
  if (const auto* text = std::get_if<std::string>(&value)) bytes = text->size();
  if (const auto* opaque = std::get_if<events::Opaque>(&value)) bytes = opaque->size();
  return 256 + 6 * bytes;  // JSON may write one byte as \u00XX
}

}  // namespace

Outcome<std::vector<events::Record>> DecodeBody(uint16_t content_format, const Path& base, ByteSpan body) {
  std::vector<uint8_t> scratch(body.size());
  lwm2m::BodyReader reader(static_cast<ContentFormat>(content_format), base, body, scratch);
  std::vector<events::Record> records;
  for (;;) {
    const auto resource = reader.Next();
    if (resource) {
      records.push_back(RecordOf(*resource));
      continue;
    }
    if (resource.error() == Status::kOutOfRange) return records;
    const std::string format = "content format " + std::to_string(content_format);
    if (resource.error() == Status::kUnimplemented) {
      return Fail(Status::kUnimplemented, "the device speaks " + format + ", which is not known here");
    }
    return Fail(resource.error(), "a body in " + format + " can't be read: " + std::string(ToString(resource.error())));
  }
}

Outcome<std::vector<uint8_t>> EncodeValue(ContentFormat format, const Path& path, const events::Value& value) {
  const std::string where(path.ToText().text());
  lwm2m::Value wire = BorrowedOf(value);
  const lwm2m::ResourceDefinition* definition = DefinitionOf(path);
  if (definition != nullptr && definition->type != ValueType::kNone) {
    const auto typed = wire.As(definition->type);
    if (!typed) return Fail(Status::kInvalidArgument, where + " holds no such value");
    wire = *typed;
  }
  std::vector<uint8_t> buffer(RoomFor(value));
  lwm2m::BodyWriter writer(format, path, buffer);
  Status status = writer.Add({.path = path, .value = wire, .time_s = {}});
  if (Ok(status)) status = writer.Finish();
  if (!Ok(status)) return Fail(status, where + " can't be written: " + std::string(ToString(status)));
  return std::vector<uint8_t>(writer.body().begin(), writer.body().end());
}

}  // namespace linnet::lwm2m_server
