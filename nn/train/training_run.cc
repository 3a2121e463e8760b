#include "training_run.h"

#include <sys/resource.h>

#include <chrono>

#include "linnet/data/dataset.h"
#include "linnet/train/checkpoint.h"
#include "linnet/train/graphdef_export.h"
#include "linnet/train/onnx_export.h"
#include "linnet/train/output_folder.h"
#include "linnet/train/run_state.h"

namespace linnet::train {
namespace {

using Json = nlohmann::ordered_json;

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

ImageView ViewOf(const data::Images& images) { return {images.pixels.data(), images.labels.data(), images.count}; }

data::Images FirstOf(data::Images images, int count) {
  if (count <= 0 || count >= images.count) return images;
  images.pixels.resize(static_cast<size_t>(count) * static_cast<size_t>(images.image_bytes()));
  images.labels.resize(static_cast<size_t>(count));
  images.count = count;
  return images;
}

struct Accuracy {
  double trained_classes = 0;
  double all = 0;
};

Outcome<Accuracy> Measure(const Trained& trained, const Learned* learned, const data::Images& images,
                          const TrainConfig& config) {
  std::vector<uint8_t> answers;
  std::string reason;
  if (!Classify(trained.architecture, trained.parameters, learned, ViewOf(images), &answers, &reason)) {
    return Fail(Status::kInternal, reason);
  }
  int right = 0, own_right = 0, own_count = 0;
  for (size_t i = 0; i < answers.size(); ++i) {
    const bool own = config.first_class <= images.labels[i] && images.labels[i] <= config.last_class;
    const bool correct = answers[i] == images.labels[i];
    right += correct;
    own_right += own && correct;
    own_count += own;
  }
  return Accuracy{own_count == 0 ? 0.0 : static_cast<double>(own_right) / own_count,
                  images.count == 0 ? 0.0 : static_cast<double>(right) / images.count};
}

struct Set {
  Plan plan;
  std::string images;  // their digest
  data::Images train, validation, test;
  Start start;
};

Outcome<Set> Prepare(const TrainConfig& config) {
  if (auto ok = CheckOutputFolder(config.out); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(data::Dataset dataset, data::Load(config.data));
  if (dataset.class_count > kOutputs) {
    return Fail(Status::kInvalidArgument, config.data + ": labels up to " + std::to_string(dataset.class_count - 1) +
                                              "; networks have ten outputs, 0-9");
  }
  Set set;
  LINNET_ASSIGN(set.plan, MakePlan(config, dataset.train.height, dataset.train.width));
  if (!config.init.empty()) {
    LINNET_ASSIGN(set.start, ReadCheckpoint(config.init, set.plan.architecture));
  }
  set.images = data::DigestOf(dataset);
  set.train = FirstOf(data::KeepClasses(dataset.train, config.first_class, config.last_class), config.limit);
  set.validation = data::KeepClasses(dataset.validation, config.first_class, config.last_class);
  set.test = std::move(dataset.test);
  if (set.train.count == 0 || set.validation.count == 0) {
    return Fail(Status::kInvalidArgument, config.data + ": no training or no validation images of these classes");
  }
  return set;
}

Json HistoryOf(const std::vector<EpochReport>& reports) {
  Json history = Json::array();
  for (const EpochReport& report : reports) {
    history.push_back({{"stage", report.stage},
                       {"epoch", report.epoch},
                       {"loss", report.loss},
                       {"validation_accuracy", report.validation_accuracy},
                       {"learning_rate", report.learning_rate}});
  }
  return history;
}

int EpochsOf(const Recipe& recipe) {
  int epochs = 0;
  for (const Stage& stage : recipe.stages) epochs += stage.epochs;
  return epochs;
}

// How many weights there are, and how many of them are zero.
std::pair<size_t, size_t> CountWeights(const std::vector<Parameter>& parameters) {
  size_t all = 0, zero = 0;
  for (const Parameter& parameter : parameters) {
    if (parameter.shape.size() < 2) continue;
    for (float value : parameter.values) zero += value == 0;
    all += parameter.values.size();
  }
  return {all, zero};
}

Outcome<Json> Report(const TrainConfig& config, const Set& set, const Trained& trained) {
  LINNET_ASSIGN(const Accuracy test, Measure(trained, nullptr, set.test, config));
  LINNET_ASSIGN(const Accuracy train, Measure(trained, nullptr, set.train, config));
  const auto [weights, zeros] = CountWeights(trained.parameters);
  Json report = {{"out", config.out},
                 {"graph", config.out + "/" + kGraphFile},
                 {"data", config.data},
                 {"arch", config.arch},
                 {"classes", std::to_string(config.first_class) + "-" + std::to_string(config.last_class)},
                 {"preset", config.preset},
                 {"seed", config.seed},
                 {"weights", config.weights},
                 {"qat", trained.learned.any},
                 {"prune", config.prune},
                 {"weight_count", weights},
                 {"zero_weights", zeros},
                 {"train_images", set.train.count},
                 {"validation_images", set.validation.count},
                 {"test_images", set.test.count},
                 {"batch", set.plan.recipe.batch},
                 {"epochs", EpochsOf(set.plan.recipe)},
                 {"best_epoch", trained.best_epoch},
                 {"train_accuracy", train.trained_classes},
                 {"validation_accuracy", trained.validation_accuracy},
                 {"test_accuracy_float", test.trained_classes},
                 {"test_accuracy_float_all", test.all}};
  if (trained.learned.any) {
    LINNET_ASSIGN(const Accuracy rounded, Measure(trained, &trained.learned, set.test, config));
    report["test_accuracy_rounded"] = rounded.trained_classes;
  }
  return report;
}

}  // namespace

Outcome<std::string> DescribePlan(const TrainConfig& config) {
  LINNET_ASSIGN(const Set set, Prepare(config));
  return Fingerprint(config, set.images, set.plan);
}

Outcome<Json> RunTraining(const TrainConfig& config, bool resume, const Progress& progress) {
  LINNET_ASSIGN(const Set set, Prepare(config));
  const std::string fingerprint = Fingerprint(config, set.images, set.plan);
  RunLock lock;
  if (auto taken = lock.Take(config.out); !taken) return std::unexpected(taken.error());
  std::optional<TrainerState> state;
  if (resume) {
    LINNET_ASSIGN(state, LoadRunState(config.out, fingerprint));
  } else {
    ClearRunState(config.out);
  }
  Progress watched = progress;
  watched.on_state = [&](const TrainerState& now, std::string* error) {
    const auto saved = SaveRunState(config.out, config.arch, fingerprint, now);
    if (!saved) *error = saved.error().message;
    return saved.has_value();
  };

  const auto began = std::chrono::steady_clock::now();
  const double cpu_began = CpuSeconds();
  Trained trained;
  std::string reason;
  if (!Train(set.plan.architecture, set.plan.recipe, ViewOf(set.train), ViewOf(set.validation), set.start,
             state ? &*state : nullptr, watched, &trained, &reason)) {
    return Fail(Status::kInternal, "training: " + reason);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const double cpu_seconds = CpuSeconds() - cpu_began;

  LINNET_ASSIGN(Json report, Report(config, set, trained));
  LINNET_ASSIGN(const std::string graph, ExportGraphDef(trained.architecture, trained.parameters, trained.learned));
  LINNET_ASSIGN(const std::string onnx, ExportOnnx(trained.architecture, trained.parameters, trained.learned));
  report["seconds"] = took.count();
  report["cpu_seconds"] = cpu_seconds;
  report["history"] = HistoryOf(trained.history);
  const bool pruned = config.prune > 0 || set.start.pruned;
  const std::map<std::string, std::string> files = {
      {kGraphFile, graph},
      {kOnnxFile, onnx},
      {kCheckpointFile, SerializeCheckpoint({config.arch, trained.parameters, pruned ? kPrunedNotes : ""})},
      {kReportFile, report.dump(2) + "\n"}};
  if (auto written = WriteOutputFolder(config.out, files); !written) return std::unexpected(written.error());
  return report;
}

}  // namespace linnet::train
