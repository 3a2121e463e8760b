#include "linnet/mps2_an386/uart.h"

#include "linnet/mps2_an386/registers.h"

namespace linnet::mps2_an386 {
namespace {

// CMSDK APB UART, ARM DDI 0479 table 4-3.
constexpr uintptr_t kData = kUart0 + 0x0;
constexpr uintptr_t kState = kUart0 + 0x4;
constexpr uintptr_t kControl = kUart0 + 0x8;
constexpr uintptr_t kBaudDivider = kUart0 + 0x10;
constexpr uint32_t kTransmitterFull = 1;
constexpr uint32_t kTransmitEnable = 1;

}  // namespace

Uart::Uart() {
  At(kBaudDivider) = kCoreHz / 115'200;  // at least 16, or the part sends nothing
  At(kControl) = kTransmitEnable;
}

void Uart::Write(std::string_view text) {
  for (char c : text) {
    while ((At(kState) & kTransmitterFull) != 0) {
    }
    At(kData) = static_cast<uint8_t>(c);
  }
}

}  // namespace linnet::mps2_an386
