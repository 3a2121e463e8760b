#include "layer_cost.h"

#include <cstdlib>
#include <fmt/format.h>
#include <sstream>

namespace linnet::profile {

namespace fs = std::filesystem;

namespace {

struct Symbol {
  uint64_t start = 0, bytes = 0;
  std::string function;  // without namespaces, parameters and the compiler's " [clone ...]"
};

// "00000a10 00000064 t (anonymous namespace)::run_a(signed char const*) [clone .constprop.0]"
bool ParseSymbol(const std::string& line, Symbol& symbol) {
  std::istringstream fields(line);
  std::string type;
  if (!(fields >> std::hex >> symbol.start >> symbol.bytes >> type)) return false;
  if (type != "t" && type != "T" && type != "W" && type != "w") return false;
  std::string name;
  std::getline(fields >> std::ws, name);
  constexpr std::string_view kUnnamed = "(anonymous namespace)::";
  if (name.starts_with(kUnnamed)) name.erase(0, kUnnamed.size());
  symbol.function = name.substr(0, name.find_first_of("(. "));
  symbol.start &= ~uint64_t{1};
  return true;
}

}  // namespace

Outcome<std::string> MapOf(std::string_view symbols, const std::vector<std::string>& functions) {
  std::string model;
  std::string layers;
  std::istringstream lines{std::string(symbols)};
  for (std::string line; std::getline(lines, line);) {
    Symbol symbol;
    if (!ParseSymbol(line, symbol)) continue;
    const uint64_t end = symbol.start + symbol.bytes;
    if (symbol.function == "model_run") model = fmt::format("model {:x} {:x}\n", symbol.start, end);
    for (size_t i = 0; i < functions.size(); ++i) {
      if (symbol.function == functions[i]) layers += fmt::format("layer {} {:x} {:x}\n", i, symbol.start, end);
    }
  }
  if (model.empty()) return Fail(Status::kInternal, "the image has no function model_run");
  return model + layers;
}

Outcome<std::vector<RunCost>> ParseLog(std::string_view log, size_t layer_count) {
  std::vector<RunCost> runs;
  std::istringstream lines{std::string(log)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::vector<Cycles64> costs;
    for (Cycles64 cost; fields >> cost.instructions >> cost.cycles;) costs.push_back(cost);
    if (!fields.eof() || costs.size() < 2 || costs.size() > layer_count + 2) {
      return Fail(Status::kInternal, "the plugin wrote a line that is none of its own: " + line.substr(0, 200));
    }
    costs.resize(layer_count + 2);  // the last layers may have no function
    runs.push_back({.total = costs[0], .glue = costs[1], .layers = {costs.begin() + 2, costs.end()}});
  }
  return runs;
}

Outcome<fs::path> FindPlugin() {
  const char* named = std::getenv("LINNET_PLUGIN");
  if (named != nullptr && *named != '\0') {
    if (fs::exists(named)) return fs::path(named);
    return Fail(Status::kFailedPrecondition, std::string(named) + ", which LINNET_PLUGIN names, is missing");
  }
  std::error_code error;
  const fs::path built = LINNET_CONFIGURED_PLUGIN;
  const fs::path beside = fs::read_symlink("/proc/self/exe", error).parent_path() / built.filename();
  if (fs::exists(beside, error)) return beside;
  if (fs::exists(built, error)) return built;
  return Fail(Status::kFailedPrecondition,
              built.string() + ", which counts cycles in the emulator, is missing; `make build` makes it");
}

}  // namespace linnet::profile
