#include "linnet/agent/registration.h"

#include <algorithm>
#include <array>

#include "linnet/agent/contracts.h"
#include "linnet/base/check.h"
#include "linnet/lwm2m/registration.h"

namespace linnet::agent {
namespace {

using coap::Code;

// NAT boxes and slirp forget a silent UDP mapping after two to four minutes.
constexpr Duration kSilenceMax = Duration::Seconds(100);
constexpr int64_t kBackOffSecondsMax = 60;

}  // namespace

void Registration::Start(Instant now) {
  state_ = State::kUnregistered;
  failures_ = 0;
  at_ = now;
}

Instant Registration::next_deadline() const {
  return state_ == State::kUnregistered || state_ == State::kRegistered ? at_ : Instant::Never();
}

void Registration::WriteRequest(std::string_view endpoint, bool object_list, coap::MessageWriter& writer) {
  std::array<uint8_t, 24> lifetime;
  const std::string_view lifetime_text = lwm2m::FormatLifetime(lifetime_, lifetime);
  const bool update = state_ == State::kRegistered;
  writer.set_code(Code::kPost);
  writer.AddPath(coap::option::kUriPath, update ? location_.text() : std::string_view("rd"));
  if (object_list) writer.AddUint(coap::option::kContentFormat, coap::content_format::kLink);
  if (update) {
    if (lifetime_changed_) writer.AddOption(coap::option::kUriQuery, lifetime_text);
    state_ = State::kUpdating;
  } else {
    std::array<char, 3 + kEndpointBytesMax> ep{'e', 'p', '='};
    std::copy(endpoint.begin(), endpoint.end(), ep.begin() + 3);
    writer.AddOption(coap::option::kUriQuery, std::string_view(ep.data(), 3 + endpoint.size()));
    writer.AddOption(coap::option::kUriQuery, lifetime_text);
    writer.AddOption(coap::option::kUriQuery, "lwm2m=1.1");
    writer.AddOption(coap::option::kUriQuery, "b=U");
    state_ = State::kRegistering;
  }
  lifetime_changed_ = false;
  links_changed_ = false;
}

void Registration::WriteDeregister(coap::MessageWriter& writer) const {
  LINNET_CHECK(registered());
  writer.set_code(Code::kDelete);
  writer.AddPath(coap::option::kUriPath, location_.text());
}

bool Registration::OnResponse(Instant now, const coap::Message& response) {
  if (state_ == State::kUpdating) {
    if (coap::IsSuccess(response.code)) {
      ScheduleUpdate(now);
    } else {
      Start(now);  // 4.04: the server forgot us; any other refusal is cured the same way, if at all
    }
    return false;
  }
  if (state_ != State::kRegistering) return false;
  std::array<char, 64> location;
  size_t size = 0;
  bool fits = true;
  coap::OptionReader options = response.ReadOptions();
  while (const auto option = options.Next()) {
    if (option->number != coap::option::kLocationPath) continue;
    fits = fits && size + 1 + option->value.size() <= location.size();
    if (!fits) break;
    if (size > 0) location[size++] = '/';
    size = static_cast<size_t>(std::copy(option->text().begin(), option->text().end(), location.begin() + size) -
                               location.begin());
  }
  if (response.code != Code::kCreated || !fits || size == 0) {
    RetryLater(now);
    return false;
  }
  LINNET_CHECK(Ok(location_.Assign(std::string_view(location.data(), size))));
  failures_ = 0;
  ScheduleUpdate(now);
  return true;
}

void Registration::OnFailure(Instant now) {
  if (state_ == State::kRegistering || state_ == State::kUpdating) RetryLater(now);
}

void Registration::RequestUpdate(Instant now) {
  if (state_ == State::kRegistered) at_ = now;
}

void Registration::SetLifetime(Instant now, Duration lifetime) {
  lifetime_ = lifetime;
  lifetime_changed_ = true;
  RequestUpdate(now);
}

// 2, 4, 8, ... 60 seconds, give or take a quarter, so that a fleet whose server returns doesn't come back in one second.
void Registration::RetryLater(Instant now) {
  state_ = State::kUnregistered;
  if (failures_ < 6) ++failures_;
  const int64_t seconds = std::min<int64_t>(int64_t{1} << failures_, kBackOffSecondsMax);
  random_ = random_ * 1664525u + 1013904223u;
  const int64_t milli = 750 + (random_ >> 16) % 501;
  at_ = now + Duration::Milliseconds(seconds * milli);
}

void Registration::ScheduleUpdate(Instant now) {
  state_ = State::kRegistered;
  at_ = now + std::min(lifetime_ / 2, kSilenceMax);
}

}  // namespace linnet::agent
