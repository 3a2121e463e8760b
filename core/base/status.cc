#include "linnet/base/status.h"

namespace linnet {

std::string_view ToString(Status status) {
  switch (status) {
    case Status::kOk: return "ok";
    case Status::kCancelled: return "cancelled";
    case Status::kUnknown: return "unknown";
    case Status::kInvalidArgument: return "invalid argument";
    case Status::kDeadlineExceeded: return "deadline exceeded";
    case Status::kNotFound: return "not found";
    case Status::kAlreadyExists: return "already exists";
    case Status::kPermissionDenied: return "permission denied";
    case Status::kResourceExhausted: return "resource exhausted";
    case Status::kFailedPrecondition: return "failed precondition";
    case Status::kAborted: return "aborted";
    case Status::kOutOfRange: return "out of range";
    case Status::kUnimplemented: return "unimplemented";
    case Status::kInternal: return "internal";
    case Status::kUnavailable: return "unavailable";
    case Status::kDataLoss: return "data loss";
    case Status::kUnauthenticated: return "unauthenticated";
  }
  return "unknown";
}

}  // namespace linnet
