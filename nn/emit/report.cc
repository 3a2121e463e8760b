#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "linnet/emit/emit.h"
#include "linnet/model/model.h"
#include "linnet/plan/explain.h"

namespace linnet::emit {
namespace {

using nlohmann::ordered_json;

constexpr int64_t kSizeMax = int64_t{1} << 30;

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

ordered_json EndsJson(const std::vector<TensorReport>& ends) {
  ordered_json json = ordered_json::array();
  for (const TensorReport& end : ends) {
    json.push_back({{"name", end.name},
                    {"type", graph::Name(end.type)},
                    {"shape", end.shape},
                    {"scale", end.scale},
                    {"zero_point", end.zero_point},
                    {"offset_bytes", end.offset_bytes}});
  }
  return json;
}

ordered_json ErrorJson(const std::optional<LayerError>& error) {
  if (!error) return nullptr;
  return {{"layer", error->layer},
          {"rms", error->rms_error},
          {"max", error->max_error},
          {"signal_to_noise_db", error->signal_to_noise_db}};
}

constexpr std::pair<plan::Role, const char*> kRoles[] = {{plan::Role::kState, "state"},
                                                         {plan::Role::kInput, "input"},
                                                         {plan::Role::kTensor, "tensor"},
                                                         {plan::Role::kScratch, "scratch"},
                                                         {plan::Role::kOutput, "output"}};

ordered_json MemoryJson(const std::vector<plan::Holding>& memory) {
  ordered_json json = ordered_json::array();
  for (const plan::Holding& h : memory) {
    const char* role = "";
    for (const auto& [value, name] : kRoles) role = value == h.role ? name : role;
    json.push_back({{"role", role},
                    {"name", h.name},
                    {"offset_bytes", h.offset_bytes},
                    {"bytes", h.bytes},
                    {"first_layer", h.first},
                    {"last_layer", h.last}});
  }
  return json;
}

std::vector<plan::Holding> ReadMemory(const ordered_json& json) {
  std::vector<plan::Holding> memory;
  for (const auto& item : json) {
    plan::Holding h;
    const auto role = item.at("role").get<std::string>();
    for (const auto& [value, name] : kRoles) h.role = role == name ? value : h.role;
    h.name = item.at("name").get<std::string>();
    h.offset_bytes = item.at("offset_bytes").get<size_t>();
    h.bytes = item.at("bytes").get<size_t>();
    h.first = item.at("first_layer").get<int>();
    h.last = item.at("last_layer").get<int>();
    memory.push_back(std::move(h));
  }
  return memory;
}

LayerReport ReadLayer(const ordered_json& json) {
  LayerReport layer;
  layer.name = json.at("name").get<std::string>();
  layer.op = json.at("op").get<std::string>();
  layer.input_shape = json.at("input_shape").get<graph::Shape>();
  layer.output_shape = json.at("output_shape").get<graph::Shape>();
  layer.macs = json.at("macs").get<int64_t>();
  layer.weight_bytes = json.at("weight_bytes").get<size_t>();
  layer.weights = json.value("weights", int64_t{0});  // reports of older compilers don't say
  layer.zero_weights = json.value("zero_weights", int64_t{0});
  layer.storage = json.value("storage", "");
  layer.weight_bits = json.value("weight_bits", 0);
  layer.arena_bytes = json.at("arena_bytes").get<size_t>();
  layer.function = json.at("function").get<std::string>();
  layer.nodes = json.at("nodes").get<std::vector<std::string>>();
  layer.output = json.at("output").get<std::string>();
  if (const auto& error = json.at("error"); !error.is_null()) {
    layer.error = LayerError{error.at("layer").get<std::string>(), error.at("rms").get<double>(),
                             error.at("max").get<double>(), error.at("signal_to_noise_db").get<double>()};
  }
  return layer;
}

// False where a size or type can't be.
bool ReadEnds(const ordered_json& json, std::vector<TensorReport>& ends) {
  using enum graph::DType;
  for (const auto& item : json) {
    TensorReport end;
    end.name = item.at("name").get<std::string>();
    const auto type = item.at("type").get<std::string>();
    bool known = false;
    for (const graph::DType t : {kFloat32, kInt8, kInt16, kInt32, kInt64}) {
      if (type != graph::Name(t)) continue;
      end.type = t;
      known = true;
    }
    end.shape = item.at("shape").get<graph::Shape>();
    int64_t count = 1;
    for (const int64_t d : end.shape) {
      if (d < 1 || d > kSizeMax) return false;
      count = std::min(count * d, kSizeMax + 1);
    }
    end.scale = item.at("scale").get<float>();
    end.zero_point = item.at("zero_point").get<int32_t>();
    end.offset_bytes = item.at("offset_bytes").get<size_t>();
    if (!known || count > kSizeMax) return false;
    ends.push_back(std::move(end));
  }
  return !ends.empty() && ends.size() <= kLinnetTensorsMax;
}

size_t TotalBytes(const std::vector<TensorReport>& ends) {
  size_t bytes = 0;
  for (const TensorReport& end : ends) bytes += end.bytes();
  return bytes;
}

}  // namespace

size_t Report::input_bytes() const { return TotalBytes(inputs); }
size_t Report::output_bytes() const { return TotalBytes(outputs); }

std::string ToJson(const Report& report) {
  ordered_json layers = ordered_json::array();
  for (const LayerReport& layer : report.layers) {
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
                      {"arena_bytes", layer.arena_bytes},
                      {"function", layer.function},
                      {"nodes", layer.nodes},
                      {"output", layer.output},
                      {"error", ErrorJson(layer.error)}});
  }
  const ordered_json json = {
      {"name", report.name},
      {"identity", Hex(report.identity)},
      {"macs", report.macs},
      {"flash_weights_bytes", report.flash_weights_bytes},
      {"arena_bytes", report.arena_bytes},
      {"state_bytes", report.state_bytes},
      {"lower_bound_bytes", report.lower_bound_bytes},
      {"inputs", EndsJson(report.inputs)},
      {"outputs", EndsJson(report.outputs)},
      {"vector_count", report.vector_count},
      {"accuracy",
       {{"float", OrNull(report.accuracy_float)},
        {"int8", OrNull(report.accuracy_int8)},
        {"data", report.accuracy_data}}},
      {"notes", report.notes},
      {"layers", layers},
      {"memory", MemoryJson(report.memory)},
  };
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string OperatorText(const LayerReport& layer) {
  return layer.op + (layer.storage.starts_with("sparse") ? ", sparse" : "");
}

