// Requests to devices: a queue each, one under way at a time (RFC 7252 4.7, NSTART = 1).
#include <algorithm>
#include <string>
#include <utility>

#include "server_impl.h"

namespace linnet::lwm2m_server {
namespace {

bool IsAddressable(const Request& request) {
  switch (request.operation) {
    case Operation::kWrite:
    case Operation::kExecute:
      return request.path.depth() == 3 || (request.operation == Operation::kWrite && request.path.depth() == 4);
    case Operation::kRead:
    case Operation::kObserve:
    case Operation::kCancelObserve: return request.path.depth() >= 1;
  }
  return false;
}

}  // namespace

Status Lwm2mServer::Impl::Submit(Instant now, std::string_view endpoint, Request request, Done done) {
  Device* device = table_.ByEndpoint(endpoint);
  if (device == nullptr) return Status::kNotFound;
  if (!IsAddressable(request)) return Status::kInvalidArgument;
  if (device->waiting.size() >= config_.requests_per_device_max) return Status::kResourceExhausted;
  const Instant deadline = request.source ? Instant::Never() : now + config_.request_timeout;
  auto exchange = std::make_unique<Exchange>(std::move(request), std::move(done), deadline);
  if (!exchange->Begin(device->formats)) return Status::kInvalidArgument;
  now_ = now;
  device->waiting.push_back(std::move(exchange));
  StartNext(now, *device);
  Schedule(*device);
  return Status::kOk;
}

void Lwm2mServer::Impl::StartNext(Instant now, Device& device) {
  while (!device.active && !device.waiting.empty() && !device.association.busy()) {
    device.active = std::make_unique<Active>();
    device.active->exchange = std::move(device.waiting.front());
    device.waiting.pop_front();
    device.active->first_token = device.association.NextToken();
    const Request& request = device.active->exchange->request();
    if (request.operation == Operation::kCancelObserve) {
      // RFC 7641 3.6: the request that cancels carries the token of the one that began.
      for (const Observation& o : device.observations) {
        if (o.path == request.path) device.active->first_token = o.token;
      }
    }
    SendMessage(now, device);
  }
}

void Lwm2mServer::Impl::SendMessage(Instant now, Device& device) {
  Active& active = *device.active;
  const Token token = active.exchange->is_first_message() ? active.first_token : device.association.NextToken();
  coap::MessageWriter writer(active.message);
  Status status = active.exchange->Write(writer, device.association.NextMessageId(), token);
  if (Ok(status)) {
    Conversation conversation(*this, device.peer, &device);
    status = device.association.Start(now, writer.written(), conversation, config_.transmit);
  }
  if (Ok(status)) return;
  const std::string path(active.exchange->request().path.ToText().text());
  auto failed = std::exchange(device.active, nullptr);
  Complete(std::move(failed->exchange),
           Fail(status, "the request for " + path + " can't be written: " + std::string(ToString(status))));
}

void Lwm2mServer::Impl::OnResponse(Instant now, Device& device, const coap::Message& response) {
  if (!device.active) return;
  Exchange& exchange = *device.active->exchange;
  const bool done = exchange.OnResponse(response);
  if (exchange.request().progress) {
    deferred_.push_back(
        [progress = exchange.request().progress, bytes = exchange.bytes_acknowledged()] { progress(bytes); });
  }
  if (!done) return SendMessage(now, device);

  auto active = std::exchange(device.active, nullptr);
  if (exchange.proven_format() && exchange.request().operation == Operation::kRead) {
    device.formats = {exchange.proven_format(), true};
  }
  const lwm2m::Path path = exchange.request().path;
  const auto same_path = [&](const Observation& o) { return o.path == path; };
  if (exchange.observing() || exchange.request().operation == Operation::kCancelObserve) {
    std::erase_if(device.observations, same_path);
  }
  if (exchange.observing()) device.observations.push_back({active->first_token, path});
  Complete(std::move(active->exchange), exchange.result());
}

void Lwm2mServer::Impl::OnFailure(Instant, Device& device, Status why) {
  if (!device.active) return;
  auto active = std::exchange(device.active, nullptr);
  const std::string& name = device.registration.endpoint;
  const std::string what = why == Status::kDeadlineExceeded
                               ? name + " does not answer at " + ToString(device.peer)
                               : name + " rejected the request (a Reset); it may have restarted";
  Complete(std::move(active->exchange), Fail(why, what));
}

void Lwm2mServer::Impl::Complete(std::unique_ptr<Exchange> exchange, Outcome<Answer> result) {
  deferred_.push_back(
      [done = std::move(exchange->done()), result = std::move(result)]() mutable { done(std::move(result)); });
}

void Lwm2mServer::Impl::FailAll(Device& device, Status status, const std::string& why) {
  if (auto active = std::exchange(device.active, nullptr)) {
    device.association.Cancel();
    Complete(std::move(active->exchange), Fail(status, why));
  }
  for (auto& exchange : std::exchange(device.waiting, {})) Complete(std::move(exchange), Fail(status, why));
}

void Lwm2mServer::Impl::TimeOutRequests(Instant now, Device& device) {
  const std::string why = device.registration.endpoint + " does not answer at " + ToString(device.peer);
  if (device.active && device.active->exchange->deadline() <= now) {
    device.association.Cancel();
    auto active = std::exchange(device.active, nullptr);
    Complete(std::move(active->exchange), Fail(Status::kDeadlineExceeded, why));
  }
  while (!device.waiting.empty() && device.waiting.front()->deadline() <= now) {
    Complete(std::move(device.waiting.front()), Fail(Status::kDeadlineExceeded, why));
    device.waiting.pop_front();
  }
}

}  // namespace linnet::lwm2m_server
