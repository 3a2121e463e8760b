// Files appear whole or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "console.h"

namespace linnet::cli {

// Writes beside `file` and renames. Missing folders are made.
Done WriteWhole(const std::filesystem::path& file, std::string_view bytes);
Answer<std::string> ReadWhole(const std::filesystem::path& file);

// A folder of its own for work in progress, removed with all it holds when this object goes.
class ScratchFolder {
 public:
  static Answer<ScratchFolder> Make();
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit ScratchFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

// Runs a program with its output on our stderr. The exit code; 127 where it can't be started.
int RunProgram(const std::vector<std::string>& arguments);

// The repository that this program was built from; LINNET_ROOT names another.
std::filesystem::path SourceRoot();
// The folder this program lies in, where linnet-train lies too.
std::filesystem::path ProgramFolder();

}  // namespace linnet::cli
