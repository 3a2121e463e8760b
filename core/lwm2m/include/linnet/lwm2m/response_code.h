// How a request ended, in the numbers that LwM2M borrows from CoAP (class << 5 | detail): the one table from Status to code.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "linnet/base/status.h"

namespace linnet::lwm2m {

enum class ResponseCode : uint8_t {
  kCreated = 0x41,
  kDeleted = 0x42,
  kChanged = 0x44,
  kContent = 0x45,
  kContinue = 0x5f,
  kBadRequest = 0x80,
  kUnauthorized = 0x81,
  kBadOption = 0x82,
  kForbidden = 0x83,
  kNotFound = 0x84,
  kMethodNotAllowed = 0x85,
  kNotAcceptable = 0x86,
  kRequestEntityIncomplete = 0x88,
  kConflict = 0x89,
  kPreconditionFailed = 0x8c,
  kRequestEntityTooLarge = 0x8d,
  kUnsupportedContentFormat = 0x8f,
  kInternalServerError = 0xa0,
  kNotImplemented = 0xa1,
  kServiceUnavailable = 0xa3,
};

// A failure as a code; kOk becomes 2.04.
ResponseCode ToResponseCode(Status status);
// A code as a Status: 2.xx are kOk.
Status ToStatus(ResponseCode code);
// "2.05"
std::array<char, 4> Format(ResponseCode code);

}  // namespace linnet::lwm2m
