// The command line's only way to the server: one request, one answer, JSON.
#pragma once

#include <string>

#include "console.h"

namespace linnet::cli {

class HttpClient {
 public:
  // "http://HOST:PORT" or "HOST:PORT"; an IPv6 host stands in brackets.
  explicit HttpClient(std::string server) : server_(std::move(server)) {}

  // `target` starts behind /api/v1. The answer's JSON (null where it has none).
  // Exit code 3: nothing listens, the server hangs up, or it says that a device does not answer (HTTP 504);
  // exit code 1: any other HTTP error, with the server's own message.
  Answer<Json> Get(const std::string& target) const { return Send("GET", target, "", ""); }
  Answer<Json> Post(const std::string& target, const Json& body) const {
    return Send("POST", target, body.dump(), "application/json");
  }
  Answer<Json> Put(const std::string& target, const Json& body) const {
    return Send("PUT", target, body.dump(), "application/json");
  }
  Answer<Json> PostBytes(const std::string& target, const std::string& body) const {
    return Send("POST", target, body, "application/octet-stream");
  }

 private:
  Answer<Json> Send(const std::string& method, const std::string& target, const std::string& body,
                    const std::string& content_type) const;

  std::string server_;
};

// RFC 3986 2.1: all but unreserved characters, so that an endpoint's name can't leave its path segment.
std::string EscapeSegment(const std::string& segment);

}  // namespace linnet::cli
