// How QEMU is started so that it is our board: a Cortex-M4 that finds its flash in a file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "linnet/base/error.h"

namespace linnet::board_tools {

struct QemuOptions {
  std::filesystem::path flash;    // made by MakeFlashImage
  std::filesystem::path serial;   // the serial terminal goes to this file; empty: to QEMU's standard output
  std::filesystem::path capture;  // network traffic as pcap; empty: none
  std::string mac;                // empty: made of the board's name, so that each board has its own
};

// The arguments, program first. On the way it writes FLASH.reset: the first eight bytes of the flash (initial stack pointer
// and reset handler), which QEMU puts at address 0, where an STM32 shows its flash again and the core looks after a reset.
// kNotFound, kInvalidArgument: `flash` is no flash image | kUnavailable: FLASH.reset can't be written
Outcome<std::vector<std::string>> QemuCommand(const QemuOptions& options);

}  // namespace linnet::board_tools
