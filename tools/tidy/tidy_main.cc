// tidy [--root DIR] [--m4 DIR] CHECK...: runs the named checks (all of them by default), prints findings, exit code 1 if any.
#include <cstdio>
#include <algorithm>
#include <cstring>
#include <functional>
#include <thread>

#include "files.h"
#include "linnet/tidy/tidy.h"

namespace tidy = linnet::tidy;

int main(int argc, char** argv) {
  std::filesystem::path root = LINNET_SOURCE_DIR, m4 = root / "build/m4";
  std::vector<std::string> wanted;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--root") == 0 && i + 1 < argc) {
      root = argv[++i];
    } else if (std::strcmp(argv[i], "--m4") == 0 && i + 1 < argc) {
      m4 = argv[++i];
    } else {
      wanted.push_back(argv[i]);
    }
  }
  const int jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const std::vector<std::pair<std::string, std::function<tidy::Findings()>>> checks = {
      {"arrows", [&] { return tidy::CheckArrows(root, tidy::ReadText(root / "tools/tidy/arrows.txt")); }},
      {"headers", [&] { return tidy::CheckHeaders(root, jobs); }},
      {"symbols", [&] { return tidy::CheckSymbols(root, m4); }},
      {"words", [&] { return tidy::CheckWords(root, tidy::TrackedFiles(root)); }},
      {"documents", [&] { return tidy::CheckDocuments(root, tidy::TrackedFiles(root)); }},
  };
  int found = 0, ran = 0;
  for (const auto& [name, check] : checks) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), name) == wanted.end()) continue;
    ++ran;
    for (const tidy::Finding& finding : check()) {
      std::printf("%s: %s [%s]\n", finding.file.c_str(), finding.message.c_str(), name.c_str());
      ++found;
    }
  }
  if (ran == 0) {
    std::fprintf(stderr, "tidy: no such check; there are arrows, headers, symbols, words, documents\n");
    return 2;
  }
  std::printf("tidy: %d findings\n", found);
  return found == 0 ? 0 : 1;
}
