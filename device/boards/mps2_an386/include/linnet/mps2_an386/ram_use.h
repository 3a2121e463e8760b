// How RAM is used: what the linker gave out and how deep the stack has been.
#pragma once

#include <cstdint>

namespace linnet::mps2_an386 {

struct RamUse {
  uint32_t stack_size;
  uint32_t stack_peak;  // since the start; found by its paint, so an untouched hole counts as used
  uint32_t static_ram;  // .data and .bss, the arena included
};

RamUse MeasureRam();

}  // namespace linnet::mps2_an386
