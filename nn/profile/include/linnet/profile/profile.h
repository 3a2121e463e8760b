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
#include "linnet/emit/emit.h"

namespace linnet::profile {

// What the model takes or gives in one run: the elements of all input or output tensors, one after the other, little-endian.
using Bytes = std::vector<uint8_t>;

// A layer's function and what it calls, the most over all inputs.
struct LayerCost {
  std::string name;
  uint64_t instructions = 0;
  uint64_t cycles_estimated = 0;
};

// What a STM32F413 draws at 3.3 V: 112 uA/MHz (its data sheet). An estimate, never measured.
inline constexpr double kNanojoulesACycle = 0.37;

// What one model_run costs. Instructions are exact; cycles are the estimate of the table in cortex_m4.h, with memory that
// never waits.
struct BoardCost {
  uint64_t instructions_max = 0;  // the most over all inputs
  uint64_t instructions_min = 0;
  uint64_t cycles_estimated_max = 0;
  uint64_t timer_instructions_max = 0;  // the same by the board's timer, to an instruction
  LayerCost glue;                       // model_run itself
  std::vector<LayerCost> layers;        // as in the report
  uint32_t stack_bytes_max = 0;         // painted before each run
  uint32_t stack_bytes_bound = 0;       // worst case, by the compiler's stack usage and the calls in the image
  uint32_t arena_bytes = 0;
  uint32_t flash_code_bytes = 0;      // the model linked alone: its functions and what they call
  uint32_t flash_weights_bytes = 0;   // its constants
  uint32_t loop_bytes_max = 0;        // the longest loop; over kLoopBytesAllowed it does not stay in the flash cache
  std::string loop_function;          // whose it is, as the linker names it
  uint32_t inner_loop_bytes_max = 0;  // the longest of the loops that hold no other
};

// The flash cache of a STM32F413 holds 64 lines of 16 bytes of code (RM0430, ART accelerator).
inline constexpr uint32_t kLoopBytesAllowed = 1024;

struct RunOptions {
  bool keep_state = false;  // state (LSTM, SVDF) goes on from input to input instead of starting anew
  bool trace = false;       // a hash of each layer's output; costs are not measured then
};

struct RunResult {
  std::vector<Bytes> outputs;                 // one an input
  std::vector<std::vector<uint64_t>> traces;  // of each input: LayerHash of each layer's output, where traced
  std::optional<BoardCost> cost;              // of a board run that was not traced
};

// Any number of inputs in one start. Deterministic: the same directory and inputs give the same result.
//   kInvalidArgument: an input has the wrong size, or the directory is no compiled model
//   kFailedPrecondition: a tool is missing or the model does not compile; the message holds what the compiler said
//   kInternal: the model wrote outside its arena
//   kDeadlineExceeded: the emulator ran for more than twenty minutes
Outcome<RunResult> RunOnHost(const std::filesystem::path& model, const std::vector<Bytes>& inputs,
                             const RunOptions& options = {});
Outcome<RunResult> RunOnBoard(const std::filesystem::path& model, const std::vector<Bytes>& inputs,
                              const RunOptions& options = {});

// `count` inputs of uniform random int8 values for a model that takes `elements` of them: xorshift32 from `seed`, a byte a
// step, running on from input to input. 0 counts as 1.
std::vector<Bytes> RandomInputs(size_t elements, size_t count, uint32_t seed);
// The same for a model with these inputs: an int8 element is the value, a float one value / 128, an integer the value.
std::vector<Bytes> RandomInputs(const std::vector<emit::TensorReport>& tensors, size_t count, uint32_t seed);

}  // namespace linnet::profile
