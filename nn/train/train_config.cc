#include "linnet/train/train_config.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "linnet/train/project_file.h"

namespace linnet::train {
namespace {

constexpr Augmentation kLight{6.0f, 0.06f, 1.2f, false, 0};
constexpr Augmentation kFull{10.0f, 0.1f, 2.0f, false, 0};
constexpr Augmentation kGarments{2.0f, 0.05f, 1.5f, true, 0};

struct Preset {
  int dense_epochs;  // where no layer is a convolution: those learn faster than they see
  int epochs;
  int fine_tune_dense_epochs, fine_tune_epochs;
  int batch;
  double learning_rate;
  bool one_cycle;
  double drop_scale;
  bool
      batch_norm;  // of the convolutions of built-in networks: they learn faster and further, and fold it away in the end
  Augmentation augmentation;
};

constexpr Preset kQuick{14, 8, 6, 2, 128, 0.004, true, 0.5, true, kLight};
constexpr Preset kBest{40, 12, 20, 4, 128, 0.004, true, 0.0, true, kFull};
constexpr Preset kPoster{100, 100, 20, 10, 50, 0.001, false, 1.0, false, {}};

Outcome<Preset> FindPreset(const TrainConfig& config) {
  Preset preset = kQuick;
  if (config.preset == "best") preset = kBest;
  if (config.preset == "poster") preset = kPoster;
  if (config.preset != "quick" && config.preset != "best" && config.preset != "poster") {
    return Fail(Status::kInvalidArgument, "preset `" + config.preset + "` is not known; known are quick, best, poster");
  }
  if (config.data == "fashion-mnist" && config.preset != "poster") {
    preset.augmentation = kGarments;
    if (config.preset == "best") preset.epochs = 16;  // they are harder to tell apart than digits
  }
  if (config.augment == "none") preset.augmentation = {};
  if (config.augment == "light") preset.augmentation = kLight;
  if (config.augment == "full") preset.augmentation = kFull;
  if (config.augment != "" && config.augment != "none" && config.augment != "light" && config.augment != "full") {
    return Fail(Status::kInvalidArgument, "augment `" + config.augment + "` is not known; known are none, light, full");
  }
  if (config.batch > 0) preset.batch = config.batch;
  if (config.learning_rate > 0) preset.learning_rate = config.learning_rate;
  return preset;
}

// A network of the project file goes before a built-in one of the same name.
Outcome<Architecture> FindArchitecture(const TrainConfig& config, const Preset& preset, int height, int width) {
  Architecture built_in;
  const bool known = MakeArchitecture(config.arch, height, width, preset.drop_scale, &built_in);
  for (Layer& layer : built_in.layers) {
    if (layer.kind == LayerKind::kConv && preset.batch_norm) layer.batch_norm = true;
  }
  std::erase_if(built_in.layers,
                [](const Layer& layer) { return layer.kind == LayerKind::kDropout && layer.keep == 1; });
  const std::string project = config.project.empty() ? kProjectFile : config.project;
  if (config.project.empty() && !std::filesystem::exists(project)) {
    if (known) return built_in;
    return Fail(Status::kInvalidArgument, "architecture `" + config.arch + "` is not known; known are " +
                                              KnownArchitectures() + ", and those of a project file " + kProjectFile +
                                              " here or by --project");
  }
  auto own = ReadProjectNetwork(project, config.arch, height, width);
  if (!own && own.error().status == Status::kNotFound && known && std::filesystem::exists(project)) return built_in;
  if (!own && own.error().status == Status::kNotFound && std::filesystem::exists(project)) {
    return Fail(Status::kInvalidArgument, own.error().message + "; built in are " + KnownArchitectures());
  }
  return own;
}

bool HasConvolution(const Architecture& architecture) {
  for (const Layer& layer : architecture.layers) {
    if (layer.kind == LayerKind::kConv || layer.kind == LayerKind::kDepthwise) return true;
  }
  return false;
}

// "int8", "int4", or "int4:" with names: the layers' weight_bits. Returns whether any has 4.
Outcome<bool> ChooseWeights(const std::string& weights, Architecture* architecture) {
  constexpr std::string_view kSome = "int4:";
  if (weights == "int8") return false;
  const bool all = weights == "int4";
  if (!all && !weights.starts_with(kSome)) {
    return Fail(
        Status::kInvalidArgument,
        "weights `" + weights + "`: int8, int4 or int4: with names of layers was expected, such as int4:fc1,fc2");
  }
  std::set<std::string> names;
  std::istringstream list(all ? "" : weights.substr(kSome.size()));
  for (std::string name; std::getline(list, name, ',');) names.insert(name);
  std::string known;
  for (Layer& layer : architecture->layers) {
    if (!layer.weighted()) continue;
    if (all || names.erase(layer.name) != 0) layer.weight_bits = 4;
    known += (known.empty() ? "" : ", ") + layer.name;
  }
  if (names.empty() && (all || weights.size() > kSome.size())) return true;
  return Fail(Status::kInvalidArgument, "weights `" + weights + "`: no layer `" +
                                            (names.empty() ? "" : *names.begin()) + "` has weights; there are " +
                                            known);
}

}  // namespace

Outcome<Plan> MakePlan(const TrainConfig& config, int height, int width) {
  if (!(config.prune >= 0 && config.prune < 1)) {
    return Fail(Status::kInvalidArgument, "prune: a share from 0 up to, not including, 1 was expected, such as 0.8");
  }
  LINNET_ASSIGN(const Preset preset, FindPreset(config));
  Plan plan;
  LINNET_ASSIGN(plan.architecture, FindArchitecture(config, preset, height, width));
  LINNET_ASSIGN(const bool int4, ChooseWeights(config.weights, &plan.architecture));
  const bool dense = !HasConvolution(plan.architecture);
  plan.recipe.batch = preset.batch;
  plan.recipe.seed = config.seed;

  Stage stage;
  stage.name = "train";
  stage.epochs = config.epochs > 0 ? config.epochs : dense ? preset.dense_epochs : preset.epochs;
  stage.learning_rate = preset.learning_rate;
  stage.one_cycle = preset.one_cycle;
  stage.augmentation = preset.augmentation;
  const bool rounds = config.qat || int4;
  if (config.init.empty() || (!rounds && config.prune == 0)) plan.recipe.stages.push_back(stage);

  stage.one_cycle = true;
  stage.epochs = dense ? preset.fine_tune_dense_epochs : preset.fine_tune_epochs;
  if (config.fine_tune_epochs > 0) stage.epochs = config.fine_tune_epochs;
  if (config.prune > 0) {
    stage.name = "prune";
    stage.prune = config.prune;
    stage.learning_rate = preset.learning_rate / 2;
    plan.recipe.stages.push_back(stage);
    stage.prune = 0;  // those that are zero stay so
  }
  if (rounds) {
    stage.name = "qat";
    stage.rounded = true;
    stage.learning_rate = preset.learning_rate / 4;
    plan.recipe.stages.push_back(stage);
  }
  return plan;
}

std::string Fingerprint(const TrainConfig& config, const std::string& images, const Plan& plan) {
  nlohmann::ordered_json stages = nlohmann::ordered_json::array();
  for (const Stage& stage : plan.recipe.stages) {
    const Augmentation& a = stage.augmentation;
    stages.push_back({stage.name,
                      stage.epochs,
                      stage.learning_rate,
                      stage.one_cycle,
                      stage.prune,
                      stage.rounded,
                      {a.rotation_degrees, a.scale_fraction, a.shift_pixels, a.mirror, a.erase_pixels}});
  }
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const Layer& layer : plan.architecture.layers) {
    layers.push_back({static_cast<int>(layer.kind), layer.window, layer.outputs, layer.stride, layer.relu,
                      layer.batch_norm, layer.keep, layer.weight_bits});
  }
  return nlohmann::ordered_json{{"data", config.data},
                                {"images", images},
                                {"classes", {config.first_class, config.last_class}},
                                {"limit", config.limit},
                                {"init", config.init},
                                {"seed", plan.recipe.seed},
                                {"batch", plan.recipe.batch},
                                {"weight_decay", plan.recipe.weight_decay},
                                {"layers", layers},
                                {"stages", stages}}
      .dump();
}

Outcome<void> ParseClasses(const std::string& text, int* first, int* last) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool one = text.size() == 1 && digit(text[0]);
  const bool range = text.size() == 3 && digit(text[0]) && text[1] == '-' && digit(text[2]) && text[0] <= text[2];
  if (!one && !range) {
    return Fail(Status::kInvalidArgument, "classes `" + text + "`: a range within 0-9 was expected, such as 0-4");
  }
  *first = text.front() - '0';
  *last = text.back() - '0';
  return {};
}

}  // namespace linnet::train
