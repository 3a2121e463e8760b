// What can be known of generated code without running it: how deep its stack can get, how long its loops are. From the
// compiler's own data (-fcallgraph-info=su) and the listing of the model linked alone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/base/error.h"

namespace linnet::profile {

struct CodeInstruction {
  uint64_t address = 0;
  uint32_t bytes = 0;
  std::string mnemonic;            // "bne.n"
  std::string operands;            // "8008 <run_a+0x8>"
  std::optional<uint64_t> target;  // of a direct branch or call
};

struct CodeFunction {
  std::string name;  // as the linker knows it
  uint64_t address = 0;
  std::vector<CodeInstruction> instructions;
};

// `listing`: what `objdump -d` prints of an image of Thumb-2 code.
std::vector<CodeFunction> ParseListing(std::string_view listing);

// Bytes of stack of each function that the compiler compiled, by the linker's name, from a .ci file.
//   kFailedPrecondition: a function whose stack has no bound (alloca, variable-length arrays)
Outcome<std::map<std::string, uint32_t>> ParseStackUsage(std::string_view callgraph_info);

// The most that `entry` and all it calls have on the stack at once. Functions that `frames` lacks are the compiler's
// library: theirs is summed over all pushes and subtractions in their listing.
//   kFailedPrecondition: recursion, or a call through a register; the message names the function
//   kInternal: there is no function `entry`
Outcome<uint32_t> StackBound(const std::vector<CodeFunction>& functions, const std::map<std::string, uint32_t>& frames,
                             std::string_view entry);

// A loop goes from the target of a backward branch to that branch's end. The longest of all, and the longest of those that
// hold no other loop, and whose they are.
struct LongestLoop {
  uint32_t bytes = 0;
  std::string function;
};
struct Loops {
  LongestLoop longest;
  LongestLoop longest_inner;
};
Loops FindLoops(const std::vector<CodeFunction>& functions);

}  // namespace linnet::profile
