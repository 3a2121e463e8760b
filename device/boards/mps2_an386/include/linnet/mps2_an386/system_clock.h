// SysTick as the monotonic clock, one tick a millisecond. One a program: the interrupt has one counter.
#pragma once

#include "linnet/platform/clock.h"

namespace linnet::mps2_an386 {

class SystemClock final : public platform::Clock {
 public:
  SystemClock();
  Instant now() const override;
};

// Sleeps until the next interrupt, at most one tick. Returns at once when one is pending.
void WaitForInterrupt();

}  // namespace linnet::mps2_an386
