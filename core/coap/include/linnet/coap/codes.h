// The numbers of CoAP: message types, codes, options, content formats (IANA "CoRE Parameters"; RFC 7252, 7641, 7959, 8132).
// On the wire: never renumber.
#pragma once

#include <cstdint>

namespace linnet::coap {

enum class Type : uint8_t { kConfirmable = 0, kNonConfirmable = 1, kAcknowledgement = 2, kReset = 3 };

// c.dd as one byte: class << 5 | detail.
enum class Code : uint8_t {
  kEmpty = 0x00,
  kGet = 0x01,
  kPost = 0x02,
  kPut = 0x03,
  kDelete = 0x04,
  kFetch = 0x05,
  kPatch = 0x06,
  kIPatch = 0x07,
  kCreated = 0x41,                   // 2.01
  kDeleted = 0x42,                   // 2.02
  kValid = 0x43,                     // 2.03
  kChanged = 0x44,                   // 2.04
  kContent = 0x45,                   // 2.05
  kContinue = 0x5f,                  // 2.31
  kBadRequest = 0x80,                // 4.00
  kUnauthorized = 0x81,              // 4.01
  kBadOption = 0x82,                 // 4.02
  kForbidden = 0x83,                 // 4.03
  kNotFound = 0x84,                  // 4.04
  kMethodNotAllowed = 0x85,          // 4.05
  kNotAcceptable = 0x86,             // 4.06
  kRequestEntityIncomplete = 0x88,   // 4.08
  kConflict = 0x89,                  // 4.09
  kPreconditionFailed = 0x8c,        // 4.12
  kRequestEntityTooLarge = 0x8d,     // 4.13
  kUnsupportedContentFormat = 0x8f,  // 4.15
  kInternalServerError = 0xa0,       // 5.00
  kNotImplemented = 0xa1,            // 5.01
  kBadGateway = 0xa2,                // 5.02
  kServiceUnavailable = 0xa3,        // 5.03
  kGatewayTimeout = 0xa4,            // 5.04
};

constexpr uint8_t CodeClass(Code code) { return static_cast<uint8_t>(code) >> 5; }
constexpr uint8_t CodeDetail(Code code) { return static_cast<uint8_t>(code) & 0x1f; }
constexpr bool IsRequest(Code code) { return CodeClass(code) == 0 && code != Code::kEmpty; }
constexpr bool IsResponse(Code code) { return CodeClass(code) >= 2 && CodeClass(code) <= 5; }
constexpr bool IsSuccess(Code code) { return CodeClass(code) == 2; }

// An option number. Odd numbers are critical: an end that does not know one must refuse the request with 4.02.
namespace option {
inline constexpr uint16_t kIfMatch = 1;
inline constexpr uint16_t kUriHost = 3;
inline constexpr uint16_t kETag = 4;
inline constexpr uint16_t kIfNoneMatch = 5;
inline constexpr uint16_t kObserve = 6;
inline constexpr uint16_t kUriPort = 7;
inline constexpr uint16_t kLocationPath = 8;
inline constexpr uint16_t kUriPath = 11;
inline constexpr uint16_t kContentFormat = 12;
inline constexpr uint16_t kMaxAge = 14;
inline constexpr uint16_t kUriQuery = 15;
inline constexpr uint16_t kAccept = 17;
inline constexpr uint16_t kLocationQuery = 20;
inline constexpr uint16_t kBlock2 = 23;
inline constexpr uint16_t kBlock1 = 27;
inline constexpr uint16_t kSize2 = 28;
inline constexpr uint16_t kSize1 = 60;
}  // namespace option

namespace content_format {
inline constexpr uint16_t kText = 0;
inline constexpr uint16_t kLink = 40;
inline constexpr uint16_t kOctetStream = 42;
inline constexpr uint16_t kCbor = 60;
inline constexpr uint16_t kSenmlJson = 110;
inline constexpr uint16_t kSenmlCbor = 112;
inline constexpr uint16_t kLwm2mTlv = 11542;
inline constexpr uint16_t kLwm2mCbor = 11544;
}  // namespace content_format

// A LwM2M datagram of ours is at most this long (RFC 7252 4.6): 1024 bytes of payload and 128 of everything before it.
inline constexpr uint16_t kDatagramBytesMax = 1152;

}  // namespace linnet::coap
