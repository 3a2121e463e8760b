// Boot: chooses and verifies a slot, leaves the boot record, starts the firmware. The only code no update replaces.
#include "linnet/boot/boot_record.h"
#include "linnet/boot/select.h"
#include "linnet/mps2_an386/fault.h"
#include "linnet/mps2_an386/psram_flash.h"
#include "linnet/mps2_an386/ram_map.h"
#include "linnet/mps2_an386/registers.h"
#include "linnet/mps2_an386/system_clock.h"
#include "linnet/mps2_an386/uart.h"
#include "linnet/mps2_an386/watchdog.h"
#include "linnet/package/board.h"
#include "linnet/platform/text_line.h"

using namespace linnet;
using namespace linnet::mps2_an386;

static_assert(boot::kBootRecordAddress == kBootRecordAddress);

namespace {

constexpr package::Uuid kClassId = package::ClassIdOf("mps2-an386");

void Tell(Uart& uart, const boot::BootDecision& decision) {
  const boot::BootRecord& record = decision.record;
  platform::TextLine line;
  line << "boot: slot " << (decision.slot == platform::Slot::kA ? 'A' : 'B') << " version " << record.version()
       << " digest ";
  line.Hex(ByteSpan(record.digest).first(6)) << "..";
  if (decision.trial) {
    line << " trial " << record.starts << '/' << boot::kMaxTrialStarts;
  } else {
    line << " confirmed";
  }
  line << '\n';
  uart.Write(line.text());
  if (!record.reason().empty()) {
    platform::TextLine reason;
    reason << "boot: last update: " << record.reason() << '\n';
    uart.Write(reason.text());
  }
}

// `vectors`: initial stack pointer and reset handler. The firmware's own start-up sets its vector table and lets interrupts
// in when its RAM is ready.
[[noreturn]] void Jump(const uint32_t* vectors) {
  asm volatile(
      "cpsid i\n"
      "msr msp, %0\n"
      "bx %1\n" ::"r"(vectors[0]),
      "r"(vectors[1])
      : "memory");
  __builtin_unreachable();
}

}  // namespace

int main() {
  InstallFaultHandlers();
  Uart uart;
  static PsramFlash flash;
  static const boot::Identity identity = boot::IdentityOf(flash, kClassId);
  Result<boot::BootDecision> decision = boot::SelectSlot(flash, identity);
  if (!decision) {
    uart.Write("boot: no slot holds a signed firmware for this board; halted\n");
    while (true) WaitForInterrupt();
  }
  *reinterpret_cast<boot::BootRecord*>(kBootRecordAddress) = decision->record;
  Tell(uart, *decision);
  // From here on a firmware that never gets to its main loop comes back to boot, and after three starts to the old one.
  Watchdog().Start();
  Jump(reinterpret_cast<const uint32_t*>(kFlashOrigin + decision->image_offset_bytes));
}
