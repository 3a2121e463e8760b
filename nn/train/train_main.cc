// linnet-train: data -> network. A program of its own because LibTorch comes with 287 shared objects.
#include <malloc.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "linnet/train/train_config.h"
#include "progress_view.h"
#include "training_run.h"

namespace linnet::train {
namespace {

using Json = nlohmann::ordered_json;

enum ExitCode { kExitOk = 0, kExitFailed = 1, kExitUsage = 2 };

void PrintForPeople(const Json& report) {
  const std::string classes = report["classes"];
  std::printf("%s on %s, %d epochs, kept the last stage's %d. (validation %.2f %%), %.1f s\n",
              report["arch"].get<std::string>().c_str(), report["data"].get<std::string>().c_str(),
              report["epochs"].get<int>(), report["best_epoch"].get<int>(),
              100 * report["validation_accuracy"].get<double>(), report["seconds"].get<double>());
  if (report["prune"].get<double>() > 0) {
    std::printf("%zu of %zu weights are zero\n", report["zero_weights"].get<size_t>(),
                report["weight_count"].get<size_t>());
  }
  std::printf("test accuracy, float: classes %s %.2f %%, all classes %.2f %%\n", classes.c_str(),
              100 * report["test_accuracy_float"].get<double>(), 100 * report["test_accuracy_float_all"].get<double>());
  const std::string graph = report["graph"];
  std::printf("wrote %s\nnext: linnet compile %s --calibrate %s --out DIR\n", graph.c_str(), graph.c_str(),
              report["data"].get<std::string>().c_str());
}

int Complain(const Error& error) {
  std::cerr << "linnet-train: " << error.message << "\n";
  return error.status == Status::kInvalidArgument ? kExitUsage : kExitFailed;
}

int PrintPlan(const TrainConfig& config) {
  const auto plan = DescribePlan(config);
  if (!plan) return Complain(plan.error());
  std::cout << *plan << std::endl;
  return kExitOk;
}

int Execute(const TrainConfig& config, bool resume, bool json) {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  ProgressView view(terminal && !json ? ProgressView::Style::kBar : ProgressView::Style::kJsonLines,
                    json ? std::cout : std::cerr);
  const auto report = RunTraining(config, resume, view.callbacks());
  if (!report) return Complain(report.error());
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

// Each step asks for the same few megabytes again: freed memory stays with the program. Given back and asked for anew, its pages
// took an eighth of the CPU time.
void KeepFreedMemory() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
}

void AddOptions(CLI::App& app, TrainConfig& config) {
  app.add_option("--data", config.data, "mnist, fashion-mnist, idx:DIR, csv:FILE or png:DIR")->capture_default_str();
  app.add_option("--arch", config.arch,
                 "dnn (784-128-64-10), cnn (three 5x5 convolutions), ds-cnn, tiny-cnn, or a network of "
                 "the project file")
      ->capture_default_str();
  app.add_option("--project", config.project,
                 "project file with [network.NAME] tables; default: linnet.toml, where there is one")
      ->check(CLI::ExistingFile);
  app.add_option("--preset", config.preset, "quick, best (longer, more distortion) or poster (100 epochs, batch 50)")
      ->capture_default_str();
  app.add_option("--out", config.out, "folder for graph.pb, graph.onnx, checkpoint.bin, train.json and checkpoints/")
      ->required();
  app.add_flag("--qat", config.qat, "a last stage that learns under the compiler's int8 rounding");
  app.add_option("--weights", config.weights,
                 "int8, int4 (half the flash; with a last stage as --qat), or int4:LAYER,LAYER by name")
      ->capture_default_str();
  app.add_option("--prune", config.prune, "a stage that brings this share of the weights to zero, such as 0.8")
      ->check(CLI::Range(0.0, 0.99));
  app.add_option("--epochs", config.epochs, "of the first stage, instead of the preset's")->check(CLI::Range(1, 10000));
  app.add_option("--fine-tune-epochs", config.fine_tune_epochs,
                 "of the stages that prune and round, instead of the preset's")
      ->check(CLI::Range(1, 10000));
  app.add_option("--batch", config.batch, "instead of the preset's")->check(CLI::Range(1, 65536));
  app.add_option("--learning-rate", config.learning_rate, "instead of the preset's")->check(CLI::Range(1e-7, 10.0));
  app.add_option("--augment", config.augment, "none, light or full, instead of the preset's");
  app.add_option("--seed", config.seed, "the same seed gives the same graph.pb byte for byte")->capture_default_str();
  app.add_option("--init", config.init, "a checkpoint.bin to start from");
  app.add_option("--limit", config.limit, "only the first so many training images, for a quick try")
      ->check(CLI::Range(1, 1 << 30));
}

}  // namespace

int Main(int argc, char** argv) {
  RestartWithQuietThreads(argv);
  KeepFreedMemory();
  TrainConfig config;
  std::string classes = "0-9";
  bool json = false, resume = false, dry_run = false;
  CLI::App app(
      "Trains a network and writes graph.pb (frozen TensorFlow GraphDef), graph.onnx, checkpoint.bin and train.json.\n"
      "Example: linnet-train --data mnist --arch dnn --classes 0-4 --out build/dnn-1",
      "linnet-train");
  AddOptions(app, config);
  app.add_option("--classes", classes, "train on these classes only; the network keeps ten outputs")
      ->capture_default_str();
  app.add_flag("--resume", resume, "go on with the run in --out where it was stopped: same options, same bits");
  app.add_flag("--dry-run", dry_run, "print the plan (layers, stages, rates) as one JSON object, and train nothing");
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
  if (dry_run) return PrintPlan(config);
  return Execute(config, resume, json);
}

}  // namespace linnet::train

int main(int argc, char** argv) { return linnet::train::Main(argc, argv); }
