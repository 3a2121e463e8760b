#include "linnet/mps2_an386/watchdog.h"

#include "linnet/mps2_an386/registers.h"

namespace linnet::mps2_an386 {
namespace {

// CMSDK APB watchdog, ARM DDI 0479 table 4-6.
constexpr uintptr_t kLoad = kWatchdog + 0x0;
constexpr uintptr_t kControl = kWatchdog + 0x8;
constexpr uintptr_t kClear = kWatchdog + 0xC;
constexpr uintptr_t kLock = kWatchdog + 0xC00;
constexpr uint32_t kUnlock = 0x1ACCE551;

}  // namespace

void Watchdog::Start() {
  At(kLock) = kUnlock;
  At(kLoad) = kCoreHz * 10;
  At(kControl) = 3;  // interrupt and reset
  At(kLock) = 0;
}

void Watchdog::Kick() {
  At(kLock) = kUnlock;
  At(kClear) = 1;  // reloads the counter
  At(kLock) = 0;
}

}  // namespace linnet::mps2_an386
