#include "network_jobs.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "child_process.h"
#include "output_file.h"

namespace linnet::cli {
namespace fs = std::filesystem;
namespace {

constexpr int kExitInterrupted = 130;
constexpr size_t kLogTail = 400;

class Workshop {
 public:
  Workshop(const Console& console, const std::vector<NetworkJob>& jobs, const JobOptions& options)
      : console_(console), jobs_(jobs), options_(options), results_(jobs.size()) {}

  Answer<MadeNetworks> Run() {
    std::vector<std::jthread> workers;
    const size_t count = std::min(static_cast<size_t>(std::max(1, options_.parallel)), jobs_.size());
    for (size_t i = 0; i < count; ++i) workers.emplace_back([this] { Work(); });
    workers.clear();
    if (Interrupted())
      return std::unexpected(
          Failure(kExitInterrupted, "interrupted; finished networks are kept, and the same command goes on from here"));
    MadeNetworks made;
    for (const std::optional<Answer<Json>>& result : results_) {
      if (result->has_value()) {
        made.studies.push_back(**result);
      } else {
        made.failures.push_back(result->error().message);
      }
    }
    return made;
  }

 private:
  void Work() {
    for (size_t i = next_++; i < jobs_.size() && !Interrupted(); i = next_++) {
      results_[i] = Make(jobs_[i]);
      if (!*results_[i]) results_[i]->error().message.insert(0, jobs_[i].name + ": ");
      if (!*results_[i] && !Interrupted()) Say(results_[i]->error().message);
    }
  }

  Answer<Json> Make(const NetworkJob& job) {
    const fs::path folder = options_.folder / job.name;
    Json key = {{"train", job.arguments}};
    if (!job.options.is_null()) key.update(job.options);
    if (auto study = FinishedStudy(folder, key)) {
      Say(job.name + ": stands there already, with the same options");
      return Finished(job, *std::move(study));
    }
    if (auto trained = TrainInto(job, folder, key); !trained) return std::unexpected(trained.error());
    if (Interrupted()) return Failed("interrupted");
    Say(job.name + ": trained; compiling, measuring it on the emulated board and on all images");
    StudyOptions study_options{folder, job.name, options_.float_too, options_.pictures, key};
    Console quiet = console_;
    quiet.quiet = true;
    auto study = StudyNetwork(quiet, study_options);
    if (!study) return std::unexpected(study.error());
    return Finished(job, *std::move(study));
  }

  Answer<Json> Finished(const NetworkJob& job, Json study) {
    if (options_.finish) {
      if (auto done = options_.finish(job, study); !done) return std::unexpected(done.error());
    }
    Say(fmt::format("{}: test accuracy int8 {}, flash {}", job.name, Percent(study.value("test_accuracy_int8", 0.0)),
                    Kilobytes(study.value("flash_bytes", uint64_t{0}))));
    return study;
  }

  // What a folder was begun with lies in log/: only a training with the same options is gone on with.
  Done TrainInto(const NetworkJob& job, const fs::path& folder, const Json& key) {
    const fs::path begun = options_.folder / "log" / (job.name + ".begun.json");
    std::error_code ignored;
    const auto before = ReadJson(begun);
    const bool same = before && *before == key;
    if (same && fs::exists(folder / "train.json") && fs::exists(folder / "graph.pb")) return {};
    if (!same) fs::remove_all(folder, ignored);
    if (auto written = WriteWhole(begun, key.dump() + "\n"); !written) return written;
    const bool resume = same && fs::exists(folder / "checkpoints" / "last.bin");
    auto trained = RunTraining(job, folder, resume);
    if (trained || !resume || Interrupted()) return trained;
    // A checkpoint of another version of the trainer, perhaps: no reason to be stuck.
    Say(job.name + ": cannot go on from its checkpoint (" + trained.error().message + "); begins anew");
    fs::remove_all(folder, ignored);
    return RunTraining(job, folder, false);
  }

  Done RunTraining(const NetworkJob& job, const fs::path& folder, bool resume) {
    ChildProcess process;
    process.program = TrainProgram();
    process.arguments = job.arguments;
    process.arguments.insert(process.arguments.end(), {"--out", folder.string(), "--json"});
    if (resume) process.arguments.emplace_back("--resume");
    process.log = options_.folder / "log" / (job.name + ".log");
    process.on_line = [&](const std::string& line) { ShowEpoch(job, line); };
    const int code = RunChild(process);
    if (code == 0) return {};
    return std::unexpected(Failure(code == kExitUsage ? kExitUsage : kExitCheckFailed,
                                   fmt::format("linnet-train ended with exit code {}: {}", code, EndOf(process.log))));
  }

  void ShowEpoch(const NetworkJob& job, const std::string& line) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("epoch")) return;
    Say(fmt::format("{}: {}epoch {} of {}, loss {:.4f}, validation {}", job.name,
                    json.contains("stage") ? json.value("stage", "") + ", " : "", json.value("epoch", 0),
                    json.value("epochs", 0), json.value("loss", 0.0), Percent(json.value("validation_accuracy", 0.0))));
  }

  static std::string EndOf(const fs::path& log) {
    const auto text = ReadWhole(log);
    if (!text) return "its words are in " + log.string();
    std::string end = text->size() > kLogTail ? text->substr(text->size() - kLogTail) : *text;
    end.erase(end.find_last_not_of('\n') + 1);
    return end.empty() ? "it said nothing" : end;
  }

  void Say(const std::string& text) {
    const std::lock_guard lock(mutex_);
    console_.Say(text);
  }

  const Console& console_;
  const std::vector<NetworkJob>& jobs_;
  const JobOptions& options_;
  std::vector<std::optional<Answer<Json>>> results_;
  std::atomic<size_t> next_ = 0;
  std::mutex mutex_;
};

}  // namespace

std::vector<std::string> ArgumentsOf(const TrainingChoice& choice) {
  std::vector<std::string> arguments = {"--data", choice.data, "--seed", std::to_string(choice.seed)};
  const auto add = [&](const char* option, const std::string& value) {
    arguments.insert(arguments.end(), {option, value});
  };
  if (!choice.preset.empty()) add("--preset", choice.preset);
  if (choice.epochs > 0) add("--epochs", std::to_string(choice.epochs));
  if (choice.limit > 0) add("--limit", std::to_string(choice.limit));
  return arguments;
}

Answer<MadeNetworks> MakeNetworks(const Console& console, const std::vector<NetworkJob>& jobs,
                                  const JobOptions& options) {
  std::error_code error;
  fs::create_directories(options.folder, error);
  if (error) return Failed(options.folder.string() + ": cannot be made: " + error.message());
  return Workshop(console, jobs, options).Run();
}

}  // namespace linnet::cli
