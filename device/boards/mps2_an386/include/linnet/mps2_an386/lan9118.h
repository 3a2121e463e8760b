// SMSC LAN9118 Ethernet controller: whole frames in and out. No checksums, no filtering beyond the address.
// Not thread-safe. Its interrupt only ends WaitForInterrupt; frames are taken by Receive.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"

namespace linnet::mps2_an386 {

class Lan9118 {
 public:
  // Bytes before the frame in Receive's and Transmit's buffers, so that the IP header behind the 14 bytes of Ethernet
  // header is aligned.
  static constexpr size_t kPadBytes = 2;
  static constexpr size_t kFrameBytesMax = 1514;

  // Resets and enables the part. kOk | kUnavailable: no LAN9118 answers
  Status Start();
  // The address the part came with. REQUIRES: started.
  std::array<uint8_t, 6> mac() const { return mac_; }

  // Length of the next waiting frame without padding and checksum, 0 when none waits. Drops frames the part marked as
  // damaged or oversized.
  size_t NextFrameBytes();
  // Reads that frame: kPadBytes + NextFrameBytes(), rounded up to words, go to `words`. An empty `words` drops the frame.
  void Read(std::span<uint32_t> words);
  // Sends kPadBytes of padding followed by `frame_bytes`. kOk | kResourceExhausted: the transmit FIFO is full
  Status Transmit(std::span<const uint32_t> words, size_t frame_bytes);
  // Lets the interrupt fire again. Call when no frame waits.
  void RearmInterrupt();

 private:
  std::array<uint8_t, 6> mac_{};
  size_t next_fifo_words_ = 0;
};

}  // namespace linnet::mps2_an386
