// The CMSDK watchdog. Not kicked for 10 s it raises an NMI, which leaves a fault record and resets; should even that hang,
// the part resets by itself 10 s later. Once started it can't be stopped.
#pragma once

namespace linnet::mps2_an386 {

class Watchdog {
 public:
  void Start();
  void Kick();
};

}  // namespace linnet::mps2_an386
