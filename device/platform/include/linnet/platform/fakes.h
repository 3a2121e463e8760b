// Fakes of the small contracts, for tests on a host.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "linnet/platform/clock.h"
#include "linnet/platform/datagram.h"
#include "linnet/platform/random.h"
#include "linnet/platform/serial.h"

namespace linnet::platform {

class FakeClock : public Clock {
 public:
  Instant now() const override { return now_; }
  void Advance(Duration step) { now_ = now_ + step; }

 private:
  Instant now_;
};

// Keeps what is sent, hands out what the test puts in; fails on demand.
class FakeDatagram : public Datagram {
 public:
  Status Send(ByteSpan datagram) override {
    if (!Ok(send_status)) return send_status;
    sent.emplace_back(datagram.begin(), datagram.end());
    return Status::kOk;
  }
  Result<size_t> Receive(MutableByteSpan buffer) override {
    if (waiting.empty()) return Fail(Status::kUnavailable);
    const std::vector<uint8_t> datagram = std::move(waiting.front());
    waiting.pop_front();
    if (datagram.size() > buffer.size()) return Fail(Status::kResourceExhausted);
    std::copy(datagram.begin(), datagram.end(), buffer.begin());
    return datagram.size();
  }

  Status send_status = Status::kOk;  // what Send answers from now on
  std::vector<std::vector<uint8_t>> sent;
  std::deque<std::vector<uint8_t>> waiting;
};

// The same bytes for the same seed.
class FakeRandom : public Random {
 public:
  explicit FakeRandom(uint32_t seed) : state_(seed | 1) {}
  void Fill(MutableByteSpan out) override {
    for (uint8_t& byte : out) {
      state_ = state_ * 1664525 + 1013904223;
      byte = static_cast<uint8_t>(state_ >> 24);
    }
  }

 private:
  uint32_t state_;
};

class FakeSerial : public Serial {
 public:
  void Write(std::string_view text) override { written += text; }
  std::string written;
};

}  // namespace linnet::platform
