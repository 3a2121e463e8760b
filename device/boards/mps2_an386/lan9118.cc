#include "linnet/mps2_an386/lan9118.h"

#include "linnet/base/check.h"
#include "linnet/mps2_an386/registers.h"

namespace linnet::mps2_an386 {
namespace {

// LAN9118 data sheet, chapter 5.
constexpr uintptr_t kRxData = kEthernet + 0x00;
constexpr uintptr_t kTxData = kEthernet + 0x20;
constexpr uintptr_t kRxStatus = kEthernet + 0x40;
constexpr uintptr_t kTxStatus = kEthernet + 0x48;
constexpr uintptr_t kIdRevision = kEthernet + 0x50;
constexpr uintptr_t kInterruptConfig = kEthernet + 0x54;
constexpr uintptr_t kInterruptStatus = kEthernet + 0x58;
constexpr uintptr_t kInterruptEnable = kEthernet + 0x5C;
constexpr uintptr_t kByteTest = kEthernet + 0x64;
constexpr uintptr_t kFifoInterrupt = kEthernet + 0x68;
constexpr uintptr_t kRxConfig = kEthernet + 0x6C;
constexpr uintptr_t kTxConfig = kEthernet + 0x70;
constexpr uintptr_t kHardwareConfig = kEthernet + 0x74;
constexpr uintptr_t kRxFifoInfo = kEthernet + 0x7C;
constexpr uintptr_t kTxFifoInfo = kEthernet + 0x80;
constexpr uintptr_t kMacCommand = kEthernet + 0xA4;
constexpr uintptr_t kMacData = kEthernet + 0xA8;

constexpr uint32_t kMacControl = 1;
constexpr uint32_t kMacAddressHigh = 2;
constexpr uint32_t kMacAddressLow = 3;
constexpr uint32_t kMacBusy = 0x80000000;
constexpr uint32_t kMacRead = 0x40000000;
constexpr uint32_t kRxStatusLevel = 1u << 3;  // a frame waits

void WaitForMac() {
  while ((At(kMacCommand) & kMacBusy) != 0) {
  }
}

uint32_t ReadMac(uint32_t index) {
  At(kMacCommand) = kMacBusy | kMacRead | index;
  WaitForMac();
  return At(kMacData);
}

void WriteMac(uint32_t index, uint32_t value) {
  At(kMacData) = value;
  At(kMacCommand) = kMacBusy | index;
  WaitForMac();
}

}  // namespace

Status Lan9118::Start() {
  if (At(kByteTest) != 0x87654321 || At(kIdRevision) >> 16 != 0x0118) return Status::kUnavailable;
  At(kHardwareConfig) = 1;  // soft reset
  while ((At(kHardwareConfig) & 1) != 0) {
  }
  At(kHardwareConfig) = 0x00050000;  // 5 KB of the 16 KB FIFO for transmission
  uint32_t low = ReadMac(kMacAddressLow);
  uint32_t high = ReadMac(kMacAddressHigh);
  for (size_t i = 0; i < 4; ++i) mac_[i] = static_cast<uint8_t>(low >> 8 * i);
  for (size_t i = 0; i < 2; ++i) mac_[4 + i] = static_cast<uint8_t>(high >> 8 * i);

  At(kRxConfig) = kPadBytes << 8;
  At(kTxConfig) = 2;                          // transmitter on
  WriteMac(kMacControl, 1u << 20 | 8u | 4u);  // full duplex, transmit, receive
  At(kFifoInterrupt) = 0x48000000;            // receive status level 0: any frame
  // Enabled, active high, push-pull: QEMU drives the line inverted otherwise.
  At(kInterruptConfig) = 0x111;
  RearmInterrupt();
  At(kNvicEnable0) = 1u << kEthernetInterrupt;
  return Status::kOk;
}

size_t Lan9118::NextFrameBytes() {
  constexpr size_t kChecksumBytes = 4;
  while ((At(kRxFifoInfo) >> 16 & 0xFF) != 0) {
    uint32_t status = At(kRxStatus);
    size_t bytes = status >> 16 & 0x3FFF;
    next_fifo_words_ = (kPadBytes + bytes + 3) / 4;
    bool damaged = (status & 1u << 15) != 0;
    if (!damaged && bytes > kChecksumBytes && bytes - kChecksumBytes <= kFrameBytesMax) return bytes - kChecksumBytes;
    Read({});
  }
  return 0;
}

void Lan9118::Read(std::span<uint32_t> words) {
  for (size_t i = 0; i < next_fifo_words_; ++i) {
    uint32_t word = At(kRxData);
    if (i < words.size()) words[i] = word;
  }
  next_fifo_words_ = 0;
}

Status Lan9118::Transmit(std::span<const uint32_t> words, size_t frame_bytes) {
  LINNET_CHECK(frame_bytes <= kFrameBytesMax);
  size_t fifo_words = (kPadBytes + frame_bytes + 3) / 4;
  LINNET_CHECK(fifo_words <= words.size());
  if ((At(kTxFifoInfo) & 0xFFFF) < 4 * fifo_words + 8) return Status::kResourceExhausted;
  At(kTxData) = kPadBytes << 16 | 1u << 13 | 1u << 12 | frame_bytes;  // first and last segment, data offset
  At(kTxData) = frame_bytes;
  for (size_t i = 0; i < fifo_words; ++i) At(kTxData) = words[i];
  while ((At(kTxFifoInfo) >> 16 & 0xFF) != 0) [[maybe_unused]] uint32_t status = At(kTxStatus);
  return Status::kOk;
}

void Lan9118::RearmInterrupt() {
  At(kInterruptStatus) = kRxStatusLevel;
  At(kInterruptEnable) = kRxStatusLevel;
}

}  // namespace linnet::mps2_an386

// The line is a level: masked until the frames were read.
extern "C" void EthernetHandler() {
  using namespace linnet::mps2_an386;
  At(kEthernet + 0x5C) = 0;
}
