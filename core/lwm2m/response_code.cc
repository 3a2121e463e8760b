#include "linnet/lwm2m/response_code.h"

namespace linnet::lwm2m {

ResponseCode ToResponseCode(Status status) {
  switch (status) {
    case Status::kOk: return ResponseCode::kChanged;
    case Status::kInvalidArgument:
    case Status::kOutOfRange:
    case Status::kDataLoss: return ResponseCode::kBadRequest;
    case Status::kNotFound: return ResponseCode::kNotFound;
    case Status::kAlreadyExists:
    case Status::kAborted: return ResponseCode::kConflict;
    case Status::kPermissionDenied: return ResponseCode::kForbidden;
    case Status::kUnauthenticated: return ResponseCode::kUnauthorized;
    case Status::kResourceExhausted: return ResponseCode::kRequestEntityTooLarge;
    case Status::kFailedPrecondition: return ResponseCode::kPreconditionFailed;
    case Status::kUnimplemented: return ResponseCode::kMethodNotAllowed;
    case Status::kUnavailable:
    case Status::kDeadlineExceeded:
    case Status::kCancelled: return ResponseCode::kServiceUnavailable;
    case Status::kUnknown:
    case Status::kInternal: return ResponseCode::kInternalServerError;
  }
  return ResponseCode::kInternalServerError;
}

Status ToStatus(ResponseCode code) {
  switch (code) {
    case ResponseCode::kCreated:
    case ResponseCode::kDeleted:
    case ResponseCode::kChanged:
    case ResponseCode::kContent:
    case ResponseCode::kContinue: return Status::kOk;
    case ResponseCode::kBadRequest:
    case ResponseCode::kBadOption: return Status::kInvalidArgument;
    case ResponseCode::kUnauthorized: return Status::kUnauthenticated;
    case ResponseCode::kForbidden: return Status::kPermissionDenied;
    case ResponseCode::kNotFound: return Status::kNotFound;
    case ResponseCode::kMethodNotAllowed:
    case ResponseCode::kNotAcceptable:
    case ResponseCode::kUnsupportedContentFormat:
    case ResponseCode::kNotImplemented: return Status::kUnimplemented;
    case ResponseCode::kRequestEntityIncomplete: return Status::kDataLoss;
    case ResponseCode::kConflict: return Status::kAlreadyExists;
    case ResponseCode::kPreconditionFailed: return Status::kFailedPrecondition;
    case ResponseCode::kRequestEntityTooLarge: return Status::kResourceExhausted;
    case ResponseCode::kServiceUnavailable: return Status::kUnavailable;
    case ResponseCode::kInternalServerError: return Status::kInternal;
  }
  // Codes we have no name for, by their class (RFC 7252 5.9).
  const int code_class = static_cast<uint8_t>(code) >> 5;
  return code_class == 2 ? Status::kOk : code_class == 4 ? Status::kInvalidArgument : Status::kInternal;
}

std::array<char, 4> Format(ResponseCode code) {
  const auto bits = static_cast<uint8_t>(code);
  const auto detail = static_cast<uint8_t>(bits & 0x1f);
  return {static_cast<char>('0' + (bits >> 5)), '.', static_cast<char>('0' + detail / 10),
          static_cast<char>('0' + detail % 10)};
}

}  // namespace linnet::lwm2m
