#include "linnet/mps2_an386/ram_use.h"

#include "linnet/mps2_an386/ram_map.h"

extern "C" {
extern const uint32_t __stack_bottom[], __stack_top[], __data_start[], __bss_end[];
}

namespace linnet::mps2_an386 {

RamUse MeasureRam() {
  const volatile uint32_t* p = __stack_bottom;
  while (p != __stack_top && *p == kStackPaint) ++p;
  auto bytes = [](const volatile uint32_t* from, const volatile uint32_t* to) {
    return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(to) - reinterpret_cast<uintptr_t>(from));
  };
  return {.stack_size = bytes(__stack_bottom, __stack_top),
          .stack_peak = bytes(p, __stack_top),
          .static_ram = bytes(__data_start, __bss_end)};
}

}  // namespace linnet::mps2_an386
