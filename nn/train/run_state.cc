#include "linnet/train/run_state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "linnet/train/checkpoint.h"

namespace linnet::train {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kBestPrefix = "best:";

std::string LastPath(const std::string& out) { return out + "/" + kCheckpointFolder + "/last.bin"; }
std::string BestPath(const std::string& out) { return out + "/" + kCheckpointFolder + "/best.bin"; }

Json ToJson(const EpochReport& report) {
  return {{"stage", report.stage},
          {"epoch", report.epoch},
          {"epochs", report.epochs},
          {"loss", report.loss},
          {"validation_accuracy", report.validation_accuracy},
          {"learning_rate", report.learning_rate},
          {"images_per_second", report.images_per_second},
          {"best", report.best}};
}

EpochReport ReportOf(const Json& json) {
  EpochReport report;
  report.stage = json.at("stage").get<std::string>();
  report.epoch = json.at("epoch");
  report.epochs = json.at("epochs");
  report.loss = json.at("loss");
  report.validation_accuracy = json.at("validation_accuracy");
  report.learning_rate = json.at("learning_rate");
  report.images_per_second = json.at("images_per_second");
  report.best = json.at("best");
  return report;
}

Json NotesOf(const std::string& fingerprint, const TrainerState& state) {
  Json history = Json::array();
  for (const EpochReport& report : state.history) history.push_back(ToJson(report));
  return {{"options", Json::parse(fingerprint)},
          {"stage", state.stage},
          {"epoch", state.epoch},
          {"steps", state.steps},
          {"best_epoch", state.best_epoch},
          {"best_accuracy", state.best_accuracy},
          {"history", history}};
}

// "seed, stages": the names of the options that are not the same.
std::string Differences(const Json& was, const Json& now) {
  std::string names;
  for (const auto& [key, value] : now.items()) {
    if (!was.contains(key) || was[key] != value) names += (names.empty() ? "" : ", ") + key;
  }
  return names;
}

Outcome<TrainerState> StateOf(const std::string& path, Checkpoint checkpoint, const Json& notes) try {
  TrainerState state;
  state.stage = notes.at("stage");
  const size_t stages = notes.at("options").at("stages").size();
  if (state.stage < 0 || static_cast<size_t>(state.stage) >= stages) {
    return Fail(Status::kDataLoss, path + ": stage " + std::to_string(state.stage) + " of a run of " +
                                       std::to_string(stages) + " stages; leave --resume out to start anew");
  }
  state.epoch = notes.at("epoch");
  state.steps = notes.at("steps");
  state.best_epoch = notes.at("best_epoch");
  state.best_accuracy = notes.at("best_accuracy");
  for (const Json& report : notes.at("history")) state.history.push_back(ReportOf(report));
  for (Parameter& parameter : checkpoint.parameters) {
    const bool best = parameter.name.starts_with(kBestPrefix);
    if (best) parameter.name.erase(0, kBestPrefix.size());
    (best ? state.best : state.tensors).push_back(std::move(parameter));
  }
  return state;
} catch (const nlohmann::json::exception& e) {
  return Fail(Status::kDataLoss, path + ": not the state of a run: " + e.what());
}

}  // namespace

Outcome<void> SaveRunState(const std::string& out, const std::string& architecture, const std::string& fingerprint,
                           const TrainerState& state) {
  std::error_code code;
  fs::create_directories(fs::path(out) / kCheckpointFolder, code);
  if (code) return Fail(Status::kResourceExhausted, out + ": cannot be made: " + code.message());
  const std::string notes = NotesOf(fingerprint, state).dump();
  if (!state.best.empty() && state.best_epoch == state.epoch) {
    if (auto saved = ReplaceFile(BestPath(out), SerializeCheckpoint({architecture, state.best, notes})); !saved)
      return saved;
  }
  Checkpoint last{architecture, state.tensors, notes};
  for (const Parameter& parameter : state.best) {
    last.parameters.push_back({std::string(kBestPrefix) + parameter.name, parameter.shape, parameter.values});
  }
  return ReplaceFile(LastPath(out), SerializeCheckpoint(last));
}

Outcome<std::optional<TrainerState>> LoadRunState(const std::string& out, const std::string& fingerprint) {
  const std::string path = LastPath(out);
  if (!fs::exists(path)) return std::optional<TrainerState>();
  LINNET_ASSIGN(Checkpoint checkpoint, ReadWholeCheckpoint(path));
  const Json notes = Json::parse(checkpoint.notes, nullptr, false);
  if (!notes.is_object() || !notes.contains("options")) {
    return Fail(Status::kDataLoss, path + ": a checkpoint, but not the state of a run");
  }
  if (const std::string names = Differences(notes["options"], Json::parse(fingerprint)); !names.empty()) {
    return Fail(Status::kFailedPrecondition, path + ": of a run with other options (" + names +
                                                 "); resume it with the same, or leave --resume out to start anew");
  }
  LINNET_ASSIGN(TrainerState state, StateOf(path, std::move(checkpoint), notes));
  return std::optional<TrainerState>(std::move(state));
}

RunLock::~RunLock() {
  if (file_ >= 0) close(file_);
}

Outcome<void> RunLock::Take(const std::string& out) {
  const fs::path folder = fs::path(out) / kCheckpointFolder;
  std::error_code code;
  fs::create_directories(folder, code);
  // The folder itself is what is locked: no file of its own that would stay behind.
  file_ = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file_ < 0) {
    const bool forbidden = errno == EACCES || errno == EROFS;
    return Fail(forbidden ? Status::kPermissionDenied : Status::kResourceExhausted,
                folder.string() + ": cannot be made: " + std::strerror(errno));
  }
  if (flock(file_, LOCK_EX | LOCK_NB) != 0) {
    return Fail(Status::kFailedPrecondition,
                out + ": another run is writing there; wait for it, or name another folder");
  }
  return {};
}

void ClearRunState(const std::string& out) {
  std::error_code ignored;
  for (const std::string& path : {LastPath(out), BestPath(out)}) fs::remove(path, ignored);
}

}  // namespace linnet::train
