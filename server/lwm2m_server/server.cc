#include "linnet/lwm2m_server/server.h"

#include <utility>

#include "server_impl.h"

namespace linnet::lwm2m_server {

Lwm2mServer::Impl::Impl(const Config& config, Outbox& outbox, events::Bus& bus, events::SendSink& sink,
                        std::function<int64_t()> unix_ms)
    : config_(config),
      outbox_(outbox),
      bus_(bus),
      sink_(sink),
      unix_ms_(std::move(unix_ms)),
      random_(config.random_seed) {}

void Lwm2mServer::Impl::Handle(Instant now, const Peer& from, ByteSpan datagram) {
  now_ = now;
  Device* known = table_.ByPeer(from);
  // A stranger gets an association for one datagram. Only a registration makes it stay, so strangers cost no memory.
  coap::Association stranger(static_cast<uint32_t>(random_()));
  coap::Association& association = known != nullptr ? known->association : stranger;
  Conversation conversation(*this, from, known);
  association.HandleDatagram(now, datagram, conversation);
  // The duplicate of the Register must find the reply that was just given, wherever the device's record lives now.
  if (conversation.adopt != nullptr) conversation.adopt->association = std::move(association);
  if (conversation.device != nullptr) {
    StartNext(now, *conversation.device);
    Schedule(*conversation.device);
  }
  buried_.clear();
  RunDeferred();
}

void Lwm2mServer::Impl::Poll(Instant now) {
  now_ = now;
  while (!timers_.empty() && timers_.begin()->first <= now) {
    Device* device = table_.ById(timers_.begin()->second);
    timers_.erase(timers_.begin());
    device->wake = Instant::Never();
    if (device->expires <= now) {
      Expire(*device);
      continue;
    }
    TimeOutRequests(now, *device);
    if (device->association.next_deadline() <= now) {
      Conversation conversation(*this, device->peer, device);
      device->association.Poll(now, conversation);
    }
    StartNext(now, *device);
    Schedule(*device);
  }
  buried_.clear();
  RunDeferred();
}

Instant Lwm2mServer::Impl::DeadlineOf(const Device& device) const {
  Instant deadline = Earlier(device.expires, device.association.next_deadline());
  if (device.active) deadline = Earlier(deadline, device.active->exchange->deadline());
  if (!device.waiting.empty()) deadline = Earlier(deadline, device.waiting.front()->deadline());
  return deadline;
}

// A deadline that moves away leaves the timer as it is: it comes too early, finds nothing to do and is set anew. So an Update
// costs no timer operation.
void Lwm2mServer::Impl::Schedule(Device& device) {
  const Instant deadline = DeadlineOf(device);
  if (deadline >= device.wake) return;
  timers_.erase({device.wake, device.id});
  device.wake = deadline;
  timers_.insert({deadline, device.id});
}

void Lwm2mServer::Impl::Expire(Device& device) {
  const std::string endpoint = device.registration.endpoint;
  FailAll(device, Status::kDeadlineExceeded, endpoint + " does not answer, and its registration has ended");
  Bury(device);
  Publish(events::Gone{endpoint, events::GoneReason::kExpired});
}

// Its own association may be at work: the memory goes at the end of the call.
void Lwm2mServer::Impl::Bury(Device& device) {
  timers_.erase({device.wake, device.id});
  buried_.push_back(table_.Remove(device));
}

void Lwm2mServer::Impl::RunDeferred() {
  if (running_deferred_) return;
  running_deferred_ = true;
  while (!deferred_.empty()) {
    const auto work = std::exchange(deferred_, {});
    for (const auto& call : work) call();
  }
  running_deferred_ = false;
}

void Lwm2mServer::Impl::Publish(events::Event event) {
  // A full bus drops the event and counts it; who listens finds the state itself at the next registration update.
  if (!Ok(bus_.Publish(std::move(event)))) return;
}

Status Lwm2mServer::Impl::Restore(Instant now, const events::Registration& registration, Duration remaining) {
  const auto peer = ParsePeer(registration.address);
  if (!peer) return Status::kInvalidArgument;
  if (table_.ByPeer(*peer) || table_.ByEndpoint(registration.endpoint) || table_.ByLocation(registration.location)) {
    return Status::kAlreadyExists;
  }
  auto device = std::make_unique<Device>();
  device->id = next_id_++;
  device->registration = registration;
  device->peer = *peer;
  device->expires = now + remaining;
  device->association = coap::Association(static_cast<uint32_t>(random_()));
  device->formats = FormatsOf(registration);
  Schedule(table_.Add(std::move(device)));
  return Status::kOk;
}

Lwm2mServer::Lwm2mServer(const Config& config, Outbox& outbox, events::Bus& bus, events::SendSink& sink,
                         std::function<int64_t()> unix_ms)
    : impl_(std::make_unique<Impl>(config, outbox, bus, sink, std::move(unix_ms))) {}
Lwm2mServer::~Lwm2mServer() = default;

void Lwm2mServer::Handle(Instant now, const Peer& from, ByteSpan datagram) { impl_->Handle(now, from, datagram); }
void Lwm2mServer::Poll(Instant now) { impl_->Poll(now); }
Instant Lwm2mServer::next_deadline() const { return impl_->next_deadline(); }
Status Lwm2mServer::Restore(Instant now, const events::Registration& registration, Duration remaining) {
  return impl_->Restore(now, registration, remaining);
}
Status Lwm2mServer::Submit(Instant now, std::string_view endpoint, Request request, Done done) {
  return impl_->Submit(now, endpoint, std::move(request), std::move(done));
}
bool Lwm2mServer::IsRegistered(std::string_view endpoint) const { return impl_->IsRegistered(endpoint); }
size_t Lwm2mServer::registration_count() const { return impl_->registration_count(); }

}  // namespace linnet::lwm2m_server
