#include "linnet/agent/observers.h"

namespace linnet::agent {

uint32_t BodyHash(ByteSpan body) {
  uint32_t hash = 2166136261u;
  for (const uint8_t byte : body) hash = (hash ^ byte) * 16777619u;
  return hash;
}

Status Observers::Add(Instant now, ByteSpan token, const lwm2m::Path& path, lwm2m::ContentFormat format,
                      uint32_t sent_hash) {
  // A client that observes the same path anew (it restarted, say) replaces its older observation.
  RemoveToken(token);
  RemovePath(path);
  for (Observer& slot : slots_) {
    if (slot.used) continue;
    LINNET_TRY(slot.token.Assign(token));
    slot.path = path;
    slot.format = format;
    slot.sent_hash = sent_hash;
    slot.look_at = now + kObserverPeriod;
    slot.used = true;
    return Status::kOk;
  }
  return Status::kResourceExhausted;
}

void Observers::RemoveToken(ByteSpan token) {
  for (Observer& slot : slots_) {
    if (slot.used && Equal(slot.token.span(), token)) slot.used = false;
  }
}

void Observers::RemovePath(const lwm2m::Path& path) {
  for (Observer& slot : slots_) {
    if (slot.used && slot.path == path) slot.used = false;
  }
}

void Observers::Clear() {
  for (Observer& slot : slots_) slot.used = false;
}

void Observers::NoteChange(Instant now, const lwm2m::Path& path) {
  for (Observer& slot : slots_) {
    if (slot.used && (slot.path.Contains(path) || path.Contains(slot.path))) slot.look_at = now;
  }
}

Instant Observers::next_deadline() const {
  Instant next = Instant::Never();
  for (const Observer& slot : slots_) {
    if (slot.used) next = Earlier(next, slot.look_at);
  }
  return next;
}

std::optional<size_t> Observers::TakeDue(Instant now) {
  std::optional<size_t> due;
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].used || slots_[i].look_at > now) continue;
    if (!due || slots_[i].look_at < slots_[*due].look_at) due = i;
  }
  if (due) slots_[*due].look_at = now + kObserverPeriod;
  return due;
}

}  // namespace linnet::agent
