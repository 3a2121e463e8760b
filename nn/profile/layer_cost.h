// Between this module and its plugin (plugin/cycles_plugin.cc): the map of functions that it reads, the log that it writes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/base/error.h"

namespace linnet::profile {

struct Cycles64 {
  uint64_t instructions = 0;
  uint64_t cycles = 0;
};

// One model_run.
struct RunCost {
  Cycles64 total;
  Cycles64 glue;  // model_run itself
  std::vector<Cycles64> layers;
};

// The map of a linked image. `symbols`: what `nm -S -C` says of it. `functions`: of each layer the name of its function
// without its namespace; a layer without a symbol of that name has no code.
//   kInternal: there is no model_run in `symbols`
Outcome<std::string> MapOf(std::string_view symbols, const std::vector<std::string>& functions);

//   kInternal: a line is not what the plugin writes for `layer_count` layers
Outcome<std::vector<RunCost>> ParseLog(std::string_view log, size_t layer_count);

// The plugin: environment variable LINNET_PLUGIN, else beside the running program, else where it was built.
//   kFailedPrecondition: it is in none of these places
Outcome<std::filesystem::path> FindPlugin();

}  // namespace linnet::profile
