// Keeps the store's devices in step with the endpoint: registrations as they come and go, and what each device says of
// itself (/3/0/3 and /26243/0), asked after it registered and again until its image is confirmed. I/O thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "linnet/base/time.h"
#include "linnet/events/events.h"
#include "linnet/lwm2m_server/server.h"
#include "linnet/store/store.h"

namespace linnet::linnetd {

class DeviceKeeper {
 public:
  // All outlive the keeper; `server` may call back until it is gone.
  DeviceKeeper(store::Store& store, lwm2m_server::Lwm2mServer& server, std::function<Instant()> now,
               std::function<int64_t()> unix_ms)
      : store_(store), server_(server), now_(std::move(now)), unix_ms_(std::move(unix_ms)) {}

  // Puts the registrations that are still valid back into the endpoint. Answers how many.
  Outcome<size_t> Restore();
  void OnEvent(const events::Event& event);
  // Writes what changed: at once when a device came or went, otherwise once a second. Asks devices whose turn it is.
  void OnRound();
  // Writes everything. The log says what could not be written; it is tried again.
  void Flush();
  Instant next_deadline() const;

 private:
  struct Change {
    std::optional<events::Registration> registration;
    std::optional<int64_t> registered_at_ms;
    std::optional<bool> online;
    int64_t last_seen_ms = 0;
  };
  struct Question {
    std::string endpoint;
    int attempts = 0;
    Instant when;
  };

  Change& ChangeOf(const std::string& endpoint);
  void WriteChange(const std::string& endpoint, const Change& change);
  void WantFacts(const events::Registration& registration);
  void AskAttestation(const Question& question);
  void AskFirmwareVersion(const std::string& endpoint);
  void OnAttestation(const Question& question, const std::vector<events::Record>& records);

  store::Store& store_;
  lwm2m_server::Lwm2mServer& server_;
  const std::function<Instant()> now_;
  const std::function<int64_t()> unix_ms_;
  std::unordered_map<std::string, Change> changes_;
  bool urgent_ = false;
  Instant flush_at_ = Instant::Never();
  std::deque<Question> linnet_devices_;  // they have /26243; asked at their time
  std::deque<std::string> others_;       // only /3/0/3, a few at a time: many foreign clients never answer
  std::unordered_set<std::string> others_waiting_;
  int others_asked_ = 0;
};

}  // namespace linnet::linnetd
