// The I/O thread: one UDP socket, work posted by other threads, a deadline, and the signals that end the program.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/base/time.h"
#include "linnet/lwm2m_server/server.h"

namespace linnet::linnetd {

// Milliseconds of the monotonic clock.
Instant MonotonicNow();
// Milliseconds since 1970, UTC.
int64_t UnixMilliseconds();

class IoLoop : public lwm2m_server::Outbox {
 public:
  struct Handlers {
    std::function<void(Instant now, const lwm2m_server::Peer& from, ByteSpan datagram)> on_datagram;
    // After each round of datagrams and posted work, and at the deadline it answered last.
    std::function<Instant(Instant now)> on_round;
  };

  // Binds. kUnavailable: the address is taken or not ours
  static Outcome<std::unique_ptr<IoLoop>> Open(const lwm2m_server::Peer& address);
  ~IoLoop() override;
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;

  // The address with the real port.
  lwm2m_server::Peer address() const { return address_; }
  // Runs on the I/O thread in the order of posting. Any thread; also before Run, and after it (then it never runs).
  void Post(std::function<void()> work);
  // Until Stop or a signal in `stop_signals` (which must be blocked in every thread).
  Outcome<void> Run(const Handlers& handlers, const std::vector<int>& stop_signals);
  void Stop();
  // I/O thread only. Datagrams go out together at the end of the round, or when the batch is full.
  void Send(const lwm2m_server::Peer& to, ByteSpan datagram) override;

 private:
  static constexpr size_t kBatch = 64;
  static constexpr size_t kDatagramBytes = 2048;  // longer ones are cut, and then no CoAP of ours

  IoLoop() = default;
  void Receive(const Handlers& handlers);
  void Flush();
  void RunPosted();

  int socket_ = -1;
  int wake_ = -1;
  lwm2m_server::Peer address_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;

  struct Outgoing {
    lwm2m_server::Peer to;
    std::array<uint8_t, kDatagramBytes> bytes;
    size_t size;
  };
  std::vector<Outgoing> outgoing_ = std::vector<Outgoing>(kBatch);
  size_t outgoing_count_ = 0;
  std::vector<std::array<uint8_t, kDatagramBytes>> incoming_ = std::vector<std::array<uint8_t, kDatagramBytes>>(kBatch);
};

}  // namespace linnet::linnetd
