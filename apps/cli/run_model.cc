// run, prove: a compiled model's answers, and whether host and board give the same.
#include <fmt/format.h>

#include <cmath>

#include "demo_images.h"
#include "linnet/crypto/sha256.h"
#include "linnet/data/dataset.h"
#include "linnet/emit/emit.h"
#include "linnet/package/describe.h"
#include "linnet/profile/npy.h"
#include "linnet/profile/profile.h"
#include "model.h"
#include "model_cost.h"
#include "output_file.h"

namespace linnet::cli {
namespace {

using profile::Bytes;

// Pixels are x / 255, as in training.
Answer<std::vector<Bytes>> QuantizedPixels(const std::vector<uint8_t>& pixels, const emit::Report& report) {
  profile::NpyArray array;
  array.type = profile::NpyType::kUint8;
  array.shape = {static_cast<int64_t>(pixels.size())};
  array.data = pixels;
  auto inputs =
      profile::QuantizeInputs(array, report.input_bytes(), report.inputs[0].scale, report.inputs[0].zero_point);
  if (!inputs) return std::unexpected(Failure(inputs.error()));
  return *std::move(inputs);
}

int8_t Signed(uint8_t byte) { return static_cast<int8_t>(byte); }

size_t ArgMax(const Bytes& output) {
  size_t best = 0;
  for (size_t i = 1; i < output.size(); ++i) {
    if (Signed(output[i]) > Signed(output[best])) best = i;
  }
  return best;
}

struct Inputs {
  std::vector<Bytes> values;
  std::vector<int> labels;  // empty where unknown
};

Answer<Inputs> InputsOf(const RunOptions& options, const emit::Report& report) {
  Inputs inputs;
  if (!options.input.empty()) {
    const auto file = ReadWhole(options.input);
    if (!file) return std::unexpected(file.error());
    const auto array = profile::ParseNpy(AsBytes(*file));
    if (!array) return std::unexpected(Failure(array.error().Within(options.input)));
    auto values =
        profile::QuantizeInputs(*array, report.input_bytes(), report.inputs[0].scale, report.inputs[0].zero_point);
    if (!values) return std::unexpected(Failure(values.error().Within(options.input)));
    inputs.values = *std::move(values);
    return inputs;
  }
  const auto set = data::Load(options.data.empty() ? "mnist" : options.data);
  if (!set) return std::unexpected(Failure(set.error()));
  std::vector<uint8_t> pixels;
  for (int i = 0; i < std::min(options.images, set->test.count); ++i) {
    const auto image = set->test.image(i);
    pixels.insert(pixels.end(), image.begin(), image.end());
    inputs.labels.push_back(set->test.labels[static_cast<size_t>(i)]);
  }
  auto values = QuantizedPixels(pixels, report);
  if (!values) return std::unexpected(values.error());
  inputs.values = *std::move(values);
  return inputs;
}

}  // namespace

Done Run(const Console& console, const RunOptions& options) {
  const auto report = emit::ReadReport(options.model);
  if (!report) return std::unexpected(Failure(report.error()));
  const auto inputs = InputsOf(options, *report);
  if (!inputs) return std::unexpected(inputs.error());
  const auto ran = options.board ? profile::RunOnBoard(options.model, inputs->values)
                                 : profile::RunOnHost(options.model, inputs->values);
  if (!ran) return std::unexpected(Failure(ran.error()));
  for (size_t i = 0; i < ran->outputs.size(); ++i) {
    const Bytes& output = ran->outputs[i];
    const size_t answer = ArgMax(output);
    Json values = Json::array();
    for (uint8_t byte : output) {
      values.push_back(static_cast<double>(report->outputs[0].scale) * (Signed(byte) - report->outputs[0].zero_point));
    }
    Json line = {{"index", i}, {"answer", answer}, {"output", values}};
    std::string text = fmt::format("{:5}: {}  {:.4f}", i, answer, values[answer].get<double>());
    if (!inputs->labels.empty()) {
      line["label"] = inputs->labels[i];
      text += fmt::format("  (label {})", inputs->labels[i]);
    }
    console.Result(line, text);
  }
  return {};
}

Done Prove(const Console& console, const ProveOptions& options) {
  const auto report = emit::ReadReport(options.model);
  if (!report) return std::unexpected(Failure(report.error()));
  std::vector<Bytes> inputs;
  if (options.images_per_class > 0) {
    const auto records = DemoImages(options.data, options.images_per_class);
    if (!records) return std::unexpected(Failure(records.error()));
    std::vector<uint8_t> pixels;
    const size_t record = 2 + report->input_bytes();
    for (size_t at = 0; at + record <= records->size(); at += record) {
      pixels.insert(pixels.end(), records->begin() + static_cast<std::ptrdiff_t>(at + 2),
                    records->begin() + static_cast<std::ptrdiff_t>(at + record));
    }
    auto images = QuantizedPixels(pixels, *report);
    if (!images) return std::unexpected(images.error());
    inputs = *std::move(images);
  }
  const size_t images = inputs.size();
  for (Bytes& input :
       profile::RandomInputs(report->input_bytes(), static_cast<size_t>(options.random_inputs), options.seed)) {
    inputs.push_back(std::move(input));
  }
  const auto compared = profile::Prove(options.model, inputs);
  if (!compared) return std::unexpected(Failure(compared.error()));
  const bool equal = compared->equal == compared->inputs;
  Json result = {{"model", options.model},           {"identity", package::ToHex(report->identity)},
                 {"inputs", compared->inputs},       {"images", images},
                 {"random", inputs.size() - images}, {"seed", options.seed},
                 {"equal", compared->equal},         {"bit_equal", equal}};
  if (compared->first_difference) result["first_difference"] = *compared->first_difference;
  result.update(CostJson(compared->cost));
  console.Result(
      result,
      fmt::format("{} of {} answers ({} images, {} random inputs, seed {}) are the same bits on host and board\n{}",
                  compared->equal, compared->inputs, images, inputs.size() - images, options.seed,
                  CostText(compared->cost)));
  if (equal) return {};
  return Failed(fmt::format("host and board differ, first at input {}", compared->first_difference.value_or(0)));
}

}  // namespace linnet::cli
