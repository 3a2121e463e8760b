// Who observes what (RFC 7641; LwM2M Core 1.1, 6.4), and when each is to be looked at again. A notification goes out when the
// body differs from the one sent last.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "linnet/base/bytes.h"
#include "linnet/base/fixed.h"
#include "linnet/base/status.h"
#include "linnet/base/time.h"
#include "linnet/lwm2m/body.h"
#include "linnet/lwm2m/path.h"

namespace linnet::agent {

inline constexpr size_t kObserversMax = 10;
// Figures that change without an event (memory) are compared this often.
inline constexpr Duration kObserverPeriod = Duration::Seconds(10);

// Tells one body from another (FNV-1a); a change that keeps it goes untold once in 2^32 times.
uint32_t BodyHash(ByteSpan body);

struct Observer {
  bool used = false;
  FixedBytes<8> token;
  lwm2m::Path path;
  lwm2m::ContentFormat format{};
  uint32_t sent_hash = 0;
  Instant look_at;
};

class Observers {
 public:
  // Adds or refreshes the observation of `token`. kResourceExhausted: the table is full; answer without Observe.
  Status Add(Instant now, ByteSpan token, const lwm2m::Path& path, lwm2m::ContentFormat format, uint32_t sent_hash);
  void RemoveToken(ByteSpan token);
  void RemovePath(const lwm2m::Path& path);
  void Clear();

  // Something changed at `path` or below: look at every observer it concerns now.
  void NoteChange(Instant now, const lwm2m::Path& path);
  Instant next_deadline() const;
  // The slot to look at first, and its next look a period away.
  std::optional<size_t> TakeDue(Instant now);
  Observer& at(size_t slot) { return slots_[slot]; }

  // RFC 7641 4.4: 24 bits, growing.
  uint32_t NextSequence() { return ++sequence_ & 0xffffff; }

 private:
  std::array<Observer, kObserversMax> slots_{};
  uint32_t sequence_ = 0;
};

}  // namespace linnet::agent
