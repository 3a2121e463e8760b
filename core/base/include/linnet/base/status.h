// Status and Result: what a function says when the world said no. A status is one byte on every target;
// programs on a host that must explain themselves to a person use linnet::Error (error.h) on top of it.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>
#include <utility>

namespace linnet {

// The canonical codes of gRPC and Abseil. Stored and sent over the wire: never renumber.
enum class [[nodiscard]] Status : uint8_t{
    kOk = 0,
    kCancelled = 1,
    kUnknown = 2,
    kInvalidArgument = 3,  // the caller's value can never be right
    kDeadlineExceeded = 4,
    kNotFound = 5,
    kAlreadyExists = 6,
    kPermissionDenied = 7,    // known, but not allowed
    kResourceExhausted = 8,   // no room: a fixed buffer, a slot, a table is full
    kFailedPrecondition = 9,  // right in itself, wrong in this state
    kAborted = 10,
    kOutOfRange = 11,     // past the end
    kUnimplemented = 12,  // well-formed, but not supported here
    kInternal = 13,
    kUnavailable = 14,      // try again later
    kDataLoss = 15,         // bytes are cut short, corrupt or fail their digest
    kUnauthenticated = 16,  // a signature or key does not verify
};

// "data loss", "not found": lower case, for sentences.
std::string_view ToString(Status status);

template <typename T>
using Result = std::expected<T, Status>;

constexpr bool Ok(Status status) { return status == Status::kOk; }

inline std::unexpected<Status> Fail(Status status) { return std::unexpected(status); }

}  // namespace linnet

// Returns the status of `expr` to the caller unless it is kOk.
#define LINNET_TRY(expr)                                                     \
  do {                                                                       \
    if (::linnet::Status try_status_ = (expr); !::linnet::Ok(try_status_)) { \
      return ::linnet::internal_status::Forward(try_status_);                \
    }                                                                        \
  } while (false)

// LINNET_ASSIGN(auto x, F()): x = *F(), or returns F()'s error to the caller. Works for Result and Outcome.
#define LINNET_CONCAT2_(a, b) a##b
#define LINNET_CONCAT_(a, b) LINNET_CONCAT2_(a, b)
#define LINNET_ASSIGN(lhs, expr) LINNET_ASSIGN_IMPL_(LINNET_CONCAT_(assign_, __LINE__), lhs, expr)
#define LINNET_ASSIGN_IMPL_(tmp, lhs, expr)                 \
  auto tmp = (expr);                                        \
  if (!tmp) return std::unexpected(std::move(tmp).error()); \
  lhs = *std::move(tmp)

namespace linnet::internal_status {
// Converts to Status or to Result<T>, whichever the caller returns.
struct Forward {
  explicit Forward(Status s) : status(s) {}
  operator Status() const { return status; }  // NOLINT(google-explicit-constructor)
  template <typename T>
  operator std::expected<T, Status>() const {  // NOLINT(google-explicit-constructor)
    return std::unexpected(status);
  }
  Status status;
};
}  // namespace linnet::internal_status
