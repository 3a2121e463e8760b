#include "fleet.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <thread>

#include "output_file.h"

namespace linnet::cli {
namespace {

namespace fs = std::filesystem;

std::string Text(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}
std::string Field(const Json& object, const char* name) { return object.contains(name) ? Text(object.at(name)) : ""; }

// A list that may stand bare or under a name.
Json ListOf(const Json& answer, const char* name) {
  if (answer.is_array()) return answer;
  return answer.is_object() && answer.contains(name) ? answer.at(name) : Json::array();
}

// With --json a list is one object a line; an empty list is nothing.
void ShowList(const Console& console, const Json& list, const std::vector<std::string>& fields,
              const std::string& empty) {
  if (console.json) {
    for (const Json& entry : list) console.Result(entry, "");
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const Json& entry : list) {
    auto& row = rows.emplace_back();
    for (const std::string& field : fields) row.push_back(Field(entry, field.c_str()));
  }
  if (rows.empty()) {
    console.Say(empty);
  } else {
    console.Result(Json(), Table(fields, rows));
  }
}

// "/3/0/3" or "3/0/3" to the path below /devices/EP/resources.
Answer<std::string> ResourceTarget(const std::string& endpoint, std::string path) {
  while (path.starts_with('/')) path = path.substr(1);
  if (path.empty() || path.find_first_not_of("0123456789/") != std::string::npos) {
    return std::unexpected(
        Failure(kExitUsage, "'" + path + "' is no resource path; expected OBJECT/INSTANCE/RESOURCE such as /3/0/3"));
  }
  return "/devices/" + EscapeSegment(endpoint) + "/resources/" + path;
}

void ShowResource(const Console& console, const Json& answer) {
  const std::string value = Field(answer, "value");
  console.Result(answer, value.empty() ? Field(answer, "code") : value);
}

// A resource's answer fails where its CoAP code is not of class 2.
Done CheckCode(const Json& answer, const std::string& what) {
  const std::string code = Field(answer, "code");
  if (code.empty() || code.starts_with("2.")) return {};
  return Failed(what + ": the device answered " + code);
}

Answer<Json> Upload(const HttpClient& server, const std::string& file) {
  const Answer<std::string> bytes = ReadWhole(file);
  if (!bytes) return std::unexpected(bytes.error());
  return server.PostBytes("/artifacts", *bytes);
}

std::string RolloutText(const Json& rollout) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& device : rollout.value("devices", Json::array())) {
    rows.push_back({Field(device, "endpoint"), Field(device, "state"),
                    fmt::format("{:.0f} %", 100 * device.value("progress", 0.0)), Field(device, "digest").substr(0, 16),
                    Field(device, "reason")});
  }
  return fmt::format("rollout {}: {}\n", Field(rollout, "id"), Field(rollout, "state")) +
         Table({"endpoint", "state", "progress", "digest", "reason"}, rows);
}

std::string Reasons(const Json& rollout) {
  std::string reasons;
  for (const Json& device : rollout.value("devices", Json::array())) {
    if (Field(device, "state") == "updated") continue;
    reasons += "; " + Field(device, "endpoint") + ": " + Field(device, "state");
    if (const std::string reason = Field(device, "reason"); !reason.empty()) reasons += " (" + reason + ")";
  }
  return reasons;
}

Done WaitForRollout(const HttpClient& server, const Console& console, const std::string& id, int timeout_s) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(timeout_s);
  std::string shown;
  while (true) {
    const Answer<Json> rollout = server.Get("/rollouts/" + EscapeSegment(id));
    if (!rollout) return std::unexpected(rollout.error());
    std::string now;
    for (const Json& device : rollout->value("devices", Json::array())) {
      // In steps of a tenth, so that a log stays readable.
      now += fmt::format("{} {} {:.0f} %  ", Field(device, "endpoint"), Field(device, "state"),
                         10 * std::floor(10 * device.value("progress", 0.0)));
    }
    if (now != shown) console.Say(shown = now);
    const std::string state = Field(*rollout, "state");
    if (state == "succeeded" || state == "failed") {
      console.Result(*rollout, RolloutText(*rollout));
      if (state == "succeeded") return {};
      return Failed("rollout " + id + " failed" + Reasons(*rollout));
    }
    if (std::chrono::steady_clock::now() > end) {
      console.Result(*rollout, RolloutText(*rollout));
      return Failed(fmt::format("rollout {} is still running after {} s{}; `linnet rollout status {}` shows it later",
                                id, timeout_s, Reasons(*rollout), id));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
  }
}

}  // namespace

Done ListDevices(const HttpClient& server, const Console& console) {
  const Answer<Json> answer = server.Get("/devices");
  if (!answer) return std::unexpected(answer.error());
  ShowList(console, ListOf(*answer, "devices"),
           {"endpoint", "online", "version", "address", "lwm2m", "lifetime_s", "last_seen"},
           "no device has registered yet");
  return {};
}

