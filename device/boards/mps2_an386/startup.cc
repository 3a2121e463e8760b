// From reset to main: the vector table, RAM, constructors. The same for boot and for the firmware in either slot.
#include <cstdint>

#include "linnet/mps2_an386/registers.h"

extern "C" {

int main();
void ResetHandler();
void FaultHandler();
void SysTickHandler();
[[gnu::weak, gnu::alias("IgnoreInterrupt")]] void EthernetHandler();
void IgnoreInterrupt() {}

// Set by the linker script.
extern uint32_t __stack_bottom[], __stack_top[];
extern uint32_t __data_start[], __data_end[], __data_load[];
extern uint32_t __bss_start[], __bss_end[];
extern void (*const __init_array_start[])();
extern void (*const __init_array_end[])();

using Handler = void (*)();
struct VectorTable {
  uint32_t* initial_stack;
  Handler exceptions[15];
  Handler interrupts[32];
};

// DDI 0403 B1.5.2. NMI is the watchdog's. MemManage, BusFault and UsageFault stay disabled and arrive as HardFault.
[[gnu::section(".vectors"), gnu::used]] extern const VectorTable kVectors = {
    .initial_stack = __stack_top,
    .exceptions = {ResetHandler, FaultHandler, FaultHandler, FaultHandler, FaultHandler, FaultHandler, nullptr, nullptr,
                   nullptr, nullptr, FaultHandler, FaultHandler, nullptr, FaultHandler, SysTickHandler},
    .interrupts = {FaultHandler, FaultHandler, FaultHandler, FaultHandler, FaultHandler, FaultHandler, FaultHandler,
                   FaultHandler, FaultHandler, FaultHandler, FaultHandler, FaultHandler, FaultHandler, EthernetHandler,
                   FaultHandler, FaultHandler, FaultHandler, FaultHandler, FaultHandler, FaultHandler, FaultHandler,
                   FaultHandler, FaultHandler, FaultHandler, FaultHandler, FaultHandler, FaultHandler, FaultHandler,
                   FaultHandler, FaultHandler, FaultHandler, FaultHandler},
};

[[noreturn]] void StartMain() {
  uint32_t* load = __data_load;
  for (uint32_t* p = __data_start; p != __data_end;) *p++ = *load++;
  for (uint32_t* p = __bss_start; p != __bss_end;) *p++ = 0;
  // Out of reset the table is the one at address 0, after boot it is boot's.
  linnet::mps2_an386::At(linnet::mps2_an386::kVectorTable) = reinterpret_cast<uintptr_t>(&kVectors);
  linnet::mps2_an386::At(linnet::mps2_an386::kCoprocessorAccess) |= 0xF << 20;  // the FPU
  asm volatile("dsb\nisb" ::: "memory");
  for (auto constructor = __init_array_start; constructor != __init_array_end; ++constructor) (*constructor)();
  asm volatile("cpsie i");
  main();
  while (true) {
  }
}

// Interrupts stay off until RAM is ready: boot hands over with them off, a cold start with them on but none enabled.
// The stack is painted with kStackPaint (ram_map.h) before anything uses it.
[[gnu::naked]] void ResetHandler() {
  asm volatile(
      "cpsid i\n"
      "ldr r0, =__stack_bottom\n"
      "ldr r1, =__stack_top\n"
      "mov sp, r1\n"
      "ldr r2, =0xC0DE57AC\n"
      "1: str r2, [r0], #4\n"
      "cmp r0, r1\n"
      "blo 1b\n"
      "b StartMain\n");
}

}  // extern "C"
