#include "linnet/linnetd/device_keeper.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "linnet/lwm2m/objects.h"
#include "linnet/lwm2m/registration.h"
#include "linnet/package/describe.h"

namespace linnet::linnetd {
namespace {

using lwm2m_server::Operation;

constexpr Duration kFlushInterval = Duration::Seconds(1);
constexpr Duration kAskAgain = Duration::Seconds(5);
constexpr int kAttemptsMax = 72;  // six minutes: by then an image is confirmed or gone
constexpr int kOthersAskedMax = 8;
constexpr size_t kOthersWaitingMax = 10'000;

bool HasObject(const std::string& links, uint16_t object) {
  lwm2m::ObjectListReader reader(links);
  while (const auto entry = reader.Next()) {
    if (entry->path.depth() >= 1 && entry->path.object() == object) return true;
  }
  return false;
}

template <typename T>
const T* ValueAt(const std::vector<events::Record>& records, std::string_view path) {
  for (const events::Record& r : records) {
    if (r.path == path) return std::get_if<T>(&r.value);
  }
  return nullptr;
}

}  // namespace

Outcome<size_t> DeviceKeeper::Restore() {
  LINNET_ASSIGN(const auto rows, store_.ListDevices());
  size_t restored = 0;
  for (const store::DeviceRow& row : rows) {
    const store::Device& d = row.device;
    if (!d.online) continue;
    const auto remaining = Duration::Milliseconds(d.last_seen_ms + d.lifetime_s * 1000 - unix_ms_());
    const events::Registration registration{d.endpoint, d.location,   d.address, d.lwm2m_version,
                                            d.binding,  d.lifetime_s, d.links};
    if (remaining > Duration() && Ok(server_.Restore(now_(), registration, remaining))) {
      ++restored;
    } else {
      Change& change = changes_[d.endpoint];
      change.online = false;
      change.last_seen_ms = d.last_seen_ms;
    }
  }
  Flush();
  return restored;
}

DeviceKeeper::Change& DeviceKeeper::ChangeOf(const std::string& endpoint) {
  Change& change = changes_[endpoint];
  change.last_seen_ms = unix_ms_();
  if (flush_at_ == Instant::Never()) flush_at_ = now_() + kFlushInterval;
  return change;
}

void DeviceKeeper::OnEvent(const events::Event& event) {
  if (const auto* registered = std::get_if<events::Registered>(&event)) {
    const events::Registration& r = registered->registration;
    Change& change = ChangeOf(r.endpoint);
    change.registration = r;
    change.registered_at_ms = change.last_seen_ms;
    change.online = true;
    urgent_ = true;
    spdlog::info("{} registered from {}, lifetime {} s{}", r.endpoint, r.address, r.lifetime_s,
                 registered->replaced ? ", again" : "");
    WantFacts(r);
  } else if (const auto* updated = std::get_if<events::Updated>(&event)) {
    Change& change = ChangeOf(updated->registration.endpoint);
    change.registration = updated->registration;
    change.online = true;
    if (updated->links_changed) WantFacts(updated->registration);
  } else if (const auto* gone = std::get_if<events::Gone>(&event)) {
    Change& change = changes_[gone->endpoint];  // it was not seen just now
    change.online = false;
    urgent_ = true;
    spdlog::info("{} {}", gone->endpoint,
                 gone->reason == events::GoneReason::kExpired ? "is gone: its lifetime ended" : "deregistered");
  } else if (const auto* sent = std::get_if<events::Sent>(&event)) {
    ChangeOf(sent->endpoint);
  } else if (const auto* notified = std::get_if<events::Notified>(&event)) {
    ChangeOf(notified->endpoint);
  }
}

void DeviceKeeper::Flush() {
  urgent_ = false;
  flush_at_ = Instant::Never();
  if (changes_.empty()) return;
  if (auto begun = store_.Begin(); !begun) {
    spdlog::error("{}", begun.error().message);
    flush_at_ = now_() + kFlushInterval;
    return;
  }
  for (const auto& [endpoint, change] : changes_) WriteChange(endpoint, change);
  if (auto committed = store_.Commit(); !committed) {
    spdlog::error("{}", committed.error().message);
    flush_at_ = now_() + kFlushInterval;
    return;
  }
  changes_.clear();
}

void DeviceKeeper::WriteChange(const std::string& endpoint, const Change& change) {
  store::Device device;
  if (const auto row = store_.GetDevice(endpoint)) {
    device = row->device;
  } else if (!change.registration) {
    return;
  }
  if (change.registration) {
    const events::Registration& r = *change.registration;
    device.endpoint = r.endpoint;
    device.location = r.location;
    device.address = r.address;
    device.lwm2m_version = r.lwm2m_version;
    device.binding = r.binding;
    device.lifetime_s = r.lifetime_s;
    device.links = r.links;
  }
  if (change.registered_at_ms) device.registered_at_ms = *change.registered_at_ms;
  if (change.online) device.online = *change.online;
  if (change.last_seen_ms != 0) device.last_seen_ms = change.last_seen_ms;
  if (auto put = store_.PutDevice(device); !put) spdlog::error("{}", put.error().message);
}

void DeviceKeeper::WantFacts(const events::Registration& registration) {
  if (HasObject(registration.links, lwm2m::object::kAttestation)) {
    std::erase_if(linnet_devices_, [&](const Question& q) { return q.endpoint == registration.endpoint; });
    linnet_devices_.push_front({registration.endpoint, 0, now_()});
  } else if (HasObject(registration.links, lwm2m::object::kDevice) && others_.size() < kOthersWaitingMax &&
             others_waiting_.insert(registration.endpoint).second) {
    others_.push_back(registration.endpoint);
  }
}

void DeviceKeeper::OnRound() {
  if (urgent_ || flush_at_ <= now_()) Flush();
  const Instant now = now_();
  for (size_t left = linnet_devices_.size();
       left > 0 && !linnet_devices_.empty() && linnet_devices_.front().when <= now; --left) {
    const Question question = std::move(linnet_devices_.front());
    linnet_devices_.pop_front();
    AskAttestation(question);
    if (question.attempts == 0) AskFirmwareVersion(question.endpoint);
  }
  while (others_asked_ < kOthersAskedMax && !others_.empty()) {
    const std::string endpoint = std::move(others_.front());
    others_.pop_front();
    others_waiting_.erase(endpoint);
    AskFirmwareVersion(endpoint);
  }
}

Instant DeviceKeeper::next_deadline() const {
  if (urgent_) return now_();
  return linnet_devices_.empty() ? flush_at_ : Earlier(flush_at_, linnet_devices_.front().when);
}

void DeviceKeeper::AskFirmwareVersion(const std::string& endpoint) {
  const auto done = [this, endpoint](Outcome<lwm2m_server::Answer> answer) {
    --others_asked_;
    if (!answer) return;
    const auto* version = ValueAt<std::string>(answer->records, "/3/0/3");
    auto row = store_.GetDevice(endpoint);
    if (version == nullptr || !row) return;
    row->facts.firmware_version = *version;
    if (auto put = store_.PutFacts(endpoint, row->facts); !put) spdlog::error("{}", put.error().message);
  };
  if (Ok(server_.Submit(now_(), endpoint, {.operation = Operation::kRead, .path = lwm2m::path::kFirmwareVersion},
                        done))) {
    ++others_asked_;
  }
}

void DeviceKeeper::AskAttestation(const Question& question) {
  const auto done = [this, question](Outcome<lwm2m_server::Answer> answer) {
    if (answer) OnAttestation(question, answer->records);
  };
  constexpr lwm2m::Path kPath{lwm2m::object::kAttestation, 0};
  // Not registered any more: the next registration asks again.
  if (!Ok(server_.Submit(now_(), question.endpoint, {.operation = Operation::kRead, .path = kPath}, done))) return;
}

void DeviceKeeper::OnAttestation(const Question& question, const std::vector<events::Record>& records) {
  auto row = store_.GetDevice(question.endpoint);
  if (!row) return;
  store::DeviceFacts& f = row->facts;
  if (const auto* digest = ValueAt<events::Opaque>(records, "/26243/0/0")) f.digest = package::ToHex(*digest);
  if (const auto* sequence = ValueAt<int64_t>(records, "/26243/0/1")) f.sequence = *sequence;
  if (const auto* confirmed = ValueAt<bool>(records, "/26243/0/2")) f.confirmed = *confirmed ? 1 : 0;
  if (const auto* slot = ValueAt<int64_t>(records, "/26243/0/3")) f.slot = static_cast<int>(*slot);
  if (const auto* version = ValueAt<std::string>(records, "/26243/0/5")) f.image_version = *version;
  if (auto put = store_.PutFacts(question.endpoint, f); !put) spdlog::error("{}", put.error().message);
  if (f.confirmed == 0 && question.attempts < kAttemptsMax) {
    linnet_devices_.push_back({question.endpoint, question.attempts + 1, now_() + kAskAgain});
  }
}

}  // namespace linnet::linnetd