std::string TimelineText(const Report& report) {
  plan::Plan memory;
  memory.arena_bytes = report.arena_bytes;
  memory.lower_bound_bytes = report.lower_bound_bytes;
  memory.holdings = report.memory;
  for (const LayerReport& layer : report.layers) {
    memory.layer_names.push_back(layer.name);
    memory.live_bytes.push_back(layer.arena_bytes);
  }
  return plan::TimelineText(memory);
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
    report.state_bytes = json.at("state_bytes").get<size_t>();
    if (!ReadEnds(json.at("inputs"), report.inputs) || !ReadEnds(json.at("outputs"), report.outputs))
      return bad("an input or output is out of range");
    report.vector_count = json.at("vector_count").get<size_t>();
    const auto& accuracy = json.at("accuracy");
    if (accuracy.at("float").is_number()) report.accuracy_float = accuracy.at("float").get<double>();
    if (accuracy.at("int8").is_number()) report.accuracy_int8 = accuracy.at("int8").get<double>();
    report.accuracy_data = accuracy.at("data").get<std::string>();
    report.lower_bound_bytes = json.at("lower_bound_bytes").get<size_t>();
    report.notes = json.at("notes").get<std::vector<std::string>>();
    for (const auto& layer : json.at("layers")) report.layers.push_back(ReadLayer(layer));
    report.memory = ReadMemory(json.at("memory"));
  } catch (const ordered_json::exception& e) {
    return bad(e.what());
  }
  if (report.arena_bytes > static_cast<size_t>(kSizeMax)) return bad("the arena is out of range");
  return report;
}

}  // namespace linnet::emit
