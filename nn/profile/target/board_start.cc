// Vector table and reset of the profiling image: no boot loader, no firmware, nothing of device/.
#include <cstdint>

int main();

extern "C" {
extern uint32_t stack_top[], data_start[], data_end[], data_load[], bss_start[], bss_end[];

[[noreturn]] static void Exit(uint32_t code) {
  const uint32_t arguments[2] = {0x20026, code};  // ADP_Stopped_ApplicationExit
  register uint32_t r0 asm("r0") = 0x20;          // SYS_EXIT_EXTENDED
  register const void* r1 asm("r1") = arguments;
  asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  for (;;) {
  }
}

[[noreturn]] void Reset() {
  *reinterpret_cast<volatile uint32_t*>(0xE000ED88U) |= 0xFU << 20;  // CPACR: the floating-point unit
  asm volatile("dsb\n\tisb");
  for (uint32_t *to = data_start, *from = data_load; to != data_end;) *to++ = *from++;
  for (uint32_t* p = bss_start; p != bss_end;) *p++ = 0;
  Exit(static_cast<uint32_t>(main()));
}

[[noreturn]] void Fault() { Exit(99); }

[[gnu::section(".vectors"), gnu::used]] const void* const vectors[16] = {stack_top,
                                                                         reinterpret_cast<const void*>(&Reset),
                                                                         reinterpret_cast<const void*>(&Fault),
                                                                         reinterpret_cast<const void*>(&Fault),
                                                                         reinterpret_cast<const void*>(&Fault),
                                                                         reinterpret_cast<const void*>(&Fault),
                                                                         reinterpret_cast<const void*>(&Fault)};
}
