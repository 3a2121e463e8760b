// train: linnet-train as a child, then what came out of it: compiled, measured, shown.
#pragma once

#include <string>
#include <vector>

#include "console.h"

namespace linnet::cli {

// `arguments` stand behind the verb and are linnet-train's own, but for --no-compile. While it trains, its lines and its bar are
// seen as they come. The exit code: linnet-train's where it is not 0; then as every verb's.
// On stdout for people: the poster's table, the confusion matrix, the pictures' paths. With --json the epochs' lines and at last
// one object: linnet-train's own fields and those of StudyNetwork.
int Train(Console console, const std::vector<std::string>& arguments);

// The value of `--NAME VALUE` or `--NAME=VALUE`, the last of them; empty where there is none.
std::string OptionValue(const std::vector<std::string>& arguments, const std::string& option);

}  // namespace linnet::cli
