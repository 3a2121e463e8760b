#include "compile_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "compile_accuracy.h"
#include "compile_data.h"
#include "compile_vectors.h"
#include "linnet/import/import.h"

namespace linnet::cli {
namespace {

// A network that others quantised, in whole or in part.
bool IsQuantized(const graph::Graph& graph) {
  return std::ranges::any_of(
      graph.nodes, [&](const graph::Node& node) { return graph.tensor(node.outputs[0]).type == graph::DType::kInt8; });
}

std::unexpected<Failure> Misused(std::string message) {
  return std::unexpected(Failure(kExitUsage, std::move(message)));
}

// "1,28,28,1"
Answer<graph::Shape> ParseShape(const std::string& text) {
  graph::Shape shape;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    const std::string part = text.substr(at, end - at);
    const bool digits = !part.empty() && part.size() <= 7 && part.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || std::stoll(part) < 1)
      return Misused("--input-shape '" + text + "': expects extents of 1 or more, such as 1,28,28,1");
    shape.push_back(std::stoll(part));
    at = end + 1;
  }
  return shape;
}

Answer<graph::Graph> Imported(const CompileOptions& options) {
  import::ImportOptions wanted;
  wanted.outputs = options.outputs;
  if (!options.input_shape.empty()) {
    auto shape = ParseShape(options.input_shape);
    if (!shape) return std::unexpected(shape.error());
    wanted.input_shapes[""] = *std::move(shape);
  }
  auto graph = import::ImportFile(options.model, wanted);
  if (!graph) return std::unexpected(Failure(graph.error()));
  return *std::move(graph);
}

passes::PassOptions PassesFor(const CompileOptions& options, bool quantized) {
  passes::PassOptions passes{.off = options.without};
  // An int8 network's own answer is the one that others compare with; of a float one the scores say more.
  const bool index = options.answer == AnswerKind::kIndex || (options.answer == AnswerKind::kAsUsual && quantized);
  if (index) passes.off.emplace_back("drop-argmax");
  if (options.int8_io) passes.on.emplace_back("int8-ends");
  return passes;
}

Answer<quantize::Options> QuantizeOptions(const CompileOptions& options) {
  quantize::Options wanted;
  const auto range = quantize::ParseRangeChoice(options.range);
  if (!range) return Misused("--range: " + range.error().message);
  wanted.range = *range;
  const auto weights = quantize::ParseWeightChoice(options.weights);
  if (!weights) return Misused("--weights: " + weights.error().message);
  wanted.weights = *weights;
  if (options.rounding == "double") wanted.arithmetic = graph::Arithmetic::kTflite;
  return wanted;
}

Outcome<void> MeasureAccuracy(const Console& console, const CompileOptions& options, const graph::Graph& imported,
                              const CompileData& data, CompiledNetwork& network) {
  if (!data.set) return {};
  const data::Images& images = data.set->test;
  console.Say(fmt::format("{}: {} layers; measuring accuracy on {} images", options.model, network.graph.nodes.size(),
                          images.count));
  if (!IsQuantized(imported)) {
    LINNET_ASSIGN(const auto predictions, Predict(imported, images));
    network.options.accuracy_float = ShareRight(predictions, images);
  }
  if (IsQuantized(network.graph)) {
    LINNET_ASSIGN(network.test_predictions, Predict(network.graph, images));
    network.options.accuracy_int8 = ShareRight(network.test_predictions, images);
  }
  network.options.accuracy_data = fmt::format("{} test, {} images", data.name, images.count);
  return {};
}

// Where the ranges of the values come from, in words.
std::string RangesText(const quantize::RangeSources& sources, const quantize::Options& how, const std::string& inputs) {
  const std::string calibrated = fmt::format("{} of {}", quantize::ToText(how.range), inputs);
  if (sources.learned == 0) return calibrated;
  if (sources.calibrated == 0) return "learned in training";
  return fmt::format("{} learned in training, {} {}", sources.learned, sources.calibrated, calibrated);
}

