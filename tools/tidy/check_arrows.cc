#include <algorithm>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "files.h"
#include "linnet/tidy/tidy.h"

namespace linnet::tidy {
namespace fs = std::filesystem;
namespace {

struct Rules {
  std::map<std::string, std::set<std::string>> wings;
  std::map<std::string, std::set<std::string>> only;
  struct Meeting {
    std::string a, b;
    std::set<std::string> where;
  };
  std::vector<Meeting> meetings;
};

Rules ParseRules(const std::string& text) {
  Rules rules;
  for (std::string line : Lines(text)) {
    line = line.substr(0, line.find('#'));
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::istringstream left(line.substr(0, colon)), right(line.substr(colon + 1));
    std::string kind, a, b;
    left >> kind >> a >> b;
    std::set<std::string> allowed;
    for (std::string word; right >> word;) allowed.insert(word);
    if (kind == "wing") rules.wings[a] = allowed;
    if (kind == "only") rules.only[a] = allowed;
    if (kind == "meet") rules.meetings.push_back({a, b, allowed});
  }
  return rules;
}

std::string WingOf(const std::string& module) { return module.substr(0, module.find('/')); }

using Graph = std::map<std::string, std::map<std::string, std::string>>;  // from -> to -> the file that draws the arrow

// DEPS and #include "linnet/<module>/..." of everything but tests.
Graph DrawArrows(const fs::path& root, const std::vector<Module>& modules) {
  static const std::regex include(R"(^\s*#\s*include\s*[<"]linnet/([a-z0-9_]+)/)");
  std::map<std::string, std::string> owner;
  for (const Module& module : modules) owner[fs::path(module.path).filename()] = module.path;
  Graph arrows;
  for (const Module& module : modules) {
    auto& from = arrows[module.path];
    for (const std::string& dep : module.deps) from.emplace(dep, module.path + "/CMakeLists.txt");
    for (const std::string& source : module.sources) {
      for (const std::string& line : Lines(ReadText(root / source))) {
        std::smatch match;
        if (!std::regex_search(line, match, include)) continue;
        const auto it = owner.find(match[1]);
        if (it != owner.end() && it->second != module.path) from.emplace(it->second, source);
      }
    }
  }
  return arrows;
}

void FindCycles(const Graph& arrows, Findings& findings) {
  enum class Mark { kNew, kOpen, kDone };
  std::map<std::string, Mark> marks;
  std::vector<std::string> path;
  const std::function<void(const std::string&)> visit = [&](const std::string& module) {
    marks[module] = Mark::kOpen;
    path.push_back(module);
    if (const auto it = arrows.find(module); it != arrows.end()) {
      for (const auto& [to, file] : it->second) {
        if (marks[to] == Mark::kNew) visit(to);
        if (marks[to] != Mark::kOpen) continue;
        std::string circle;
        for (auto step = std::find(path.begin(), path.end(), to); step != path.end(); ++step) circle += *step + " -> ";
        findings.push_back({file, "closes a cycle: " + circle + to});
      }
    }
    path.pop_back();
    marks[module] = Mark::kDone;
  };
  for (const auto& [module, unused] : arrows) {
    if (marks[module] == Mark::kNew) visit(module);
  }
}

}  // namespace

Findings CheckArrows(const fs::path& root, const std::string& text) {
  Findings findings;
  const Rules rules = ParseRules(text);
  const std::vector<Module> modules = ReadModules(root, findings);
  const Graph arrows = DrawArrows(root, modules);
  for (const auto& [from, tos] : arrows) {
    const auto wing = rules.wings.find(WingOf(from));
    const auto only = rules.only.find(from);
    for (const auto& [to, file] : tos) {
      if (wing == rules.wings.end() || !wing->second.contains(WingOf(to))) {
        findings.push_back(
            {file, "upward arrow " + from + " -> " + to + ": " + WingOf(from) + "/ may not use " + WingOf(to) + "/"});
      } else if (only != rules.only.end() && !only->second.contains(to)) {
        findings.push_back({file, "arrow " + from + " -> " + to + " is not among those of " + from});
      }
    }
    for (const auto& meeting : rules.meetings) {
      if (tos.contains(meeting.a) && tos.contains(meeting.b) && !meeting.where.contains(from)) {
        findings.push_back({from, "brings " + meeting.a + " and " + meeting.b + " together, which only " +
                                      *meeting.where.begin() + " and its like may"});
      }
    }
  }
  FindCycles(arrows, findings);
  return findings;
}

}  // namespace linnet::tidy
