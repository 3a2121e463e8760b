#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "linnet/emit/emit.h"

namespace linnet::emit {
namespace {

using nlohmann::ordered_json;

std::string Hex(const crypto::Sha256Digest& digest) {
  std::string text;
  for (const uint8_t byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

bool FromHex(const std::string& text, crypto::Sha256Digest& digest) {
  if (text.size() != digest.size() * 2) return false;
  for (size_t i = 0; i < digest.size(); ++i) {
    unsigned value = 0;
    for (const char c : text.substr(i * 2, 2)) {
      const auto digit = std::string_view("0123456789abcdef").find(c);
      if (digit == std::string_view::npos) return false;
      value = value * 16 + static_cast<unsigned>(digit);
    }
    digest[i] = static_cast<uint8_t>(value);
  }
  return true;
}

ordered_json OrNull(const std::optional<double>& value) { return value ? ordered_json(*value) : ordered_json(nullptr); }

}  // namespace

std::string ToJson(const Report& report) {
  ordered_json layers = ordered_json::array();
  for (const LayerReport& layer : report.layers) {
    layers.push_back({{"name", layer.name},
                      {"op", layer.op},
                      {"input_shape", layer.input_shape},
                      {"output_shape", layer.output_shape},
                      {"macs", layer.macs},
                      {"weight_bytes", layer.weight_bytes},
                      {"arena_bytes", layer.arena_bytes},
                      {"function", layer.function}});
  }
  const ordered_json json = {
      {"name", report.name},
      {"identity", Hex(report.identity)},
      {"macs", report.macs},
      {"flash_weights_bytes", report.flash_weights_bytes},
      {"arena_bytes", report.arena_bytes},
      {"input",
       {{"type", "int8"},
        {"count", report.input_count},
        {"scale", report.input_scale},
        {"zero_point", report.input_zero_point}}},
      {"output",
       {{"type", "int8"},
        {"count", report.output_count},
        {"scale", report.output_scale},
        {"zero_point", report.output_zero_point}}},
      {"vector_count", report.vector_count},
      {"accuracy",
       {{"float", OrNull(report.accuracy_float)},
        {"int8", OrNull(report.accuracy_int8)},
        {"data", report.accuracy_data}}},
      {"layers", layers},
  };
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Outcome<Report> ReadReport(const std::filesystem::path& directory) {
  const auto path = directory / "report.json";
  std::ifstream file(path);
  if (!file) return Fail(Status::kInvalidArgument, directory.string() + " is no compiled model: it has no report.json");
  const auto bad = [&path](const std::string& what) {
    return Fail(Status::kInvalidArgument, path.string() + ": " + what + "; compile the model again");
  };
  const auto json = ordered_json::parse(file, nullptr, false);
  if (json.is_discarded()) return bad("not JSON");
  Report report;
  try {
    report.name = json.at("name").get<std::string>();
    if (!FromHex(json.at("identity").get<std::string>(), report.identity)) return bad("identity is no SHA-256");
    report.macs = json.at("macs").get<int64_t>();
    report.flash_weights_bytes = json.at("flash_weights_bytes").get<size_t>();
    report.arena_bytes = json.at("arena_bytes").get<size_t>();
    const auto& input = json.at("input");
    const auto& output = json.at("output");
    report.input_count = input.at("count").get<size_t>();
    report.input_scale = input.at("scale").get<float>();
    report.input_zero_point = input.at("zero_point").get<int32_t>();
    report.output_count = output.at("count").get<size_t>();
    report.output_scale = output.at("scale").get<float>();
    report.output_zero_point = output.at("zero_point").get<int32_t>();
    report.vector_count = json.at("vector_count").get<size_t>();
    const auto& accuracy = json.at("accuracy");
    if (accuracy.at("float").is_number()) report.accuracy_float = accuracy.at("float").get<double>();
    if (accuracy.at("int8").is_number()) report.accuracy_int8 = accuracy.at("int8").get<double>();
    report.accuracy_data = accuracy.at("data").get<std::string>();
    for (const auto& layer : json.at("layers")) {
      report.layers.push_back({layer.at("name").get<std::string>(), layer.at("op").get<std::string>(),
                               layer.at("input_shape").get<graph::Shape>(),
                               layer.at("output_shape").get<graph::Shape>(), layer.at("macs").get<int64_t>(),
                               layer.at("weight_bytes").get<size_t>(), layer.at("arena_bytes").get<size_t>(),
                               layer.at("function").get<std::string>()});
    }
  } catch (const ordered_json::exception& e) {
    return bad(e.what());
  }
  if (report.input_count == 0 || report.output_count == 0 || report.input_count > (1U << 30) ||
      report.output_count > (1U << 30) || report.arena_bytes > (1U << 30)) {
    return bad("a size is out of range");
  }
  return report;
}

}  // namespace linnet::emit
