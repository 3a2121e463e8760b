// The endpoint's inside. Requests from devices are in registration.cc and send.cc, requests to devices in requests.cc, the
// dispatch of datagrams and time in server.cc.
#pragma once

#include <functional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "device_table.h"
#include "linnet/lwm2m/registration.h"
#include "linnet/lwm2m_server/server.h"

namespace linnet::lwm2m_server {

class Lwm2mServer::Impl {
 public:
  Impl(const Config& config, Outbox& outbox, events::Bus& bus, events::SendSink& sink,
       std::function<int64_t()> unix_ms);

  void Handle(Instant now, const Peer& from, ByteSpan datagram);
  void Poll(Instant now);
  Instant next_deadline() const {
    return !deferred_.empty() ? now_ : timers_.empty() ? Instant::Never() : timers_.begin()->first;
  }
  Status Restore(Instant now, const events::Registration& registration, Duration remaining);
  Status Submit(Instant now, std::string_view endpoint, Request request, Done done);
  bool IsRegistered(std::string_view endpoint) const { return table_.ByEndpoint(endpoint) != nullptr; }
  size_t registration_count() const { return table_.size(); }

 private:
  class Conversation;  // one datagram's worth of coap::Endpoint
  friend class Conversation;

  // Devices' requests (registration.cc, send.cc). `c` knows who asks.
  coap::Disposition OnRequest(Conversation& c, const coap::Message& request, coap::MessageWriter& response);
  coap::Disposition OnRegister(Conversation& c, const coap::Message& request, coap::MessageWriter& response);
  coap::Disposition OnUpdate(Conversation& c, std::string_view location, const coap::Message& request,
                             coap::MessageWriter& response);
  coap::Disposition OnDeregister(Conversation& c, std::string_view location, coap::MessageWriter& response);
  coap::Disposition OnSend(Conversation& c, const coap::Message& request, coap::MessageWriter& response);
  void OnSendStored(uint64_t device, const coap::DeferredRequest& request, size_t record_count, Status status);
  bool OnNotification(Conversation& c, const coap::Message& notification);
  void TakeOver(Conversation& c, Device& device);
  std::string NewLocation();

  // Requests to devices (requests.cc).
  void StartNext(Instant now, Device& device);
  void SendMessage(Instant now, Device& device);
  void OnResponse(Instant now, Device& device, const coap::Message& response);
  void OnFailure(Instant now, Device& device, Status why);
  void Complete(std::unique_ptr<Exchange> exchange, Outcome<Answer> result);
  void FailAll(Device& device, Status status, const std::string& why);
  void TimeOutRequests(Instant now, Device& device);

  // Time and the end of a call (server.cc).
  Instant DeadlineOf(const Device& device) const;
  void Schedule(Device& device);
  void Expire(Device& device);
  void Bury(Device& device);
  void RunDeferred();
  void Publish(events::Event event);

  const Config config_;
  Outbox& outbox_;
  events::Bus& bus_;
  events::SendSink& sink_;
  std::function<int64_t()> unix_ms_;
  std::mt19937_64 random_;
  uint64_t next_id_ = 1;
  Instant now_;
  DeviceTable table_;
  std::set<std::pair<Instant, uint64_t>> timers_;  // (wake, id) of each device, one entry each
  // Callbacks of the outside world run when no device is being worked on: they may call Submit.
  std::vector<std::function<void()>> deferred_;
  bool running_deferred_ = false;
  std::vector<std::unique_ptr<Device>> buried_;  // removed while their own association was at work
  std::array<uint8_t, coap::kDatagramBytesMax> response_{};
};

// One datagram or one poll with one peer: what coap::Association asks of us. `device` is null for a stranger; a
// registration may set it, and then `adopt` says that the association at hand becomes the device's.
class Lwm2mServer::Impl::Conversation final : public coap::Endpoint {
 public:
  Conversation(Impl& server, const Peer& from, Device* known) : peer(from), device(known), server_(server) {}

  void Send(ByteSpan datagram) override { server_.outbox_.Send(peer, datagram); }
  MutableByteSpan response_space() override { return server_.response_; }
  coap::Disposition OnRequest(Instant, const coap::Message& request, coap::MessageWriter& response) override {
    return server_.OnRequest(*this, request, response);
  }
  void OnResponse(Instant now, const coap::Message& response) override {
    if (device != nullptr) server_.OnResponse(now, *device, response);
  }
  void OnAcknowledged(Instant) override {}
  void OnFailure(Instant now, Status why) override {
    if (device != nullptr) server_.OnFailure(now, *device, why);
  }
  bool OnNotification(Instant, const coap::Message& notification) override {
    return server_.OnNotification(*this, notification);
  }

  const Peer peer;
  Device* device;
  Device* adopt = nullptr;

 private:
  Impl& server_;
};

}  // namespace linnet::lwm2m_server
