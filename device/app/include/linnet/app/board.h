// What the application asks of the board beyond the platform contracts. A port implements it; a test counts the calls.
#pragma once

#include "linnet/agent/agent.h"

namespace linnet::app {

class Board {
 public:
  virtual ~Board() = default;
  // The main loop turns. Not called for 10 s the board resets.
  virtual void KickWatchdog() = 0;
  // Heap, stack and static RAM; the application fills in the arena.
  virtual agent::MemoryFigures memory() const = 0;
  // Resets the board; may return on a host.
  virtual void Reset() = 0;
};

}  // namespace linnet::app
