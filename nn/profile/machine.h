// The runner (target/) around a compiled model: built for one of two machines, started, its files read. Private to nn/profile.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/emit/emit.h"
#include "linnet/profile/profile.h"

namespace linnet::profile {

using Arguments = std::vector<std::string>;
Arguments operator+(Arguments a, const Arguments& b);

// One way to build and start the runner.
struct Machine {
  std::string compiler;
  Arguments flags;
  std::vector<std::string> sources;  // under nn/profile/target
  Arguments link;
  Arguments start;  // before the name of the program
};
Machine HostMachine();
Machine BoardMachine();

// A compiler or one of its tools in `directory`; its output.
//   kFailedPrecondition: it failed, and what it said
Outcome<std::string> RunTool(const Arguments& arguments, const std::filesystem::path& directory);

// `work`/runner, and beside it model.o, model_vectors.o and, for the board, model.ci.
//   kInvalidArgument: `model` is no compiled model | kFailedPrecondition: it does not compile
Outcome<void> BuildRunner(const Machine& machine, const std::filesystem::path& model, const std::filesystem::path& work,
                          bool trace);

struct Ran {
  std::vector<Bytes> outputs;                 // one an input
  std::vector<std::vector<uint64_t>> traces;  // of each input: a hash a layer, where tracing
  uint32_t timer_instructions_max = 0;
  uint32_t stack_bytes_max = 0;
};
Outcome<Ran> StartRunner(const Machine& machine, const std::filesystem::path& work, const std::vector<Bytes>& inputs,
                         const emit::Report& report, const RunOptions& options);

}  // namespace linnet::profile
