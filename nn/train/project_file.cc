#include "linnet/train/project_file.h"

#include <filesystem>
#include <sstream>
#include <toml++/toml.h>

namespace linnet::train {
namespace {

std::string NamesIn(const toml::table& networks) {
  std::string names;
  for (const auto& [key, value] : networks) names += (names.empty() ? "" : ", ") + std::string(key.str());
  return names.empty() ? "it has none" : "it has " + names;
}

Outcome<std::vector<std::string>> LinesOf(const toml::table& network, const std::string& where) {
  const toml::array* array = network["layers"].as_array();
  if (array == nullptr) return Fail(Status::kInvalidArgument, where + " has no list `layers` of texts");
  std::vector<std::string> lines;
  for (const toml::node& element : *array) {
    const auto text = element.value<std::string>();
    if (!text)
      return Fail(Status::kInvalidArgument, where + ": every element of `layers` is a text such as \"dense 10\"");
    lines.push_back(*text);
  }
  return lines;
}

}  // namespace

Outcome<Architecture> ReadProjectNetwork(const std::string& path, const std::string& name, int height, int width) {
  if (!std::filesystem::is_regular_file(path)) return Fail(Status::kNotFound, path + ": no such file");
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& e) {
    std::ostringstream text;
    text << path << ", line " << e.source().begin.line << ", column " << e.source().begin.column << ": "
         << e.description();
    return Fail(Status::kDataLoss, text.str());
  }
  static const toml::table kNone;
  const toml::table* networks = table["network"].as_table();
  const toml::table* network = networks == nullptr ? nullptr : (*networks)[name].as_table();
  if (network == nullptr) {
    return Fail(Status::kNotFound,
                path + ": no [network." + name + "]; " + NamesIn(networks == nullptr ? kNone : *networks));
  }
  const std::string where = path + ": [network." + name + "]";
  LINNET_ASSIGN(const std::vector<std::string> lines, LinesOf(*network, where));
  auto layers = ParseLayers(lines);
  if (!layers) return Fail(layers.error().status, where + ": " + layers.error().message);
  return Architecture{name, height, width, std::move(*layers)};
}

}  // namespace linnet::train
