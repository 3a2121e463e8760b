#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "files.h"
#include "linnet/tidy/tidy.h"

namespace linnet::tidy {
namespace fs = std::filesystem;

Findings CheckHeaders(const fs::path& root, int jobs) {
  Findings findings;
  const std::vector<Module> modules = ReadModules(root, findings);
  std::string roots = " -I" + Quoted(root / "build/include/duckdb");
  std::vector<std::string> headers;
  for (const Module& module : modules) {
    roots += " -I" + Quoted(root / module.path / "include");
    for (const std::string& source : module.sources) {
      if (source.starts_with(module.path + "/include/") && source.ends_with(".h")) headers.push_back(source);
    }
  }
  std::sort(headers.begin(), headers.end());
  headers.erase(std::unique(headers.begin(), headers.end()), headers.end());

  std::atomic<size_t> next = 0;
  std::mutex mutex;
  const auto worker = [&] {
    for (size_t i; (i = next++) < headers.size();) {
      // Boards' headers may use the core's own instructions; everything else must stand on a host.
      const bool board = headers[i].starts_with("device/boards/mps2");
      const std::string compiler =
          board ? "arm-none-eabi-g++ -mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard" : "g++";
      const Ran ran = Run(compiler + " -std=c++23 -fsyntax-only -Wall -Wextra -Wno-pragma-once-outside-header -x c++" +
                          roots + " " + Quoted(root / headers[i]));
      if (ran.exit_code == 0) continue;
      const std::lock_guard lock(mutex);
      findings.push_back({headers[i], "does not compile alone: " + ran.output.substr(0, 600)});
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < jobs; ++i) threads.emplace_back(worker);
  threads.clear();
  return findings;
}

}  // namespace linnet::tidy
