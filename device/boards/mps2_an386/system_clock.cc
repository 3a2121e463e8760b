#include "linnet/mps2_an386/system_clock.h"

#include "linnet/mps2_an386/registers.h"

namespace {
volatile uint32_t g_ticks_low;
volatile uint32_t g_ticks_high;
}  // namespace

extern "C" void SysTickHandler() {
  uint32_t low = g_ticks_low + 1;
  g_ticks_low = low;
  if (low == 0) g_ticks_high = g_ticks_high + 1;
}

namespace linnet::mps2_an386 {

SystemClock::SystemClock() {
  At(kSysTickReload) = kCoreHz / 1000 - 1;
  At(kSysTickValue) = 0;
  At(kSysTickControl) = 7;  // processor clock, interrupt, enable
}

Instant SystemClock::now() const {
  uint32_t high = 0;
  uint32_t low = 0;
  do {  // a tick between the two reads may carry
    high = g_ticks_high;
    low = g_ticks_low;
  } while (high != g_ticks_high);
  return Instant::FromMilliseconds(static_cast<int64_t>(static_cast<uint64_t>(high) << 32 | low));
}

void WaitForInterrupt() { asm volatile("wfi" ::: "memory"); }

}  // namespace linnet::mps2_an386
