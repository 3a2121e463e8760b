// The memory-mapped registers this port touches, by address. ARMv7-M system registers from the ARM DDI 0403,
// peripherals from ARM's application note AN386 (CMSDK UART and watchdog, SMSC LAN9118).
#pragma once

#include <cstdint>

namespace linnet::mps2_an386 {

using Register = volatile uint32_t;

inline Register& At(uintptr_t address) { return *reinterpret_cast<Register*>(address); }

inline constexpr uint32_t kCoreHz = 25'000'000;

// SysTick, DDI 0403 B3.3
inline constexpr uintptr_t kSysTickControl = 0xE000E010;
inline constexpr uintptr_t kSysTickReload = 0xE000E014;
inline constexpr uintptr_t kSysTickValue = 0xE000E018;

// NVIC, B3.4
inline constexpr uintptr_t kNvicEnable0 = 0xE000E100;
inline constexpr uintptr_t kNvicDisable0 = 0xE000E180;

// System control block, B3.2
inline constexpr uintptr_t kVectorTable = 0xE000ED08;
inline constexpr uintptr_t kInterruptAndReset = 0xE000ED0C;
inline constexpr uintptr_t kFaultStatus = 0xE000ED28;
inline constexpr uintptr_t kBusFaultAddress = 0xE000ED38;
inline constexpr uintptr_t kCoprocessorAccess = 0xE000ED88;

// AN386, table 3-1
inline constexpr uintptr_t kUart0 = 0x40004000;
inline constexpr uintptr_t kWatchdog = 0x40008000;
inline constexpr uintptr_t kEthernet = 0x40200000;
inline constexpr uint32_t kEthernetInterrupt = 13;

}  // namespace linnet::mps2_an386
