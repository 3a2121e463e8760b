#include "network_study.h"

#include <fmt/format.h>

#include <algorithm>

#include "compile_model.h"
#include "linnet/data/dataset.h"
#include "linnet/study/confusion.h"
#include "model_cost.h"
#include "output_file.h"
#include "study_pictures.h"

namespace linnet::cli {
namespace fs = std::filesystem;
namespace {

// Multiply-accumulates that the int8 reference may spend on training images: all 55,000 for networks up to the poster's CNN,
// about half a minute; of larger networks the first so many.
constexpr double kTrainMacs = 3e11;
constexpr int kTrainImagesLeast = 1000;
constexpr size_t kMostWrong = 24;

struct Training {
  Json json;
  std::string data, arch;
  int first_class = 0, last_class = 9;
};

Answer<Training> ReadTraining(const fs::path& folder) {
  const fs::path file = folder / "train.json";
  Training training;
  LINNET_ASSIGN(training.json, ReadJson(file));
  training.data = training.json.value("data", "");
  training.arch = training.json.value("arch", "");
  const std::string classes = training.json.value("classes", "");
  const auto digit = [](char c) { return '0' <= c && c <= '9'; };
  if (training.data.empty() || classes.size() < 1 || !digit(classes.front()) || !digit(classes.back()) ||
      !training.json.contains("train_images"))
    return Failed(file.string() + ": is not what linnet-train writes; train the network again");
  training.first_class = classes.front() - '0';
  training.last_class = classes.back() - '0';
  return training;
}

data::Images FirstOf(data::Images images, int count) {
  if (count >= images.count) return images;
  images.pixels.resize(static_cast<size_t>(count) * static_cast<size_t>(images.image_bytes()));
  images.labels.resize(static_cast<size_t>(count));
  images.count = count;
  return images;
}

int64_t NumbersOf(const graph::Graph& graph) {
  int64_t numbers = 0;
  for (const graph::Node& node : graph.nodes) {
    const bool weighted = node.op == graph::OpKind::kConv2D || node.op == graph::OpKind::kDepthwiseConv2D ||
                          node.op == graph::OpKind::kFullyConnected;
    for (size_t i = 1; weighted && i < node.inputs.size(); ++i) {
      if (node.inputs[i] != graph::kNoTensor) numbers += graph::ElementCount(graph.tensor(node.inputs[i]).shape);
    }
  }
  return numbers;
}

void AddSizes(const profile::BoardCost& cost, const std::string& behind, Json& json) {
  json["flash_bytes" + behind] = cost.flash_code_bytes + cost.flash_weights_bytes;
  json["flash_code_bytes" + behind] = cost.flash_code_bytes;
  json["flash_weights_bytes" + behind] = cost.flash_weights_bytes;
  json["sram_bytes" + behind] = cost.arena_bytes + cost.stack_bytes_bound;
  json["arena_bytes" + behind] = cost.arena_bytes;
  json["stack_bytes_bound" + behind] = cost.stack_bytes_bound;
  json["stack_bytes" + behind] = cost.stack_bytes_max;
}

void AddCost(const profile::BoardCost& cost, const std::string& behind, Json& json) {
  AddSizes(cost, behind, json);
  json["instructions" + behind] = cost.instructions_max;
  json["cycles_estimated" + behind] = cost.cycles_estimated_max;
  json["energy_estimated_uj" + behind] = EnergyMicrojoules(cost.cycles_estimated_max);
}

// Accuracy on training and validation images, of the classes trained.
Answer<Json> LearnedImages(const data::Dataset& set, const Training& training, const Compiled& compiled) {
  const data::Images validation = data::KeepClasses(set.validation, training.first_class, training.last_class);
  const int trained = training.json["train_images"].get<int>();
  const double macs = static_cast<double>(std::max<int64_t>(1, compiled.report.macs));
  const int afford = std::max(kTrainImagesLeast, static_cast<int>(std::min(kTrainMacs / macs, 1e9)));
  const data::Images train =
      FirstOf(data::KeepClasses(set.train, training.first_class, training.last_class), std::min(trained, afford));
  LINNET_ASSIGN(const auto on_train, Predict(compiled.network.graph, train));
  LINNET_ASSIGN(const auto on_validation, Predict(compiled.network.graph, validation));
  return Json{{"train_accuracy_int8", ShareRight(on_train, train)},
              {"train_images_int8", train.count},
              {"validation_accuracy_int8", ShareRight(on_validation, validation)}};
}

// Test images that are answered with another class, the surest first.
std::vector<size_t> MostWrong(const std::vector<Prediction>& predictions, const data::Images& test,
                              const Training& training) {
  std::vector<size_t> wrong;
  for (size_t i = 0; i < predictions.size(); ++i) {
    const int label = test.labels[i];
    const bool trained = training.first_class <= label && label <= training.last_class;
    if (trained && predictions[i].answer != label) wrong.push_back(i);
  }
  std::ranges::stable_sort(wrong, [&](size_t a, size_t b) {
    const Prediction &x = predictions[a], &y = predictions[b];
    // An int8 softmax knows 256 steps: of those equally sure, the one that gives the truth less.
    return x.confidence != y.confidence ? x.confidence > y.confidence : x.truth_score < y.truth_score;
  });
  wrong.resize(std::min(wrong.size(), kMostWrong));
  return wrong;
}

struct Tested {
  study::ConfusionMatrix confusion{10};  // of the classes trained
  std::vector<size_t> most_wrong;
  Json json;
};

Tested TestImages(const data::Dataset& set, const Training& training, const Compiled& compiled) {
  const std::vector<Prediction>& predictions = compiled.network.test_predictions;
  Tested tested;
  tested.confusion = study::ConfusionMatrix(std::max(10, set.class_count));
  for (size_t i = 0; i < predictions.size(); ++i) {
    const int label = set.test.labels[i];
    if (training.first_class <= label && label <= training.last_class)
      tested.confusion.Add(label, std::clamp(predictions[i].answer, 0, tested.confusion.classes() - 1));
  }
  tested.most_wrong = MostWrong(predictions, set.test, training);
  tested.json = {
      {"test_accuracy_int8",
       tested.confusion.total() == 0 ? 0.0 : static_cast<double>(tested.confusion.right()) / tested.confusion.total()},
      {"test_accuracy_int8_all", ShareRight(predictions, set.test)}};
  Json rows = Json::array();
  for (int truth = 0; truth < tested.confusion.classes(); ++truth) {
    Json row = Json::array();
    for (int answer = 0; answer < tested.confusion.classes(); ++answer)
      row.push_back(tested.confusion.count(truth, answer));
    rows.push_back(std::move(row));
  }
  tested.json["confusion"] = std::move(rows);
  Json wrong = Json::array();
  for (const size_t i : tested.most_wrong) {
    wrong.push_back({{"image", i},
                     {"truth", set.test.labels[i]},
                     {"answer", predictions[i].answer},
                     {"confidence", predictions[i].confidence}});
  }
  tested.json["most_wrong"] = std::move(wrong);
  return tested;
}

// Flash and SRAM of the network before quantisation. Random inputs: what floats hold changes neither.
Answer<profile::BoardCost> FloatCost(const Console& console, const std::string& graph) {
  auto scratch = ScratchFolder::Make();
  if (!scratch) return std::unexpected(scratch.error());
  CompileOptions options;
  options.model = graph;
  options.out = scratch->path() / "model";
  options.keep_float = true;
  options.vectors = 1;
  options.try_on_board = true;
  Console quiet = console;
  quiet.quiet = true;
  LINNET_ASSIGN(const Compiled compiled, CompileModel(quiet, options));
  if (!compiled.cost) return Failed(graph + ": the board gave no figures of the float network");
  return *compiled.cost;
}

void CopyKeys(const Json& from, std::initializer_list<const char*> keys, Json& to) {
  for (const char* key : keys) {
    if (from.contains(key)) to[key] = from[key];
  }
}

// As people read it: dump(2) would give the confusion matrix a hundred lines.
std::string OneKeyALine(const Json& json) {
  std::string text = "{";
  for (const auto& [key, value] : json.items())
    text += fmt::format("{}\n  {}: {}", text.size() > 1 ? "," : "", Json(key).dump(), value.dump());
  return text + "\n}\n";
}

std::string NameOf(const StudyOptions& options) {
  if (!options.name.empty()) return options.name;
  const fs::path path = fs::absolute(options.folder).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename();
}

CompileOptions CompileOptionsFor(const StudyOptions& options, const Training& training) {
  CompileOptions compile;
  compile.model = options.folder / "graph.pb";
  compile.out = options.folder / "model";
  compile.name = NameOf(options).substr(0, 31);
  compile.data = training.data;
  return compile;
}

}  // namespace

Answer<Json> ReadJson(const fs::path& file) {
  const auto text = ReadWhole(file);
  if (!text) return std::unexpected(text.error());
  Json json = Json::parse(*text, nullptr, false);
  if (!json.is_object()) return Failed(file.string() + ": is no JSON object");
  return json;
}

std::optional<Json> FinishedStudy(const fs::path& folder, const Json& options) {
  const auto study = ReadJson(folder / kStudyFile);
  if (!study || study->value("options", Json()) != options || !fs::exists(folder / "model" / "model.cc"))
    return std::nullopt;
  return *study;
}

Answer<Json> StudyNetwork(const Console& console, const StudyOptions& options) {
  std::error_code ignored;
  fs::remove(options.folder / kStudyFile, ignored);
  LINNET_ASSIGN(const Training training, ReadTraining(options.folder));
  LINNET_ASSIGN(const data::Dataset set, data::Load(training.data));
  const CompileOptions compile = CompileOptionsFor(options, training);
  LINNET_ASSIGN(const Compiled compiled, CompileModel(console, compile));
  if (!compiled.cost || compiled.network.test_predictions.empty())
    return Failed(compile.model + ": has no int8 network whose accuracy and size could be told");

  Json json = {{"name", NameOf(options)}};
  CopyKeys(training.json, {"arch", "classes", "data", "preset", "seed", "weights", "qat", "prune"}, json);
  json["train_accuracy_float"] = training.json.value("train_accuracy", Json());
  json["validation_accuracy_float"] = training.json.value("validation_accuracy", Json());
  CopyKeys(training.json, {"test_accuracy_float", "test_accuracy_float_all"}, json);
  LINNET_ASSIGN(const Json learned, LearnedImages(set, training, compiled));
  json.update(learned);
  Tested tested = TestImages(set, training, compiled);
  json.update(tested.json);
  json["macs"] = compiled.report.macs;
  json["parameters"] = NumbersOf(compiled.network.graph);
  AddCost(*compiled.cost, "", json);
  if (options.float_too) {
    LINNET_ASSIGN(const profile::BoardCost cost, FloatCost(console, compile.model));
    AddCost(cost, "_float", json);
  }
  json["model"] = compile.out;
  if (!options.options.is_null()) json["options"] = options.options;
  if (options.pictures) {
    std::vector<Wrong> wrong;
    for (const size_t i : tested.most_wrong)
      wrong.push_back({set.test.image(static_cast<int>(i)), set.test.labels[i],
                       compiled.network.test_predictions[i].answer, compiled.network.test_predictions[i].confidence});
    const Pictures pictures{NameOf(options), training.json,  &tested.confusion, wrong,
                            set.test.height, set.test.width, set.test.channels};
    LINNET_ASSIGN(json["pictures"], WritePictures(options.folder, pictures));
  }
  if (auto written = WriteWhole(options.folder / kStudyFile, OneKeyALine(json)); !written)
    return std::unexpected(written.error());
  return json;
}

}  // namespace linnet::cli
