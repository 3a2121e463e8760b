#include "linnet/http/api.h"

#include <utility>
#include <vector>

#include "json.h"
#include "resources.h"
#include "study.h"
#include "target.h"

namespace linnet::http {
namespace {

Response NotFound(const std::string& target) {
  return ErrorResponse(Error(Status::kNotFound, "nothing is at " + target));
}

void RunSql(const Services& s, const Request& request, const Respond& respond) {
  const auto body = ParseObject(request.body);
  if (!body) return respond(ErrorResponse(body.error()));
  auto statement = TextMember(*body, "sql");
  if (!statement) return respond(ErrorResponse(statement.error()));
  s.sql.Run(std::move(*statement), [respond](Outcome<telemetry::Table> table) {
    respond(table ? JsonResponse(200, ToJson(*table)) : ErrorResponse(table.error()));
  });
}

void StoreStudy(const Services& s, const Request& request, const Respond& respond) {
  auto rows = StudyFrom(request.body, s.unix_ms());
  if (!rows) return respond(ErrorResponse(rows.error()));
  const size_t count = rows->size();
  s.telemetry.AppendStudy(*std::move(rows), [respond, count](Status status) {
    respond(Ok(status) ? JsonResponse(201, {{"stored", count}})
                       : ErrorResponse(Error(status, "the rows were not stored")));
  });
}

}  // namespace

int HttpCodeOf(Status status) {
  switch (status) {
    case Status::kOk: return 200;
    case Status::kInvalidArgument:
    case Status::kOutOfRange:
    case Status::kDataLoss: return 400;
    case Status::kUnauthenticated: return 401;
    case Status::kPermissionDenied: return 403;
    case Status::kNotFound: return 404;
    case Status::kAlreadyExists:
    case Status::kFailedPrecondition:
    case Status::kAborted: return 409;
    case Status::kResourceExhausted: return 429;
    case Status::kUnimplemented: return 501;
    case Status::kUnavailable: return 503;
    case Status::kDeadlineExceeded: return 504;
    case Status::kCancelled:
    case Status::kUnknown:
    case Status::kInternal: return 500;
  }
  return 500;
}

void Api::Handle(Request request, Respond respond) {
  // SQL and the telemetry have threads of their own; all the rest is the I/O thread's.
  if (request.method == "POST" && request.target == "/api/v1/sql") return RunSql(services_, request, respond);
  if (request.method == "POST" && request.target == "/api/v1/study") return StoreStudy(services_, request, respond);
  services_.post([this, request = std::move(request), respond = std::move(respond)]() mutable {
    OnIoThread(std::move(request), std::move(respond));
  });
}

void Api::OnIoThread(Request request, Respond respond) {
  const auto path = SegmentsOf(request.target);
  if (!path) return respond(ErrorResponse(path.error()));
  if (path->size() < 3 || (*path)[0] != "api" || (*path)[1] != "v1") return respond(NotFound(request.target));
  const std::vector<std::string> rest(path->begin() + 2, path->end());

  const Call call{services_, request, rest, respond};
  for (const Resource& resource : kResources) {
    if (!resource.Matches(rest)) continue;
    if (resource.method == request.method) return resource.handle(call);
  }
  for (const Resource& resource : kResources) {
    if (resource.Matches(rest)) {
      return respond(JsonResponse(
          405, {{"error", {{"status", "invalid_argument"}, {"message", request.method + " is not possible here"}}}}));
    }
  }
  respond(NotFound(request.target));
}

}  // namespace linnet::http
