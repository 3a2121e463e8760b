// linnet-train: data -> network. A program of its own because LibTorch comes with 287 shared objects.
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "linnet/data/dataset.h"
#include "linnet/train/checkpoint.h"
#include "linnet/train/graphdef_export.h"
#include "linnet/train/output_folder.h"
#include "linnet/train/train_config.h"
#include "progress_view.h"

namespace linnet::train {
namespace {

using Json = nlohmann::ordered_json;

enum ExitCode { kExitOk = 0, kExitFailed = 1, kExitUsage = 2 };

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

struct TestAccuracy {
  double trained_classes = 0;
  double all = 0;
};

Outcome<TestAccuracy> Test(const Plan& plan, const std::vector<Parameter>& parameters, const data::Images& test,
                           const TrainConfig& config) {
  std::vector<uint8_t> answers;
  std::string reason;
  if (!Classify(plan.architecture, parameters, ViewOf(test), &answers, &reason)) return Fail(Status::kInternal, reason);
  int right = 0, trained_right = 0, trained_count = 0;
  for (size_t i = 0; i < answers.size(); ++i) {
    const bool trained = config.first_class <= test.labels[i] && test.labels[i] <= config.last_class;
    const bool correct = answers[i] == test.labels[i];
    right += correct;
    trained_right += trained && correct;
    trained_count += trained;
  }
  return TestAccuracy{trained_count == 0 ? 0.0 : static_cast<double>(trained_right) / trained_count,
                      static_cast<double>(right) / test.count};
}

struct Set {
  Plan plan;
  data::Images train, validation, test;
  std::vector<Parameter> start;
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
    LINNET_ASSIGN(Checkpoint checkpoint, ReadCheckpoint(config.init, set.plan.architecture));
    set.start = std::move(checkpoint.parameters);
  }
  set.train = FirstOf(data::KeepClasses(dataset.train, config.first_class, config.last_class), config.limit);
  set.validation = data::KeepClasses(dataset.validation, config.first_class, config.last_class);
  set.test = std::move(dataset.test);
  if (set.train.count == 0 || set.validation.count == 0) {
    return Fail(Status::kInvalidArgument, config.data + ": no training or no validation images of these classes");
  }
  return set;
}

Outcome<Json> RunTraining(const TrainConfig& config, const Progress& progress) {
  LINNET_ASSIGN(Set set, Prepare(config));
  const auto began = std::chrono::steady_clock::now();
  const double cpu_began = CpuSeconds();
  Trained trained;
  std::string reason;
  if (!Train(set.plan.architecture, set.plan.recipe, ViewOf(set.train), ViewOf(set.validation), set.start, progress,
             &trained, &reason)) {
    return Fail(Status::kInternal, "training: " + reason);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const double cpu_seconds = CpuSeconds() - cpu_began;
  LINNET_ASSIGN(const TestAccuracy accuracy, Test(set.plan, trained.parameters, set.test, config));
  LINNET_ASSIGN(const std::string graph, ExportGraphDef(set.plan.architecture, trained.parameters));

  const Json report = {{"out", config.out},
                       {"graph", config.out + "/" + kGraphFile},
                       {"data", config.data},
                       {"arch", config.arch},
                       {"classes", std::to_string(config.first_class) + "-" + std::to_string(config.last_class)},
                       {"preset", "quick"},
                       {"seed", config.seed},
                       {"train_images", set.train.count},
                       {"validation_images", set.validation.count},
                       {"test_images", set.test.count},
                       {"batch", set.plan.recipe.batch},
                       {"epochs", set.plan.recipe.epochs},
                       {"best_epoch", trained.best_epoch},
                       {"validation_accuracy", trained.validation_accuracy},
                       {"test_accuracy_float", accuracy.trained_classes},
                       {"test_accuracy_float_all", accuracy.all},
                       {"seconds", took.count()},
                       {"cpu_seconds", cpu_seconds}};
  const std::map<std::string, std::string> files = {
      {kGraphFile, graph},
      {kCheckpointFile, SerializeCheckpoint({config.arch, trained.parameters})},
      {kReportFile, report.dump(2) + "\n"}};
  if (auto written = WriteOutputFolder(config.out, files); !written) return std::unexpected(written.error());
  return report;
}

void PrintForPeople(const Json& report) {
  const std::string classes = report["classes"];
  std::printf("%s on %s, best of %d epochs: %d (validation %.2f %%), %.1f s\n",
              report["arch"].get<std::string>().c_str(), report["data"].get<std::string>().c_str(),
              report["epochs"].get<int>(), report["best_epoch"].get<int>(),
              100 * report["validation_accuracy"].get<double>(), report["seconds"].get<double>());
  std::printf("test accuracy, float: classes %s %.2f %%, all classes %.2f %%\n", classes.c_str(),
              100 * report["test_accuracy_float"].get<double>(), 100 * report["test_accuracy_float_all"].get<double>());
  const std::string graph = report["graph"];
  std::printf("wrote %s\nnext: linnet compile %s --calibrate %s --out DIR\n", graph.c_str(), graph.c_str(),
              report["data"].get<std::string>().c_str());
}

int Execute(const TrainConfig& config, bool json) {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  ProgressView view(terminal && !json ? ProgressView::Style::kBar : ProgressView::Style::kJsonLines,
                    json ? std::cout : std::cerr);
  const auto report = RunTraining(config, view.callbacks());
  if (!report) {
    std::cerr << "linnet-train: " << report.error().message << "\n";
    return report.error().status == Status::kInvalidArgument ? kExitUsage : kExitFailed;
  }
  if (json) {
    std::cout << report->dump() << std::endl;
  } else {
    PrintForPeople(*report);
  }
  return kExitOk;
}

// libgomp reads its environment when it is loaded, before main: a program that wants other values starts itself again.
// Spinning threads of the default policy made training six to eight times slower on a busy machine.
void RestartWithQuietThreads(char** argv) {
  if (std::getenv("LINNET_TRAIN_STARTED") != nullptr) return;
  setenv("LINNET_TRAIN_STARTED", "1", 1);
  setenv("OMP_WAIT_POLICY", "passive", 1);
  setenv("OMP_NUM_THREADS", "1", 1);
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  execv("/proc/self/exe", argv);
  // Without /proc the program goes on as it is: slower, not wrong.
}

}  // namespace

int Main(int argc, char** argv) {
  RestartWithQuietThreads(argv);
  TrainConfig config;
  std::string classes = "0-9";
  bool json = false;
  CLI::App app(
      "Trains a network and writes graph.pb (frozen TensorFlow GraphDef), checkpoint.bin and train.json.\n"
      "Example: linnet-train --data mnist --arch dnn --classes 0-4 --out build/dnn-1",
      "linnet-train");
  app.add_option("--data", config.data, "mnist, fashion-mnist, idx:DIR, csv:FILE or png:DIR")->capture_default_str();
  app.add_option("--arch", config.arch, "dnn (784-128-64-10) or cnn (three 5x5 convolutions)")->capture_default_str();
  app.add_option("--classes", classes, "train on these classes only; the network keeps ten outputs")
      ->capture_default_str();
  app.add_option("--out", config.out, "folder for the three files")->required();
  app.add_option("--epochs", config.epochs, "instead of the recipe's (dnn 10, cnn 5)")->check(CLI::Range(1, 10000));
  app.add_option("--seed", config.seed, "the same seed gives the same graph.pb byte for byte")->capture_default_str();
  app.add_option("--init", config.init, "a checkpoint.bin to start from");
  app.add_option("--limit", config.limit, "only the first so many training images, for a quick try")
      ->check(CLI::Range(1, 1 << 30));
  app.add_flag("--json", json, "JSON objects on stdout, one an epoch, the last with the accuracies");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kExitOk : kExitUsage;
  }
  if (auto parsed = ParseClasses(classes, &config.first_class, &config.last_class); !parsed) {
    std::cerr << "linnet-train: " << parsed.error().message << "\n";
    return kExitUsage;
  }
  return Execute(config, json);
}

}  // namespace linnet::train

int main(int argc, char** argv) { return linnet::train::Main(argc, argv); }
