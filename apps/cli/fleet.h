// Verbs that speak to linnetd: devices, packages, rollouts, SQL.
#pragma once

#include <string>
#include <vector>

#include "console.h"
#include "http_client.h"

namespace linnet::cli {

Done ListDevices(const HttpClient& server, const Console& console);
Done ReadResource(const HttpClient& server, const Console& console, const std::string& endpoint,
                  const std::string& path);
// `value`: a JSON number, true or false is sent as such, everything else as text.
Done WriteResource(const HttpClient& server, const Console& console, const std::string& endpoint,
                   const std::string& path, const std::string& value);
Done ExecuteResource(const HttpClient& server, const Console& console, const std::string& endpoint,
                     const std::string& path, const std::string& arguments);
Done ObserveResource(const HttpClient& server, const Console& console, const std::string& endpoint,
                     const std::string& path);

Done Publish(const HttpClient& server, const Console& console, const std::string& file);

struct RolloutOptions {
  std::string artifact;                // a package file, which is published first, or an id
  std::vector<std::string> endpoints;  // "*" is all
  bool wait = false;
  int timeout_s = 1800;
};
// With `wait`: ok only when every device is updated; exit code 1 with each device's reason else.
Done StartRollout(const HttpClient& server, const Console& console, const RolloutOptions& options);
Done ShowRollout(const HttpClient& server, const Console& console, const std::string& id);
Done ListRollouts(const HttpClient& server, const Console& console);

Done Query(const HttpClient& server, const Console& console, const std::string& sql);

}  // namespace linnet::cli
