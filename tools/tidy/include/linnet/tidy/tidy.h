// Rules of this repository that a machine can check. Each check reads files and returns what it found wrong; an empty
// list means the rule holds. Host only; may run other programs (git, compilers, nm).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace linnet::tidy {

struct Finding {
  std::string file;     // relative to the root
  std::string message;  // what is wrong and what to do
};
using Findings = std::vector<Finding>;

// A module: a folder with a CMakeLists.txt that calls linnet_module.
struct Module {
  std::string path;                  // "core/wire"
  std::vector<std::string> deps;     // module paths from its DEPS
  std::vector<std::string> sources;  // *.h and *.cc of the folder, tests and fuzz targets apart, relative to the root
};

// Reads every module below `root`. A name in DEPS that belongs to no module goes to `findings`.
std::vector<Module> ReadModules(const std::filesystem::path& root, Findings& findings);

// Cycles, upward arrows and forbidden meetings, by DEPS and by #include, against `rules` (the text of arrows.txt).
Findings CheckArrows(const std::filesystem::path& root, const std::string& rules);

// Public headers that do not compile alone. Runs the compilers, `jobs` at a time.
Findings CheckHeaders(const std::filesystem::path& root, int jobs);

// Names in `undefined` (one symbol a line, as nm -u prints) that code without heap, exceptions and printf must not need.
std::vector<std::string> BannedSymbols(const std::string& undefined);
// The same over all objects of core/ and nn/kernels in `m4_build`.
Findings CheckSymbols(const std::filesystem::path& root, const std::filesystem::path& m4_build);

// Files that git tracks or would track, relative to root.
std::vector<std::string> TrackedFiles(const std::filesystem::path& root);
// Words that no file may hold: places of one machine, registry hosts, promises instead of code.
Findings CheckWords(const std::filesystem::path& root, const std::vector<std::string>& files);
// Paths that a document names and the tree does not have.
Findings CheckDocuments(const std::filesystem::path& root, const std::vector<std::string>& files);

}  // namespace linnet::tidy
