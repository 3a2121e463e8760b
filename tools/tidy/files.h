// Reading files and running programs, for the checks.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace linnet::tidy {

// The whole file; "" where it can't be read.
std::string ReadText(const std::filesystem::path& file);

std::vector<std::string> Lines(const std::string& text);

struct Ran {
  int exit_code;
  std::string output;  // stdout and stderr
};
// Runs `command` by the shell. Arguments in it must be quoted with Quoted().
Ran Run(const std::string& command);
std::string Quoted(const std::string& argument);

}  // namespace linnet::tidy
