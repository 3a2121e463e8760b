// What a model costs on the board: counted by the plugin, read from the image. Private to nn/profile.
#pragma once

#include <filesystem>

#include "linnet/base/error.h"
#include "linnet/emit/emit.h"
#include "linnet/profile/profile.h"
#include "machine.h"

namespace linnet::profile {

// Where the layers' functions lie in `work`/runner, for the plugin, and the plugin among the emulator's arguments.
Outcome<void> AddPlugin(Machine& machine, const std::filesystem::path& work, const emit::Report& report);

// After the run: instructions and cycles, the most over the inputs.
Outcome<void> ReadCycles(const std::filesystem::path& work, const emit::Report& report, size_t input_count,
                         BoardCost& cost);

// Flash, bound of the stack and the longest loop of the model linked alone, so that what it calls of the compiler's library
// counts and the runner doesn't.
Outcome<void> MeasureImage(const Machine& machine, const std::filesystem::path& work, BoardCost& cost);

}  // namespace linnet::profile
