#include "resources.h"

#include <utility>

#include "json.h"
#include "linnet/rollout/rollouts.h"

namespace linnet::http {
namespace {

// Answers {name: [..]} or the error.
template <typename T>
void AnswerList(const Call& call, const char* name, const Outcome<std::vector<T>>& list) {
  if (!list) return call.respond(ErrorResponse(list.error()));
  Json items = Json::array();
  for (const T& item : *list) items.push_back(ToJson(item));
  call.respond(JsonResponse(200, {{name, std::move(items)}}));
}

template <typename T>
void AnswerOne(const Call& call, int code, const Outcome<T>& item) {
  call.respond(item ? JsonResponse(code, ToJson(*item)) : ErrorResponse(item.error()));
}

void GetStatus(const Call& call) {
  call.respond(JsonResponse(
      200, {{"version", call.services.version}, {"registrations", call.services.server.registration_count()}}));
}

void AddArtifact(const Call& call) {
  if (call.request.body.empty()) {
    return call.respond(
        ErrorResponse(Error(Status::kInvalidArgument, "the body must be a firmware package; it is empty")));
  }
  AnswerOne(call, 201, call.services.artifacts.Add(AsBytes(call.request.body), call.services.unix_ms()));
}
void ListArtifacts(const Call& call) { AnswerList(call, "artifacts", call.services.store.ListArtifacts()); }
void GetArtifact(const Call& call) { AnswerOne(call, 200, call.services.store.GetArtifact(call.path[1])); }

void StartRollout(const Call& call) {
  const auto body = ParseObject(call.request.body);
  if (!body) return call.respond(ErrorResponse(body.error()));
  const auto artifact = TextMember(*body, "artifact");
  if (!artifact) return call.respond(ErrorResponse(artifact.error()));
  std::vector<std::string> endpoints;
  const auto member = body->find("endpoints");
  bool good = member != body->end() && member->is_array();
  for (size_t i = 0; good && i < member->size(); ++i) {
    good = (*member)[i].is_string();
    if (good) endpoints.push_back((*member)[i].get<std::string>());
  }
  if (!good) {
    return call.respond(
        ErrorResponse(Error(Status::kInvalidArgument, "\"endpoints\" must be a list of names, or [\"*\"]")));
  }
  call.services.flush_devices();
  const auto id = call.services.rollouts.Start(*artifact, endpoints);
  call.respond(id ? JsonResponse(201, {{"id", *id}}) : ErrorResponse(id.error()));
}
void ListRollouts(const Call& call) { AnswerList(call, "rollouts", call.services.rollouts.List()); }
void GetRollout(const Call& call) { AnswerOne(call, 200, call.services.rollouts.Get(call.path[1])); }

}  // namespace

bool Resource::Matches(const std::vector<std::string>& path) const {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (i >= path.size()) return false;
    if (pattern[i] == "**") return true;
    if (pattern[i] != "*" && pattern[i] != path[i]) return false;
  }
  return path.size() == pattern.size();
}

const std::vector<Resource> kResources = {
    {"GET", {"status"}, GetStatus},
    {"GET", {"devices"}, ListDevices},
    {"GET", {"devices", "*", "resources", "**"}, ReadResource},
    {"PUT", {"devices", "*", "resources", "**"}, WriteResource},
    {"POST", {"devices", "*", "resources", "**"}, ExecuteResource},
    {"POST", {"devices", "*", "observations"}, ObserveResource},
    {"DELETE", {"devices", "*", "observations"}, ObserveResource},
    {"POST", {"artifacts"}, AddArtifact},
    {"GET", {"artifacts"}, ListArtifacts},
    {"GET", {"artifacts", "*"}, GetArtifact},
    {"POST", {"rollouts"}, StartRollout},
    {"GET", {"rollouts"}, ListRollouts},
    {"GET", {"rollouts", "*"}, GetRollout},
};

}  // namespace linnet::http
