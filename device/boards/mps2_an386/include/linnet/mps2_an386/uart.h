// UART 0 as the serial terminal. Blocks while the transmitter is full; callable with interrupts off.
#pragma once

#include "linnet/platform/serial.h"

namespace linnet::mps2_an386 {

class Uart final : public platform::Serial {
 public:
  Uart();
  void Write(std::string_view text) override;
};

}  // namespace linnet::mps2_an386
