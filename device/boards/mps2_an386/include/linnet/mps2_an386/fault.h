// Why the board stopped, kept in RAM over the reset that follows: a failed CHECK, a hardware fault, a hang that the watchdog
// ended. The handlers write RAM only, so they work with a broken flash, stack pointer or network.
#pragma once

#include <cstddef>
#include <cstdint>

#include "linnet/platform/text_line.h"

namespace linnet::mps2_an386 {

enum class FaultKind : uint32_t { kCheck = 1, kHardFault = 2, kWatchdog = 3, kUnexpectedInterrupt = 4 };

struct FaultRecord {
  uint32_t magic;  // kFaultMagic when the rest holds
  FaultKind kind;
  uint32_t line;          // kCheck
  uint32_t pc, lr;        // the others
  uint32_t fault_status;  // CFSR
  uint32_t fault_address;
  char file[40];       // kCheck, zero-terminated
  char condition[80];  // kCheck, zero-terminated
};
inline constexpr uint32_t kFaultMagic = 0x4C464C54;
static_assert(sizeof(FaultRecord) <= 256);

// Sends failed CHECKs to the fault record. Call first in main.
void InstallFaultHandlers();

// Describes the fault that the last reset left behind ("check failed at agent.cc:12: x < y", "hard fault at 0x2102...")
// and forgets it. False when there was none.
bool TakeFault(platform::TextLine& line);

// System reset through the AIRCR.
[[noreturn]] void Reset();

}  // namespace linnet::mps2_an386
