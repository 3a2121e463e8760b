#include "linnet/mps2_an386/fault.h"

#include "linnet/base/check.h"
#include "linnet/mps2_an386/ram_map.h"
#include "linnet/mps2_an386/registers.h"

namespace linnet::mps2_an386 {
namespace {

FaultRecord& Record() { return *reinterpret_cast<FaultRecord*>(kFaultRecordAddress); }

void CopyText(char* to, size_t size, const char* from) {
  size_t i = 0;
  for (; i + 1 < size && from[i] != 0; ++i) to[i] = from[i];
  to[i] = 0;
}

[[noreturn]] void OnCheckFailed(const char* file, int line, const char* condition) {
  FaultRecord& record = Record();
  record.kind = FaultKind::kCheck;
  record.line = static_cast<uint32_t>(line);
  CopyText(record.file, sizeof(record.file), file);
  CopyText(record.condition, sizeof(record.condition), condition);
  record.magic = kFaultMagic;
  Reset();
}

}  // namespace

void InstallFaultHandlers() { SetCheckHandler(OnCheckFailed); }

bool TakeFault(platform::TextLine& line) {
  FaultRecord& record = Record();
  if (record.magic != kFaultMagic) return false;
  record.magic = 0;
  record.file[sizeof(record.file) - 1] = 0;
  record.condition[sizeof(record.condition) - 1] = 0;
  if (record.kind == FaultKind::kCheck) {
    line << "check failed at " << record.file << ':' << record.line << ": " << record.condition;
    return true;
  }
  line << (record.kind == FaultKind::kHardFault  ? "hard fault"
           : record.kind == FaultKind::kWatchdog ? "watchdog expired"
                                                 : "unexpected interrupt");
  line << " at ";
  line.Hex(record.pc) << " called from ";
  line.Hex(record.lr) << ", status ";
  line.Hex(record.fault_status) << ", address ";
  line.Hex(record.fault_address);
  return true;
}

void Reset() {
  asm volatile("dsb" ::: "memory");
  At(kInterruptAndReset) = 0x05FA0004;  // VECTKEY, SYSRESETREQ
  while (true) {
  }
}

}  // namespace linnet::mps2_an386

// `frame` is what the exception stacked: r0-r3, r12, lr, pc, xpsr. It may lie outside RAM after a stack overflow.
extern "C" [[noreturn]] void RecordException(const uint32_t* frame, uint32_t exception) {
  using namespace linnet::mps2_an386;
  auto& record = *reinterpret_cast<FaultRecord*>(kFaultRecordAddress);
  auto address = reinterpret_cast<uintptr_t>(frame);
  bool in_ram = address >= kRamOrigin && address + 32 <= kFaultRecordAddress;
  record.kind = exception == 2   ? FaultKind::kWatchdog
                : exception == 3 ? FaultKind::kHardFault
                                 : FaultKind::kUnexpectedInterrupt;
  record.lr = in_ram ? frame[5] : 0;
  record.pc = in_ram ? frame[6] : 0;
  record.fault_status = At(kFaultStatus);
  record.fault_address = At(kBusFaultAddress);
  record.magic = kFaultMagic;
  Reset();
}

// A stack overflow leaves no stack to run on, so the handler takes a fresh one: nothing returns from here.
extern "C" [[gnu::naked]] void FaultHandler() {
  asm volatile(
      "mov r0, sp\n"
      "mrs r1, ipsr\n"
      "ldr r2, =__stack_top\n"
      "mov sp, r2\n"
      "b RecordException\n");
}
