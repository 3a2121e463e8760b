// What stands where: the agent's objects, read from the host and the agent's own state.
#include <algorithm>
#include <array>

#include "linnet/agent/agent.h"
#include "linnet/lwm2m/objects.h"

namespace linnet::agent {
namespace {

using lwm2m::ContentFormat;
using lwm2m::Path;
using lwm2m::Value;
using lwm2m::ValueType;
namespace object = lwm2m::object;

constexpr std::array<uint16_t, 6> kCarried = {object::kServer,    object::kDevice, object::kFirmwareUpdate,
                                              object::kInference, object::kMemory, object::kAttestation};
constexpr int64_t kShortServerId = 1;
constexpr int64_t kDeliveredByPush = 1;  // /5/0/9

bool Carries(uint16_t id) { return std::find(kCarried.begin(), kCarried.end(), id) != kCarried.end(); }

}  // namespace

bool Agent::has_instance(uint16_t id, uint16_t instance) const {
  if (!Carries(id)) return false;
  if (id == object::kInference) return instance < kImagesMax && inferences_.image(instance).runs > 0;
  return instance == 0;
}

std::optional<Value> Agent::ReadResource(const Path& path) const {
  switch (path.object()) {
    case object::kServer:
      switch (path.resource()) {
        case 0: return Value::Integer(kShortServerId);
        case 1: return Value::Integer(registration_.lifetime().seconds());
        case 7: return Value::Text("U");
        default: return std::nullopt;
      }
    case object::kDevice:
      switch (path.resource()) {
        case 0: return Value::Text(config_.manufacturer);
        case 1: return Value::Text(config_.model_number);
        case 2: return Value::Text(config_.serial_number);
        case 3: return Value::Text(host_.running_image().version);
        case 11: return Value::Integer(0);  // no error: the one instance of a mandatory resource
        case 16: return Value::Text("U");
        default: return std::nullopt;
      }
    case object::kFirmwareUpdate:
      switch (path.resource()) {
        case 1: return Value::Text("");  // packages are pushed
        case 3: return Value::Integer(static_cast<int64_t>(update_.state()));
        case 5: return Value::Integer(static_cast<int64_t>(update_.result()));
        case 9: return Value::Integer(kDeliveredByPush);
        default: return std::nullopt;
      }
    case object::kInference: {
      const Inferences::Image& image = inferences_.image(path.instance());
      switch (path.resource()) {
        case 0: return Value::Text(host_.model_name());
        case 1: return Value::Integer(image.last.label);
        case 2: return Value::Integer(image.last.answer);
        case 3: return Value::Integer(image.last.margin_milli);
        case 4: return Value::Integer(image.runs);
        default: return std::nullopt;
      }
    }
    case object::kMemory: {
      const MemoryFigures memory = host_.memory();
      switch (path.resource()) {
        case 0: return Value::Integer(memory.heap_used);
        case 1: return Value::Integer(memory.heap_peak);
        case 2: return Value::Integer(memory.stack_peak);
        case 3: return Value::Integer(memory.stack_size);
        case 4: return Value::Integer(memory.static_ram);
        case 5: return Value::Integer(memory.arena);
        default: return std::nullopt;
      }
    }
    case object::kAttestation: {
      const RunningImage image = host_.running_image();
      switch (path.resource()) {
        case 1: return Value::Integer(static_cast<int64_t>(image.sequence_number));
        case 2: return Value::Boolean(image.confirmed);
        case 3: return Value::Integer(image.slot);
        case 4: return Value::Text(update_.reason());
        case 5: return Value::Text(image.version);
        default: return std::nullopt;  // the digest borrows from the image: Render holds it
      }
    }
    default: return std::nullopt;
  }
}

Result<ContentFormat> Agent::ChooseFormat(const Path& path, std::optional<uint32_t> accept) const {
  const auto* definition = lwm2m::FindResource(path);
  const bool single = definition != nullptr && (!definition->multiple || path.depth() == 4);
  const bool opaque = single && definition->type == ValueType::kOpaque;
  if (!accept) return !single ? ContentFormat::kSenmlCbor : opaque ? ContentFormat::kOpaque : ContentFormat::kText;
  const auto format = static_cast<ContentFormat>(*accept);
  switch (format) {
    case ContentFormat::kSenmlCbor:
    case ContentFormat::kSenmlJson:
    case ContentFormat::kTlv: break;
    case ContentFormat::kText:
      if (single && !opaque) break;
      return Fail(Status::kUnimplemented);
    case ContentFormat::kOpaque:
      if (opaque) break;
      return Fail(Status::kUnimplemented);
    default: return Fail(Status::kUnimplemented);
  }
  return *accept > 0xffff ? Result<ContentFormat>(Fail(Status::kUnimplemented)) : format;
}

Result<ByteSpan> Agent::Render(const Path& path, ContentFormat format) {
  if (path.depth() == 0) return Fail(Status::kPermissionDenied);
  const lwm2m::ObjectDefinition* definition = lwm2m::FindObject(path.object());
  if (definition == nullptr || !Carries(path.object())) return Fail(Status::kNotFound);
  lwm2m::BodyWriter body(format, path, body_);
  const RunningImage image = host_.running_image();  // the digest's bytes, as long as the body is being written
  bool instance_found = path.depth() == 1, resource_found = path.depth() < 3, readable = path.depth() < 3;
  for (uint16_t instance = 0; instance < kImagesMax; ++instance) {
    if (!has_instance(path.object(), instance) || (path.depth() > 1 && instance != path.instance())) continue;
    instance_found = true;
    for (const lwm2m::ResourceDefinition& resource : definition->resources) {
      Path at{path.object(), instance, resource.id};
      if (resource.multiple) at = at.Child(0);
      if (!path.Contains(at)) continue;
      const bool digest = at == lwm2m::path::kRunningDigest;
      const auto value = digest ? std::optional(Value::Opaque(image.digest)) : ReadResource(at);
      const bool reads =
          resource.operations == lwm2m::Operations::kRead || resource.operations == lwm2m::Operations::kReadWrite;
      resource_found = resource_found || value || !reads;
      if (!value) continue;
      readable = true;
      LINNET_TRY(body.Add({at, *value}));
    }
  }
  if (!instance_found || !resource_found) return Fail(Status::kNotFound);
  if (!readable) return Fail(Status::kPermissionDenied);
  LINNET_TRY(body.Finish());
  return body.body();
}

}  // namespace linnet::agent
