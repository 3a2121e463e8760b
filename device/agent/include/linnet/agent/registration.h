// The registration interface (LwM2M Core 1.1, 6.2) as a state machine: which message is due when, and what an answer means.
// Sends nothing itself.
#pragma once

#include <cstdint>

#include "linnet/base/fixed.h"
#include "linnet/base/status.h"
#include "linnet/base/time.h"
#include "linnet/coap/message.h"

namespace linnet::agent {

class Registration {
 public:
  enum class State : uint8_t { kOff, kUnregistered, kRegistering, kRegistered, kUpdating };

  Registration(Duration lifetime, uint32_t random) : lifetime_(lifetime), random_(random | 1) {}

  // Register at `now`, whatever was before.
  void Start(Instant now);
  void Stop() { state_ = State::kOff; }

  State state() const { return state_; }
  bool registered() const { return state_ == State::kRegistered || state_ == State::kUpdating; }
  Instant next_deadline() const;
  bool due(Instant now) const { return now >= next_deadline(); }

  // The path and queries of the message that is due: POST /rd?ep=.. or POST /rd/<location>. The caller adds the object list
  // when needs_object_list() and sends it. Afterwards the state is kRegistering or kUpdating until an answer or a failure.
  bool needs_object_list() const { return state_ != State::kRegistered || links_changed_; }
  void WriteRequest(std::string_view endpoint, bool object_list, coap::MessageWriter& writer);
  // DELETE /rd/<location>. REQUIRES: registered().
  void WriteDeregister(coap::MessageWriter& writer) const;

  // True: the server has just acknowledged a registration (not an update).
  bool OnResponse(Instant now, const coap::Message& response);
  void OnFailure(Instant now);

  // An update is due now: the lifetime changed, the server asked for it, or there is doubt that it still knows us.
  void RequestUpdate(Instant now);
  void NoteLinksChanged() { links_changed_ = true; }
  Duration lifetime() const { return lifetime_; }
  void SetLifetime(Instant now, Duration lifetime);

 private:
  void RetryLater(Instant now);
  void ScheduleUpdate(Instant now);

  Duration lifetime_;
  Instant at_;  // of the next message, in kUnregistered and kRegistered
  uint32_t random_;
  State state_ = State::kOff;
  uint8_t failures_ = 0;
  bool links_changed_ = false;
  bool lifetime_changed_ = false;
  FixedBytes<64> location_;  // "rd/x1"
};

}  // namespace linnet::agent
