// Random bytes fit for tokens and jitter. Not for keys unless the port says so.
#pragma once

#include "linnet/base/bytes.h"

namespace linnet::platform {

class Random {
 public:
  virtual ~Random() = default;
  virtual void Fill(MutableByteSpan out) = 0;
};

}  // namespace linnet::platform
