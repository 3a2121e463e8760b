// Runs a compiled model directory: built for this machine, or for a Cortex-M4 and run on QEMU's mps2-an386, where
// instructions and stack are counted. Needs g++ (host) or arm-none-eabi-g++ and qemu-system-arm (board). Each call builds
// in a temporary directory of its own and removes it. Headers and start-up code come from the source tree: environment
// variable LINNET_ROOT, else the one this program was configured in.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "linnet/base/error.h"

namespace linnet::profile {

// One tensor as the model takes and gives it: elements of its type, little-endian.
using Bytes = std::vector<uint8_t>;

struct BoardCost {
  uint64_t instructions_max = 0;  // of one model_run, the most over all inputs; exact to one or two
  uint64_t instructions_min = 0;
  uint32_t stack_bytes_max = 0;  // painted before each run
  uint32_t arena_bytes = 0;
  uint32_t flash_code_bytes = 0;     // the model linked alone: its functions and what they call
  uint32_t flash_weights_bytes = 0;  // its constants
};

struct RunResult {
  std::vector<Bytes> outputs;     // one an input
  std::optional<BoardCost> cost;  // of a board run
};

// Any number of inputs in one start. Deterministic: the same directory and inputs give the same result.
//   kInvalidArgument: an input has the wrong size, or the directory is no compiled model
//   kFailedPrecondition: a tool is missing or the model does not compile; the message holds what the compiler said
//   kInternal: the model wrote outside its arena or output
//   kDeadlineExceeded: the emulator ran for more than ten minutes
Outcome<RunResult> RunOnHost(const std::filesystem::path& model, const std::vector<Bytes>& inputs);
Outcome<RunResult> RunOnBoard(const std::filesystem::path& model, const std::vector<Bytes>& inputs);

// `count` inputs of uniform random int8 values from `seed`, for a model that takes `elements` of them.
std::vector<Bytes> RandomInputs(size_t elements, size_t count, uint64_t seed);

// Host and board over the same inputs, bit for bit.
struct Comparison {
  size_t inputs = 0;
  size_t equal = 0;
  std::optional<size_t> first_difference;  // index of the input
  BoardCost cost;
};
Outcome<Comparison> Prove(const std::filesystem::path& model, const std::vector<Bytes>& inputs);

}  // namespace linnet::profile
