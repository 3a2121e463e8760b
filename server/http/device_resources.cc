// /devices: what is registered, and its resources.
#include <utility>

#include "json.h"
#include "linnet/lwm2m/path.h"
#include "resources.h"

namespace linnet::http {
namespace {

using lwm2m_server::Operation;

// devices/{ep}/resources/3/0/3 -> /3/0/3
Outcome<lwm2m::Path> ResourcePath(const Call& call, size_t depth_min, size_t depth_max) {
  lwm2m::Path path;
  for (size_t i = 3; i < call.path.size(); ++i) {
    if (!Ok(path.Append(call.path[i]))) {
      return Fail(Status::kInvalidArgument, "\"" + call.path[i] + "\" is not part of a path like /3/0/3");
    }
  }
  if (path.depth() < depth_min || path.depth() > depth_max) {
    return Fail(Status::kInvalidArgument, "this needs the path of a resource, like /3/0/3");
  }
  return path;
}

// What the device, or the way to it, did wrong.
Response DeviceError(const Error& error) {
  switch (error.status) {
    case Status::kAborted: return ErrorResponse(Error(Status::kUnavailable, error.message + "; try again"));
    case Status::kDataLoss:
    case Status::kUnimplemented: {
      Response response = ErrorResponse(error);
      response.code = 502;
      return response;
    }
    default: return ErrorResponse(error);
  }
}

// Not registered: unreachable when it was once, unknown otherwise.
Response NotRegistered(const Call& call, const std::string& endpoint) {
  if (call.services.store.GetDevice(endpoint)) {
    return ErrorResponse(Error(Status::kDeadlineExceeded, endpoint + " is unreachable: its registration has ended"));
  }
  return ErrorResponse(Error(Status::kNotFound, "no device " + endpoint));
}

void Submit(const Call& call, lwm2m_server::Request request) {
  const std::string& endpoint = call.path[1];
  const std::string path(request.path.ToText().text());
  const Status status = call.services.server.Submit(
      call.services.now(), endpoint, std::move(request),
      [respond = call.respond, path](Outcome<lwm2m_server::Answer> answer) {
        respond(answer ? JsonResponse(200, ToJson(path, *answer)) : DeviceError(answer.error()));
      });
  switch (status) {
    case Status::kOk: return;
    case Status::kNotFound: return call.respond(NotRegistered(call, endpoint));
    case Status::kResourceExhausted:
      return call.respond(ErrorResponse(Error(status, "too many requests wait for " + endpoint)));
    default: return call.respond(ErrorResponse(Error(status, path + " can't be asked for that")));
  }
}

// A request for a path that may or may not be right.
void SubmitTo(const Call& call, const Outcome<lwm2m::Path>& path, lwm2m_server::Request request) {
  if (!path) return call.respond(ErrorResponse(path.error()));
  request.path = *path;
  Submit(call, std::move(request));
}

}  // namespace

void ListDevices(const Call& call) {
  call.services.flush_devices();
  const auto rows = call.services.store.ListDevices();
  if (!rows) return call.respond(ErrorResponse(rows.error()));
  Json devices = Json::array();
  for (const store::DeviceRow& row : *rows) devices.push_back(ToJson(row));
  call.respond(JsonResponse(200, {{"devices", std::move(devices)}}));
}

void ReadResource(const Call& call) {
  SubmitTo(call, ResourcePath(call, 1, 4), {.operation = Operation::kRead, .path = {}});
}

void WriteResource(const Call& call) {
  const auto body = ParseObject(call.request.body);
  if (!body) return call.respond(ErrorResponse(body.error()));
  if (!body->contains("value"))
    return call.respond(ErrorResponse(Error(Status::kInvalidArgument, "\"value\" is missing")));
  auto value = ValueFrom((*body)["value"]);
  if (!value) return call.respond(ErrorResponse(value.error()));
  SubmitTo(call, ResourcePath(call, 3, 4), {.operation = Operation::kWrite, .path = {}, .value = std::move(*value)});
}

void ExecuteResource(const Call& call) {
  std::string arguments;
  if (!call.request.body.empty()) {
    const auto body = ParseObject(call.request.body);
    if (!body) return call.respond(ErrorResponse(body.error()));
    if (body->contains("arguments")) {
      auto text = TextMember(*body, "arguments");
      if (!text) return call.respond(ErrorResponse(text.error()));
      arguments = std::move(*text);
    }
  }
  if (arguments.size() > 512) {
    return call.respond(ErrorResponse(Error(Status::kInvalidArgument, "\"arguments\" may have 512 bytes at most")));
  }
  SubmitTo(call, ResourcePath(call, 3, 3),
           {.operation = Operation::kExecute, .path = {}, .arguments = std::move(arguments)});
}

void ObserveResource(const Call& call) {
  const auto body = ParseObject(call.request.body);
  if (!body) return call.respond(ErrorResponse(body.error()));
  const auto text = TextMember(*body, "path");
  if (!text) return call.respond(ErrorResponse(text.error()));
  const auto path = lwm2m::Path::Parse(*text);
  if (!path || path->depth() == 0) {
    return call.respond(ErrorResponse(Error(Status::kInvalidArgument, "\"path\" must be like /3/0/3")));
  }
  const bool cancel = call.request.method == "DELETE";
  Submit(call, {.operation = cancel ? Operation::kCancelObserve : Operation::kObserve, .path = *path});
}

}  // namespace linnet::http
