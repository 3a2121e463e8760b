// A request and a response as values, and the handler between them: nothing here knows the HTTP library.
#pragma once

#include <functional>
#include <string>

namespace linnet::http {

struct Request {
  std::string method;  // "GET"
  std::string target;  // "/api/v1/devices?x=1", as sent
  std::string body;
};

struct Response {
  int code = 200;
  std::string body;  // JSON
};

// Answers later, from any thread, exactly once.
using Respond = std::function<void(Response)>;
// Called on the HTTP thread; must not block.
using Handler = std::function<void(Request, Respond)>;

}  // namespace linnet::http
