// A directory that appears whole or not at all. Private to nn/emit.
#pragma once

#include <filesystem>
#include <string>

#include "linnet/base/error.h"

namespace linnet::emit {

// Files go into a directory beside `target`; Publish puts it in target's place in one step. Until then, or if that fails,
// the destructor removes it and `target` is as it was.
class OutputDirectory {
 public:
  //   kAlreadyExists: `target` is a file, or a directory that is neither empty nor a compiled model | kUnavailable
  static Outcome<OutputDirectory> Create(const std::filesystem::path& target);
  OutputDirectory(OutputDirectory&& other) noexcept;
  OutputDirectory& operator=(OutputDirectory&&) = delete;
  ~OutputDirectory();

  Outcome<void> Write(const std::string& name, const std::string& content);
  Outcome<void> Publish();

 private:
  OutputDirectory(std::filesystem::path target, std::filesystem::path staging);
  std::filesystem::path target_;
  std::filesystem::path staging_;  // empty once published
};

}  // namespace linnet::emit
