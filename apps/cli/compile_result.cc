#include "compile_result.h"

#include <fmt/format.h>

#include "linnet/graph/build.h"
#include "linnet/package/describe.h"

namespace linnet::cli {
namespace {

// What share of a layer's weights is zero.
std::string ZerosText(const emit::LayerReport& layer) {
  if (layer.weights == 0) return "-";
  return Percent(static_cast<double>(layer.zero_weights) / static_cast<double>(layer.weights));
}

std::string WeightBits(const emit::LayerReport& layer) {
  return layer.weight_bits == 0 ? "-" : std::to_string(layer.weight_bits);
}

std::string LayerTable(const emit::Report& report) {
  std::vector<std::vector<std::string>> rows;
  for (const emit::LayerReport& layer : report.layers) {
    rows.push_back({layer.name, emit::OperatorText(layer), graph::ToString(layer.input_shape),
                    graph::ToString(layer.output_shape), Grouped(static_cast<uint64_t>(layer.macs)), ZerosText(layer),
                    Grouped(layer.weight_bytes), WeightBits(layer), Grouped(layer.arena_bytes)});
  }
  return Table({"layer", "op", "input", "output", "MACs", "zeros", "weights B", "bits", "arena B"}, rows);
}

std::string PassTable(const std::vector<passes::PassReport>& passes) {
  std::vector<std::vector<std::string>> rows;
  for (const passes::PassReport& pass : passes) {
    rows.push_back({std::string(pass.name), std::to_string(pass.changes), fmt::format("{:.3f}", pass.seconds * 1000),
                    std::string(pass.what)});
  }
  return Table({"pass", "changes", "ms", "what it does"}, rows);
}

Json LayersJson(const emit::Report& report) {
  Json layers = Json::array();
  for (const emit::LayerReport& layer : report.layers) {
    layers.push_back({{"name", layer.name},
                      {"op", layer.op},
                      {"input_shape", layer.input_shape},
                      {"output_shape", layer.output_shape},
                      {"macs", layer.macs},
                      {"weight_bytes", layer.weight_bytes},
                      {"weights", layer.weights},
                      {"zero_weights", layer.zero_weights},
                      {"storage", layer.storage},
                      {"weight_bits", layer.weight_bits},
                      {"arena_bytes", layer.arena_bytes}});
  }
  return layers;
}

std::string_view Name(quantize::RangeSource source) {
  switch (source) {
    case quantize::RangeSource::kCalibration: return "calibrated";
    case quantize::RangeSource::kLearned: return "learned";
    case quantize::RangeSource::kOperator: return "operator";
  }
  return "";
}

Json ErrorsJson(const std::vector<quantize::LayerError>& errors) {
  Json layers = Json::array();
  for (const quantize::LayerError& e : errors) {
    Json layer = {{"name", e.name},
                  {"op", e.op},
                  {"in_float", e.in_float},
                  {"range", {e.range_min, e.range_max}},
                  {"scale", e.scale},
                  {"zero_point", e.zero_point},
                  {"range_from", Name(e.range_source)}};
    if (e.weight_bits != 0) layer.update({{"weight_bits", e.weight_bits}, {"weights_learned", e.learned_weights}});
    if (e.measured) {
      layer.update({{"rms_error", e.rms_error},
                    {"max_error", e.max_error},
                    {"clipped", e.clipped},
                    {"signal_to_noise_db", e.signal_to_noise_db}});
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

Json PassesJson(const std::vector<passes::PassReport>& passes) {
  Json list = Json::array();
  for (const passes::PassReport& pass : passes)
    list.push_back({{"name", pass.name}, {"changes", pass.changes}, {"seconds", pass.seconds}});
  return list;
}

// Sizes: as the linker and the board found them where they were asked, else as the compiler knows them.
std::string AddSizes(const emit::Report& report, const std::optional<profile::BoardCost>& cost, Json& json) {
  if (!cost) {
    json.update({{"flash_weights_bytes", report.flash_weights_bytes}, {"arena_bytes", report.arena_bytes}});
    return fmt::format("{} multiply-accumulates, weights {}, arena {}\n", Grouped(static_cast<uint64_t>(report.macs)),
                       Kilobytes(report.flash_weights_bytes), Kilobytes(report.arena_bytes));
  }
  const uint32_t flash_bytes = cost->flash_code_bytes + cost->flash_weights_bytes;
  const uint32_t ram_bytes = cost->arena_bytes + cost->stack_bytes_max;
  json.update({{"flash_bytes", flash_bytes},
               {"flash_code_bytes", cost->flash_code_bytes},
               {"flash_weights_bytes", cost->flash_weights_bytes},
               {"ram_bytes", ram_bytes},
               {"arena_bytes", cost->arena_bytes},
               {"stack_bytes", cost->stack_bytes_max},
               {"stack_bytes_bound", cost->stack_bytes_bound},
               {"instructions", cost->instructions_max},
               {"cycles_estimated", cost->cycles_estimated_max}});
  return fmt::format("flash {} ({} code, {} weights), RAM {} ({} arena, {} stack), {} instructions an inference\n",
                     Kilobytes(flash_bytes), Kilobytes(cost->flash_code_bytes), Kilobytes(cost->flash_weights_bytes),
                     Kilobytes(ram_bytes), Kilobytes(cost->arena_bytes), Kilobytes(cost->stack_bytes_max),
                     Grouped(cost->instructions_max));
}

std::string AddAccuracy(const emit::Report& report, Json& json) {
  if (report.accuracy_data.empty()) return "";
  std::string text;
  const auto add = [&](const char* key, const char* name, const std::optional<double>& share) {
    if (!share) return;
    json[key] = *share;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, Percent(*share));
  };
  add("accuracy_float", "float", report.accuracy_float);
  add("accuracy_int8", "int8", report.accuracy_int8);
  json["accuracy_data"] = report.accuracy_data;
  return fmt::format("accuracy on {}: {}\n", report.accuracy_data, text);
}

}  // namespace

void ShowCompiled(const Console& console, const CompileOptions& options, const CompiledNetwork& network,
                  const emit::Report& report, const std::optional<profile::BoardCost>& cost) {
  if (options.passes) console.Say(PassTable(network.passes));
  console.Say(LayerTable(report));
  console.Say(emit::TimelineText(report));
  if (!network.errors.empty()) console.Say(quantize::ToText(network.errors));
  Json json = {{"out", options.out},         {"name", report.name},      {"identity", package::ToHex(report.identity)},
               {"numbers", network.numbers}, {"ranges", network.ranges}, {"macs", report.macs}};
  std::string text = fmt::format("{}: {} in {}\n{}; ranges: {}\n", report.name, options.model, options.out,
                                 network.numbers, network.ranges);
  text += AddSizes(report, cost, json);
  text += AddAccuracy(report, json);
  const size_t vectors = network.vectors.inputs.size();
  json["golden_vectors"] = vectors;
  text += fmt::format("{} golden vector{}{}\n", vectors, vectors == 1 ? "" : "s",
                      cost ? ", answered bit for bit by the emulated board" : "");
  json["layers"] = LayersJson(report);
  json["quantization"] = ErrorsJson(network.errors);
  json["passes"] = PassesJson(network.passes);
  console.Result(json, text);
}

}  // namespace linnet::cli
