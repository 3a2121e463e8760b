#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "files.h"
#include "linnet/tidy/tidy.h"

namespace linnet::tidy {
namespace fs = std::filesystem;
namespace {

constexpr const char* kWings[] = {"core", "nn", "device", "server", "apps", "tools", "bench", "sim", "tests"};

bool IsPartOfTheProduct(const std::string& file) {
  static const std::regex beside(R"(_(test|fuzz|bench)\.cc$|/testing/)");
  return (file.ends_with(".h") || file.ends_with(".cc")) && !std::regex_search(file, beside);
}

// The words after DEPS up to the next keyword.
std::vector<std::string> DepsOf(const std::string& call) {
  std::istringstream words(call);
  std::vector<std::string> deps;
  bool in_deps = false;
  for (std::string word; words >> word;) {
    if (word == "DEPS") {
      in_deps = true;
    } else if (word == "LINK" || word == "ONLY" || word == "TEST_DEPS" || word == "TEST_LINK" || word == "EXCLUDE") {
      in_deps = false;
    } else if (in_deps) {
      deps.push_back(word);
    }
  }
  return deps;
}

// nn/import/onnx is a module of its own, so its files are not nn/import's.
void LeaveOutModulesInside(std::vector<Module>& modules) {
  for (Module& outer : modules) {
    for (const Module& inner : modules) {
      if (!inner.path.starts_with(outer.path + "/")) continue;
      std::erase_if(outer.sources, [&](const std::string& file) { return file.starts_with(inner.path + "/"); });
    }
  }
}

}  // namespace

std::vector<Module> ReadModules(const fs::path& root, Findings& findings) {
  static const std::regex call(R"(linnet_module\(\s*([a-z0-9_/]+)([^)]*)\))");
  std::vector<Module> modules;
  std::map<std::string, std::string> path_of_name;
  for (const char* wing : kWings) {
    if (!fs::exists(root / wing)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / wing)) {
      if (entry.path().filename() != "CMakeLists.txt") continue;
      const std::string text = ReadText(entry.path());
      for (std::sregex_iterator it(text.begin(), text.end(), call), end; it != end; ++it) {
        Module module{(*it)[1], DepsOf((*it)[2]), {}};
        const std::string name = fs::path(module.path).filename();
        const auto [same, inserted] = path_of_name.emplace(name, module.path);
        if (!inserted && same->second != module.path) {
          findings.push_back(
              {module.path, "has the same name as " + same->second + ": they would share an include root"});
        }
        const fs::path folder = entry.path().parent_path();
        for (const auto& file : fs::recursive_directory_iterator(folder)) {
          const std::string relative = fs::relative(file.path(), root);
          if (file.is_regular_file() && IsPartOfTheProduct(relative)) module.sources.push_back(relative);
        }
        std::sort(module.sources.begin(), module.sources.end());
        modules.push_back(std::move(module));
      }
    }
  }
  LeaveOutModulesInside(modules);
  for (Module& module : modules) {
    for (std::string& dep : module.deps) {
      const auto it = path_of_name.find(dep);
      if (it == path_of_name.end()) {
        findings.push_back({module.path, "depends on " + dep + ", which is no module"});
      } else {
        dep = it->second;
      }
    }
  }
  std::sort(modules.begin(), modules.end(), [](const Module& a, const Module& b) { return a.path < b.path; });
  return modules;
}

}  // namespace linnet::tidy
