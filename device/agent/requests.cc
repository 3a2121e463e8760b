// What the server asks: the device management interface (LwM2M Core 1.1, 6.3) and observation (6.4).
#include <array>

#include "linnet/agent/agent.h"
#include "linnet/coap/blockwise.h"
#include "linnet/lwm2m/objects.h"
#include "linnet/lwm2m/registration.h"

namespace linnet::agent {
namespace {

using coap::Code;
using lwm2m::Path;
using lwm2m::ResponseCode;
namespace option = coap::option;

constexpr std::array<uint16_t, 7> kKnownCritical = {option::kUriHost,  option::kUriPort, option::kUriPath,
                                                    option::kUriQuery, option::kAccept,  option::kBlock2,
                                                    option::kBlock1};
constexpr uint32_t kObserveStart = 0, kObserveStop = 1;  // RFC 7641 2
constexpr int64_t kLifetimeSecondsMin = 10, kLifetimeSecondsMax = 0x7fffffff;

Code ToCode(ResponseCode code) { return static_cast<Code>(code); }

// How a read or a write that failed is answered.
Code RefusalOf(Status status, Code unsupported_format) {
  switch (status) {
    case Status::kNotFound: return Code::kNotFound;
    case Status::kPermissionDenied: return Code::kMethodNotAllowed;
    case Status::kUnimplemented: return unsupported_format;
    case Status::kResourceExhausted: return Code::kInternalServerError;
    default: return Code::kBadRequest;
  }
}

Result<Path> PathOf(const coap::Message& request) {
  Path path;
  coap::OptionReader options = request.ReadOptions();
  while (const auto found = options.Next()) {
    if (found->number == option::kUriPath && !Ok(path.Append(found->text()))) return Fail(Status::kNotFound);
  }
  return path;
}

}  // namespace

coap::Disposition Agent::OnRequest(Instant now, const coap::Message& request, coap::MessageWriter& response) {
  Answer(now, request, response);
  return coap::Disposition::kAnswered;
}

void Agent::Answer(Instant now, const coap::Message& request, coap::MessageWriter& response) {
  if (request.FindUnknownCritical(kKnownCritical)) return response.set_code(Code::kBadOption);
  const auto path = PathOf(request);
  if (!path) return response.set_code(Code::kNotFound);
  switch (request.code) {
    case Code::kGet: return AnswerGet(now, request, *path, response);
    case Code::kPut:
      if (path->depth() >= 2) return AnswerWrite(now, request, *path, response);
      break;
    case Code::kPost:
      if (path->depth() == 3) return response.set_code(ToCode(Execute(now, *path)));
      if (path->depth() == 2) return AnswerWrite(now, request, *path, response);
      break;
    default: break;
  }
  response.set_code(Code::kMethodNotAllowed);  // create, delete and the composite methods
}

void Agent::AnswerGet(Instant now, const coap::Message& request, const Path& path, coap::MessageWriter& response) {
  const auto accept = request.FindUint(option::kAccept);
  if (accept == coap::content_format::kLink) return AnswerDiscover(request, path, response);
  const auto format = ChooseFormat(path, accept);
  if (!format) return response.set_code(RefusalOf(format.error(), Code::kNotAcceptable));
  const auto body = Render(path, *format);
  if (!body) return response.set_code(RefusalOf(body.error(), Code::kNotAcceptable));
  std::optional<uint32_t> sequence;
  const auto observe = request.FindUint(option::kObserve);
  if (observe == kObserveStart && Ok(observers_.Add(now, request.token, path, *format, BodyHash(*body)))) {
    sequence = observers_.NextSequence();
  } else if (observe == kObserveStop) {
    observers_.RemoveToken(request.token);
    observers_.RemovePath(path);
  }
  coap::WriteBody(&request, *body, static_cast<uint16_t>(*format), sequence, response);
}

void Agent::AnswerDiscover(const coap::Message& request, const Path& path, coap::MessageWriter& response) {
  const auto* definition = path.depth() == 0 ? nullptr : lwm2m::FindObject(path.object());
  if (definition == nullptr || path.depth() > 3) return response.set_code(Code::kNotFound);
  lwm2m::ObjectListWriter list(body_);
  bool found = false;
  const auto add = [&](const Path& at) {
    if (!path.Contains(at)) return;
    found = true;
    list.Add(at);
  };
  if (path.depth() == 1) list.Add(path);
  for (uint16_t instance = 0; instance < kImagesMax; ++instance) {
    if (!has_instance(path.object(), instance)) continue;
    const Path at{path.object(), instance};
    add(at);
    for (const auto& resource : definition->resources) {
      const Path leaf = at.Child(resource.id);
      const bool has = leaf == lwm2m::path::kRunningDigest || ReadResource(leaf).has_value() ||
                       leaf == lwm2m::path::kPackage || leaf == lwm2m::path::kUpdate || leaf == lwm2m::path::kReboot ||
                       leaf == lwm2m::path::kRegistrationUpdateTrigger;
      if (has) add(leaf);
    }
  }
  if (!found) return response.set_code(Code::kNotFound);
  if (!Ok(list.status())) return response.set_code(Code::kInternalServerError);
  coap::WriteBody(&request, list.written(), coap::content_format::kLink, std::nullopt, response);
}

void Agent::AnswerWrite(Instant now, const coap::Message& request, const Path& path, coap::MessageWriter& response) {
  if (path == lwm2m::path::kPackage) return update_.Write(now, request, response);
  if (!has_instance(path.object(), path.instance())) return response.set_code(Code::kNotFound);
  if (const auto block = request.FindBlock(option::kBlock1)) {
    // Nothing else that can be written is longer than a datagram.
    const bool whole = *block && (*block)->number == 0 && !(*block)->more;
    if (!whole) return response.set_code(*block ? Code::kRequestEntityTooLarge : Code::kBadRequest);
  }
  const uint32_t format = request.FindUint(option::kContentFormat).value_or(coap::content_format::kText);
  if (format > 0xffff) return response.set_code(Code::kUnsupportedContentFormat);
  lwm2m::BodyReader reader(static_cast<lwm2m::ContentFormat>(format), path, request.payload, body_);
  for (;;) {
    const auto resource = reader.Next();
    if (!resource) {
      const bool done = resource.error() == Status::kOutOfRange;
      return response.set_code(done ? Code::kChanged : RefusalOf(resource.error(), Code::kUnsupportedContentFormat));
    }
    if (const Status status = WriteResource(now, resource->path, resource->value); !Ok(status)) {
      return response.set_code(RefusalOf(status, Code::kUnsupportedContentFormat));
    }
  }
}

Status Agent::WriteResource(Instant now, const Path& path, const lwm2m::Value& value) {
  const auto* definition = lwm2m::FindResource(path);
  if (definition == nullptr) return Status::kNotFound;
  if (path == lwm2m::path::kLifetime) {
    const auto seconds = value.As(definition->type);
    if (!seconds || seconds->integer() < kLifetimeSecondsMin || seconds->integer() > kLifetimeSecondsMax) {
      return Status::kInvalidArgument;
    }
    registration_.SetLifetime(now, Duration::Seconds(seconds->integer()));
    observers_.NoteChange(now, path);
    return Status::kOk;
  }
  if (path == lwm2m::path::kPackageUri) {
    const auto uri = value.As(definition->type);
    if (!uri) return Status::kInvalidArgument;
    if (!uri->text().empty()) return Status::kPermissionDenied;  // packages are pushed: /5/0/9 says so
    update_.Reset();
    return Status::kOk;
  }
  return Status::kPermissionDenied;
}

ResponseCode Agent::Execute(Instant now, const Path& path) {
  if (path == lwm2m::path::kUpdate) {
    const ResponseCode code = update_.Update();
    if (code == ResponseCode::kChanged) reset_requested_ = true;
    return code;
  }
  if (path == lwm2m::path::kReboot) {
    reset_requested_ = true;
    return ResponseCode::kChanged;
  }
  if (path == lwm2m::path::kRegistrationUpdateTrigger) {
    registration_.RequestUpdate(now);
    return ResponseCode::kChanged;
  }
  if (!has_instance(path.object(), path.instance())) return ResponseCode::kNotFound;
  const bool known = lwm2m::FindResource(path) != nullptr;
  return known ? ResponseCode::kMethodNotAllowed : ResponseCode::kNotFound;
}

}  // namespace linnet::agent
