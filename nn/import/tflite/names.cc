#include "names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace linnet::tflite {
namespace {

constexpr size_t kMaxRead = 4096;
constexpr size_t kMaxLength = 48;

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    if (const std::string_view part = text.substr(0, end); !part.empty()) parts.push_back(part);
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool Contains(std::string_view text, std::string_view lower_case) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::search(text.begin(), text.end(), lower_case.begin(), lower_case.end(), same) != text.end();
}

bool StartsWith(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

// Scopes that Keras and the SavedModel loader put around the whole model.
bool IsWrapper(std::string_view scope) {
  constexpr std::array kExact = {"StatefulPartitionedCall", "PartitionedCall", "model", "functional", "sequential"};
  constexpr std::array kNumbered = {"model_", "functional_", "sequential_"};
  const auto numbered = [&](std::string_view start) {
    return StartsWith(scope, start) && std::all_of(scope.begin() + static_cast<std::ptrdiff_t>(start.size()),
                                                   scope.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  };
  return std::find(kExact.begin(), kExact.end(), scope) != kExact.end() ||
         std::any_of(kNumbered.begin(), kNumbered.end(), numbered);
}

// What the SavedModel loader calls an output.
bool IsMeaningless(std::string_view scope) {
  return IsWrapper(scope) || StartsWith(scope, "Identity") || StartsWith(scope, "StatefulPartitionedCall");
}

// What a layer is made of, written behind the layer's own name.
bool IsOperation(std::string_view scope) {
  constexpr std::array kOperations = {"BiasAdd", "ReadVariableOp", "resource",         "Conv2D", "depthwise", "MatMul",
                                      "Relu",    "Relu6",          "FusedBatchNormV3", "add",    "AddV2",     "mul",
                                      "Mul",     "Sigmoid",        "Softmax",          "Tanh",   "MaxPool",   "AvgPool",
                                      "Mean",    "Reshape"};
  return std::find(kOperations.begin(), kOperations.end(), scope) != kOperations.end();
}

std::string_view WeightedPart(const std::vector<std::string_view>& fused) {
  for (const std::string_view word : {"conv", "dense", "matmul", "lstm", "linear"}) {
    for (const std::string_view part : fused) {
      if (Contains(part, word)) return part;
    }
  }
  return fused.front();
}

std::string Clean(std::string name) {
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '.' && c != '/' && c != '-') c = '_';
  }
  return name.size() > kMaxLength ? name.substr(name.size() - kMaxLength) : name;
}

}  // namespace

std::string ShortName(std::string_view name) {
  const std::vector<std::string_view> fused = Split(name.substr(0, kMaxRead), ';');
  if (fused.empty()) return {};
  std::string_view part = WeightedPart(fused);
  if (const size_t colon = part.rfind(':'); colon != std::string_view::npos) part = part.substr(0, colon);
  if (StartsWith(part, "serving_default_")) part.remove_prefix(16);
  if (StartsWith(part, "tfl.")) part.remove_prefix(4);
  std::vector<std::string_view> scopes = Split(part, '/');
  while (scopes.size() > 1 && IsWrapper(scopes.front())) scopes.erase(scopes.begin());
  while (scopes.size() > 1 && IsOperation(scopes.back())) scopes.pop_back();
  scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
  if (scopes.empty() || (scopes.size() == 1 && IsMeaningless(scopes.front()))) return {};
  const auto length = [&] {
    size_t sum = scopes.size() - 1;
    for (const std::string_view scope : scopes) sum += scope.size();
    return sum;
  };
  while (scopes.size() > 1 && length() > kMaxLength) scopes.erase(scopes.begin());
  std::string result;
  for (const std::string_view scope : scopes) result += (result.empty() ? "" : "/") + std::string(scope);
  return Clean(std::move(result));
}

std::string Names::Unique(std::string name) {
  if (name.empty()) name = "layer";
  if (taken_.insert(name).second) return name;
  int& number = next_.try_emplace(name, 2).first->second;
  while (true) {
    std::string candidate = name + "_" + std::to_string(number++);
    if (taken_.insert(candidate).second) return candidate;
  }
}

}  // namespace linnet::tflite
