// Monotonic time since reset. Callable from anywhere.
#pragma once

#include "linnet/base/time.h"

namespace linnet::platform {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

}  // namespace linnet::platform
