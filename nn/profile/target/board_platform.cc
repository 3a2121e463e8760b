// mps2-an386 in QEMU: files by semihosting, instructions by CMSDK TIMER0 under -icount shift=6, stack by painting.
#include <cstring>

#include "platform.h"

extern "C" {
extern uint8_t work_memory_start[];  // of the linker script
extern uint8_t work_memory_end[];
extern uint32_t stack_bottom[];
}

namespace linnet::profile::target {
namespace {

// Semihosting operations, Arm IHI 0100.
constexpr int kSysOpen = 0x01, kSysClose = 0x02, kSysWrite = 0x05, kSysRead = 0x06;
constexpr int kOpenReadBinary = 1, kOpenWriteBinary = 5;

int Call(int operation, const void* arguments) {
  register int r0 asm("r0") = operation;
  register const void* r1 asm("r1") = arguments;
  asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

int handles[kFileCount];

int OpenFile(const char* name, int mode) {
  const struct {
    const char* name;
    int mode;
    size_t length;
  } arguments = {name, mode, std::strlen(name)};
  return Call(kSysOpen, &arguments);
}

// Both return the bytes that were not transferred.
bool Transfer(int operation, int handle, const void* data, size_t bytes) {
  const struct {
    int handle;
    const void* data;
    size_t bytes;
  } arguments = {handle, data, bytes};
  return Call(operation, &arguments) == 0;
}

volatile uint32_t& Timer(uint32_t offset) { return *reinterpret_cast<volatile uint32_t*>(0x40000000U + offset); }
constexpr uint32_t kCtrl = 0x0, kValue = 0x4, kReload = 0x8;

constexpr uint32_t kPaint = 0xDEADC0DE;

}  // namespace

extern "C" {
uint32_t* linnet_painted_top;
}

bool Open() {
  handles[0] = OpenFile("inputs.bin", kOpenReadBinary);
  handles[1] = OpenFile("outputs.bin", kOpenWriteBinary);
  handles[2] = OpenFile("costs.bin", kOpenWriteBinary);
  handles[3] = OpenFile("traces.bin", kOpenWriteBinary);
  Timer(kReload) = 0xFFFFFFFFU;
  Timer(kValue) = 0xFFFFFFFFU;
  Timer(kCtrl) = 1;
  for (const int handle : handles) {
    if (handle == -1) return false;
  }
  return true;
}
bool Read(void* to, size_t bytes) { return Transfer(kSysRead, handles[0], to, bytes); }
bool Write(File file, const void* from, size_t bytes) {
  return Transfer(kSysWrite, handles[static_cast<int>(file)], from, bytes);
}
bool Close() {
  bool closed = true;
  for (int& handle : handles) closed = Call(kSysClose, &handle) == 0 && closed;
  return closed;
}

uint8_t* WorkMemory(size_t bytes) {
  return bytes <= static_cast<size_t>(work_memory_end - work_memory_start) ? work_memory_start : nullptr;
}

// The timer counts down at 25 MHz. With shift=6 an instruction takes 64 ns of the emulator's time, 1.6 ticks.
uint32_t Ticks() { return 0U - Timer(kValue); }
uint32_t InstructionsFromTicks(uint32_t ticks) { return static_cast<uint32_t>(uint64_t{ticks} * 5 / 8); }

// Needs no stack of its own, so that all below the caller's frame is painted: from stack_bottom up to sp.
[[gnu::naked, gnu::noinline]] void PaintStack() {
  asm volatile(
      "ldr r0, =stack_bottom\n\t"
      "ldr r1, =0xDEADC0DE\n\t"
      "ldr r2, =linnet_painted_top\n\t"
      "mov r3, sp\n\t"
      "str r3, [r2]\n"
      "1:\tcmp r0, r3\n\t"
      "beq 2f\n\t"
      "str r1, [r0], #4\n\t"
      "b 1b\n"
      "2:\tbx lr\n\t"
      ".ltorg");
}
[[gnu::noinline]] uint32_t StackBytesUsed() {
  const uint32_t* p = stack_bottom;
  while (p != linnet_painted_top && *p == kPaint) ++p;
  return static_cast<uint32_t>(linnet_painted_top - p) * 4;
}

}  // namespace linnet::profile::target