Outcome<void> QuantizeHere(const Console& console, const CompileOptions& options, const quantize::Options& how,
                           const CompileData& data, CompiledNetwork& network) {
  const quantize::RangeSources sources = quantize::CountRanges(network.graph);
  CalibrationInputs calibration;
  if (!data.empty() || sources.calibrated > 0) {
    LINNET_ASSIGN(calibration, MakeCalibration(data, network.graph, options.calibration_inputs, options.seed));
  }
  if (data.empty() && sources.calibrated > 0) {
    console.Say(
        fmt::format("{}: no --calibrate: the ranges come from {}; real inputs may reach further or less far, "
                    "which costs accuracy",
                    options.model, calibration.source));
  }
  LINNET_ASSIGN(auto quantized, quantize::Quantize(network.graph, calibration.inputs, how));
  network.float_graph = std::exchange(network.graph, std::move(quantized.graph));
  network.errors = std::move(quantized.errors);
  network.ranges = RangesText(sources, how, calibration.source);
  return {};
}

// What a float network makes of quantisation-aware training.
void SayWhatFloatLeavesOut(const Console& console, const CompileOptions& options, const graph::Graph& graph) {
  const auto learned = [](const graph::Tensor& tensor) { return !tensor.learned.empty() && !tensor.constant; };
  const auto count = std::ranges::count_if(graph.tensors, learned);
  if (count == 0) return;
  console.Say(
      fmt::format("{}: --float leaves {} learned ranges of values out; weights stay on the steps that training learned",
                  options.model, count));
}

// ", 4-bit weights in 2 of 3 layers" where there are any.
std::string Int4Text(const std::vector<quantize::LayerError>& layers) {
  const auto weighted = std::ranges::count_if(layers, [](const auto& layer) { return layer.weight_bits > 0; });
  const auto int4 = std::ranges::count_if(layers, [](const auto& layer) { return layer.weight_bits == 4; });
  return int4 == 0 ? "" : fmt::format(", 4-bit weights in {} of {} layers", int4, weighted);
}

// What the options ask for must fit what the file holds.
Answer<void> CheckAgainst(const CompileOptions& options, bool quantized) {
  const bool int4 = options.weights != "int8";
  if (int4 && options.keep_float) return Misused("--weights " + options.weights + " and --float exclude each other");
  if (!quantized) return {};
  if (int4)
    return Misused(options.model + ": holds an int8 network, whose weights its file fixes; leave --weights out");
  if (options.keep_float)
    return Misused(options.model + ": holds an int8 network; --float is for files with float weights");
  if (!options.rounding.empty())
    return Misused(options.model + ": holds an int8 network, whose arithmetic its file fixes; leave --rounding out");
  return {};
}

}  // namespace

Answer<CompiledNetwork> CompileNetwork(const Console& console, const CompileOptions& options) {
  const auto how = QuantizeOptions(options);
  if (!how) return std::unexpected(how.error());
  const auto imported = Imported(options);
  if (!imported) return std::unexpected(imported.error());
  CompiledNetwork network;
  network.graph = *imported;
  const bool came_quantized = IsQuantized(*imported);
  if (auto fits = CheckAgainst(options, came_quantized); !fits) return std::unexpected(fits.error());
  auto passed = passes::RunPasses(network.graph, PassesFor(options, came_quantized));
  if (!passed) return std::unexpected(Failure(passed.error().Within(options.model)));
  network.passes = *std::move(passed);
  const auto data = LoadCompileData(options.data, network.graph);
  if (!data) return std::unexpected(data.error());

  if (options.keep_float) {
    network.ranges = "none, float";
    SayWhatFloatLeavesOut(console, options, network.graph);
  } else if (IsQuantized(network.graph)) {
    network.ranges = "the file's own";
  } else if (auto ok = QuantizeHere(console, options, *how, *data, network); !ok) {
    return std::unexpected(Failure(ok.error().Within(options.model)));
  }
  const bool tflite = network.graph.arithmetic == graph::Arithmetic::kTflite;
  network.numbers = options.keep_float ? "float32" : tflite ? "int8, double rounding" : "int8, single rounding";
  network.numbers += Int4Text(network.errors);
  if (auto ok = MeasureAccuracy(console, options, *imported, *data, network); !ok)
    return std::unexpected(Failure(ok.error().Within(options.model)));
  const int count = options.vectors > 0 ? options.vectors : DefaultVectorCount(network.graph);
  auto vectors = MakeVectors(network.graph, *data, count, options.seed);
  if (!vectors) return std::unexpected(Failure(vectors.error().Within(options.model)));
  network.vectors = *std::move(vectors);
  return network;
}

}  // namespace linnet::cli
