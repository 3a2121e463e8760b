// Error and Outcome: a Status with the sentence that explains it. Host programs only (tools, server, compiler);
// core/ and device/ pass plain Status, so no string ever reaches a board.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "linnet/base/status.h"

namespace linnet {

// `message` names the cause and the way out, as a person reads it: "graph.pb: truncated at byte 1024; export it again".
struct [[nodiscard]] Error {
  Status status = Status::kUnknown;
  std::string message;

  Error(Status s, std::string m) : status(s), message(std::move(m)) {}

  // The same error seen from further out: "compile: graph.pb: truncated ...".
  Error Within(const std::string& context) const { return {status, context + ": " + message}; }
};

template <typename T>
using Outcome = std::expected<T, Error>;

inline std::unexpected<Error> Fail(Status status, std::string message) {
  return std::unexpected(Error(status, std::move(message)));
}

}  // namespace linnet