Done ReadResource(const HttpClient& server, const Console& console, const std::string& endpoint,
                  const std::string& path) {
  const Answer<std::string> target = ResourceTarget(endpoint, path);
  if (!target) return std::unexpected(target.error());
  const Answer<Json> answer = server.Get(*target);
  if (!answer) return std::unexpected(answer.error());
  ShowResource(console, *answer);
  return CheckCode(*answer, "read " + path);
}

Done WriteResource(const HttpClient& server, const Console& console, const std::string& endpoint,
                   const std::string& path, const std::string& value) {
  const Answer<std::string> target = ResourceTarget(endpoint, path);
  if (!target) return std::unexpected(target.error());
  Json typed = Json::parse(value, nullptr, false);
  if (!typed.is_number() && !typed.is_boolean()) typed = value;
  const Answer<Json> answer = server.Put(*target, {{"value", typed}});
  if (!answer) return std::unexpected(answer.error());
  ShowResource(console, *answer);
  return CheckCode(*answer, "write " + path);
}

Done ExecuteResource(const HttpClient& server, const Console& console, const std::string& endpoint,
                     const std::string& path, const std::string& arguments) {
  const Answer<std::string> target = ResourceTarget(endpoint, path);
  if (!target) return std::unexpected(target.error());
  const Answer<Json> answer = server.Post(*target, {{"arguments", arguments}});
  if (!answer) return std::unexpected(answer.error());
  ShowResource(console, *answer);
  return CheckCode(*answer, "execute " + path);
}

Done ObserveResource(const HttpClient& server, const Console& console, const std::string& endpoint,
                     const std::string& path) {
  const Answer<std::string> target = ResourceTarget(endpoint, path);
  if (!target) return std::unexpected(target.error());
  const std::string plain = "/" + target->substr(target->find("/resources/") + 11);
  const Answer<Json> answer = server.Post("/devices/" + EscapeSegment(endpoint) + "/observations", {{"path", plain}});
  if (!answer) return std::unexpected(answer.error());
  console.Result(*answer, "observing " + plain + " of " + endpoint);
  return CheckCode(*answer, "observe " + path);
}

Done Publish(const HttpClient& server, const Console& console, const std::string& file) {
  const Answer<Json> artifact = Upload(server, file);
  if (!artifact) return std::unexpected(artifact.error());
  console.Result(*artifact, fmt::format("{}  version {}, sequence {}, {} bytes", Field(*artifact, "id"),
                                        Field(*artifact, "version"), Field(*artifact, "sequence"),
                                        Field(*artifact, "size_bytes")));
  console.Next("linnet rollout " + file + " --to '*' --wait");
  return {};
}

Done StartRollout(const HttpClient& server, const Console& console, const RolloutOptions& options) {
  std::string artifact = options.artifact;
  if (fs::exists(artifact)) {
    const Answer<Json> uploaded = Upload(server, artifact);
    if (!uploaded) return std::unexpected(uploaded.error());
    artifact = Field(*uploaded, "id");
  }
  const Answer<Json> started = server.Post("/rollouts", {{"artifact", artifact}, {"endpoints", options.endpoints}});
  if (!started) return std::unexpected(started.error());
  const std::string id = Field(*started, "id");
  if (options.wait) return WaitForRollout(server, console, id, options.timeout_s);
  console.Result(*started, id);
  console.Next("linnet rollout status " + id);
  return {};
}

Done ShowRollout(const HttpClient& server, const Console& console, const std::string& id) {
  const Answer<Json> rollout = server.Get("/rollouts/" + EscapeSegment(id));
  if (!rollout) return std::unexpected(rollout.error());
  console.Result(*rollout, RolloutText(*rollout));
  return {};
}

Done ListRollouts(const HttpClient& server, const Console& console) {
  const Answer<Json> answer = server.Get("/rollouts");
  if (!answer) return std::unexpected(answer.error());
  ShowList(console, ListOf(*answer, "rollouts"), {"id", "artifact", "state"}, "no rollout yet");
  return {};
}

Done Query(const HttpClient& server, const Console& console, const std::string& sql) {
  const Answer<Json> answer = server.Post("/sql", {{"sql", sql}});
  if (!answer) return std::unexpected(answer.error());
  std::vector<std::string> header;
  for (const Json& column : answer->value("columns", Json::array())) header.push_back(Field(column, "name"));
  std::vector<std::vector<std::string>> rows;
  for (const Json& row : answer->value("rows", Json::array())) {
    auto& cells = rows.emplace_back();
    for (const Json& cell : row) cells.push_back(Text(cell));
    cells.resize(header.size());
  }
  console.Result(*answer, Table(header, rows));
  return {};
}

}  // namespace linnet::cli
