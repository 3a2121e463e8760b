#include "model_inputs.h"

#include <fmt/format.h>

#include <algorithm>

#include "compile.h"
#include "demo_images.h"
#include "linnet/data/dataset.h"
#include "linnet/profile/npy.h"

namespace linnet::cli {

namespace fs = std::filesystem;

namespace {

profile::InputKind KindOf(const emit::TensorReport& tensor) {
  return {.type = tensor.type, .elements = tensor.count(), .scale = tensor.scale, .zero_point = tensor.zero_point};
}

Answer<std::vector<profile::Bytes>> FromPixels(std::vector<uint8_t> pixels, const emit::Report& report) {
  profile::NpyArray array;
  array.type = profile::NpyType::kUint8;
  array.shape = {static_cast<int64_t>(pixels.size())};
  array.data = std::move(pixels);
  auto inputs = profile::ConvertInputs(array, KindOf(report.inputs[0]));
  if (!inputs) return std::unexpected(Failure(inputs.error()));
  return *std::move(inputs);
}

Answer<std::vector<profile::Bytes>> FromFile(const std::string& file, const emit::TensorReport& tensor) {
  const auto bytes = ReadWhole(file);
  if (!bytes) return std::unexpected(bytes.error());
  const auto array = profile::ParseNpy(AsBytes(*bytes));
  if (!array) return std::unexpected(Failure(array.error().Within(file)));
  auto rows = profile::ConvertInputs(*array, KindOf(tensor));
  if (!rows) return std::unexpected(Failure(rows.error().Within(file)));
  return *std::move(rows);
}

}  // namespace

Answer<ModelFolder> CompiledModel(const Console& console, const std::string& model, const std::string& weights,
                                  std::optional<emit::Prefer> prefer) {
  std::error_code ignored;
  if (fs::is_directory(model, ignored)) {
    if (prefer || weights != "int8") {
      return std::unexpected(
          Failure(kExitUsage, model + ": is compiled already; --prefer and --weights are for a network's "
                                      "file, or for linnet compile"));
    }
    return ModelFolder{.path = model, .scratch = std::nullopt};
  }
  auto scratch = ScratchFolder::Make();
  if (!scratch) return std::unexpected(scratch.error());
  CompileOptions options;
  options.model = model;
  options.weights = weights;
  options.out = scratch->path() / "model";
  options.name = "unnamed";
  options.try_on_board = false;
  options.prefer = prefer.value_or(options.prefer);
  Console quiet = console;
  quiet.quiet = true;
  if (auto compiled = Compile(quiet, options); !compiled) return std::unexpected(compiled.error());
  return ModelFolder{.path = options.out, .scratch = std::move(*scratch)};
}

Answer<Inputs> NpyInputs(const std::vector<std::string>& files, const emit::Report& report) {
  if (files.size() != report.inputs.size()) {
    return std::unexpected(Failure(kExitUsage, fmt::format("the network has {} inputs; give --input once for each, in "
                                                           "this order: {}",
                                                           report.inputs.size(), [&] {
                                                             std::string names;
                                                             for (const auto& t : report.inputs)
                                                               names += (names.empty() ? "" : ", ") + t.name;
                                                             return names;
                                                           }())));
  }
  Inputs inputs;
  for (size_t t = 0; t < files.size(); ++t) {
    auto rows = FromFile(files[t], report.inputs[t]);
    if (!rows) return std::unexpected(rows.error());
    if (t == 0) {
      inputs.values = *std::move(rows);
      continue;
    }
    if (rows->size() != inputs.values.size()) {
      return Failed(fmt::format("{} holds {} inputs and {} holds {}; they belong together one by one", files[0],
                                inputs.values.size(), files[t], rows->size()));
    }
    for (size_t i = 0; i < rows->size(); ++i)
      inputs.values[i].insert(inputs.values[i].end(), (*rows)[i].begin(), (*rows)[i].end());
  }
  return inputs;
}

Answer<bool> TakesImages(const std::string& data, const emit::Report& report) {
  const auto set = data::Load(data);
  if (!set) return std::unexpected(Failure(set.error()));
  return report.inputs.size() == 1 && set->test.count > 0 && set->test.image(0).size() == report.inputs[0].count();
}

Answer<Inputs> FirstImages(const std::string& data, int count, const emit::Report& report) {
  const auto set = data::Load(data);
  if (!set) return std::unexpected(Failure(set.error()));
  Inputs inputs;
  std::vector<uint8_t> pixels;
  for (int i = 0; i < std::min(count, set->test.count); ++i) {
    const auto image = set->test.image(i);
    pixels.insert(pixels.end(), image.begin(), image.end());
    inputs.labels.push_back(set->test.labels[static_cast<size_t>(i)]);
  }
  auto values = FromPixels(std::move(pixels), report);
  if (!values) return std::unexpected(values.error());
  inputs.values = *std::move(values);
  return inputs;
}

Answer<Inputs> ImagesOfEachClass(const std::string& data, int per_class, const emit::Report& report) {
  const auto records = DemoImages(data, per_class);
  if (!records) return std::unexpected(Failure(records.error()));
  Inputs inputs;
  std::vector<uint8_t> pixels;
  const size_t record = 2 + report.inputs[0].count();
  for (size_t at = 0; at + record <= records->size(); at += record) {
    inputs.labels.push_back((*records)[at + 1]);
    pixels.insert(pixels.end(), records->begin() + static_cast<std::ptrdiff_t>(at + 2),
                  records->begin() + static_cast<std::ptrdiff_t>(at + record));
  }
  auto values = FromPixels(std::move(pixels), report);
  if (!values) return std::unexpected(values.error());
  inputs.values = *std::move(values);
  return inputs;
}

}  // namespace linnet::cli
