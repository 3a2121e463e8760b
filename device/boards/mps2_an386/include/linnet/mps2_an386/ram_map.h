// The 320 KB of RAM, the STM32F413's SRAM1 and SRAM2 in one piece. boot.ld and firmware.ld say the same:
//   0x20000000  stack, growing down: an overflow leaves RAM and faults instead of eating data
//               .data, .bss
//   0x2004FE00  fault record, 256 bytes, kept over a reset (fault.h)
//   0x2004FF00  boot record, 256 bytes, written by boot for the firmware (boot_record.h)
#pragma once

#include <cstdint>

namespace linnet::mps2_an386 {

inline constexpr uintptr_t kRamOrigin = 0x20000000;
inline constexpr uint32_t kRamBytes = 320 * 1024;
inline constexpr uintptr_t kFaultRecordAddress = 0x2004FE00;
inline constexpr uintptr_t kBootRecordAddress = 0x2004FF00;
inline constexpr uintptr_t kFlashOrigin = 0x21000000;
inline constexpr uint32_t kStackPaint = 0xC0DE57AC;  // what startup.cc writes over the stack to find its peak later

}  // namespace linnet::mps2_an386
