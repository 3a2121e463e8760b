#include <array>
#include <regex>

#include "files.h"
#include "linnet/tidy/tidy.h"

namespace linnet::tidy {
namespace fs = std::filesystem;

std::vector<std::string> BannedSymbols(const std::string& undefined) {
  static const std::regex banned(
      // heap; new and delete, mangled; formatted output; exceptions; run-time checks of the C++ library
      "malloc|calloc|realloc|free|_malloc_r|_free_r|_Zn[wa].*|_Zd[la].*|"
      "v?f?printf|v?sn?printf|f?iprintf|siprintf|sniprintf|puts|putchar|fputs|fwrite|"
      "__cxa_(throw|rethrow|begin_catch|end_catch|allocate_exception|guard_.*)|_Unwind_.*|_ZSt.*__throw_.*|__gxx_"
      "personality.*|"
      "__dynamic_cast|_ZNSo.*|_ZSt4cout|_ZNSt7__cxx1112basic_string.*");
  std::vector<std::string> found;
  for (const std::string& line : Lines(undefined)) {
    const size_t start = line.find_last_of(" \t");
    const std::string symbol = start == std::string::npos ? line : line.substr(start + 1);
    if (std::regex_match(symbol, banned)) found.push_back(symbol);
  }
  return found;
}

Findings CheckSymbols(const fs::path& root, const fs::path& m4_build) {
  Findings findings;
  size_t objects = 0;
  for (const char* part : {"core", "nn/kernels"}) {
    if (!fs::exists(m4_build / part)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(m4_build / part)) {
      const std::string extension = entry.path().extension();
      if (extension != ".o" && extension != ".obj") continue;
      ++objects;
      const Ran ran = Run("arm-none-eabi-nm -u " + Quoted(entry.path()));
      for (const std::string& symbol : BannedSymbols(ran.output)) {
        findings.push_back(
            {fs::relative(entry.path(), root), "needs " + symbol + ": no heap, exceptions or printf here"});
      }
    }
  }
  if (objects == 0) findings.push_back({m4_build, "holds no objects of core/: build the m4 preset first"});
  return findings;
}

}  // namespace linnet::tidy
