// What the runner needs from the machine below it. One backend for a process on a host, one for a bare Cortex-M4.
#pragma once

#include <cstddef>
#include <cstdint>

namespace linnet::profile::target {

// inputs.bin, outputs.bin, costs.bin, traces.bin of the working directory.
enum class File { kInputs, kOutputs, kCosts, kTraces };
inline constexpr int kFileCount = 4;

// Flags of inputs.bin. Never renumber.
inline constexpr uint32_t kKeepState = 1;  // model_reset before the first input alone

// Exit codes that the host side turns into sentences. Never renumber.
enum Exit : int {
  kDone = 0,
  kFileTrouble = 10,
  kTooLarge = 11,       // the model needs more memory than the machine has
  kModelFailed = 12,    // model_run did not return 0
  kGuardBroken = 13,    // a byte outside the arena was written
  kVectorDiffers = 14,  // a golden vector fails
  kBadDescription = 15,
};

bool Open();                        // all files
bool Read(void* to, size_t bytes);  // the next of kInputs
bool Write(File file, const void* from, size_t bytes);
bool Close();

// Zeroed memory, 8-byte aligned; nullptr if there is not that much. Called once.
uint8_t* WorkMemory(size_t bytes);

// Instructions since some moment; wraps. 0 on hosts, which don't count.
uint32_t Ticks();
uint32_t InstructionsFromTicks(uint32_t ticks);

// Paints the free stack below the caller's frame, then says how much of it the functions used that the caller called since
// then. 0 on hosts.
void PaintStack();
uint32_t StackBytesUsed();

}  // namespace linnet::profile::target
