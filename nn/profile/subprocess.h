// Runs a program to its end. Private to nn/profile.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "linnet/base/error.h"

namespace linnet::profile {

struct Finished {
  int exit_code = 0;   // 128 + signal if one ended it
  std::string output;  // stdout and stderr together
};

// `arguments[0]` is looked up in PATH.
//   kFailedPrecondition: there is no such program | kDeadlineExceeded: killed after `limit` | kUnavailable: the system says no
Outcome<Finished> RunProgram(const std::vector<std::string>& arguments, const std::filesystem::path& working_directory,
                             std::chrono::milliseconds limit);

// A directory of this process alone, removed with everything in it.
class TemporaryDirectory {
 public:
  static Outcome<TemporaryDirectory> Create();
  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

Outcome<std::vector<uint8_t>> ReadWholeFile(const std::filesystem::path& path);
Outcome<void> WriteWholeFile(const std::filesystem::path& path, const std::vector<uint8_t>& bytes);

}  // namespace linnet::profile
