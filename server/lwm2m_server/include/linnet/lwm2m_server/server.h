// The LwM2M 1.1 server endpoint, sans-I/O: registration (Core 1.1, 6.2), device management (6.3), information reporting
// (6.4) with Send. Datagrams and the time come in, datagrams and the next deadline go out; what happened goes to the bus.
// One thread. The cost of a call does not grow with the number of devices: hash maps by address, location and endpoint
// name, one ordered set of deadlines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "linnet/base/time.h"
#include "linnet/coap/association.h"
#include "linnet/events/bus.h"
#include "linnet/lwm2m_server/peer.h"
#include "linnet/lwm2m_server/request.h"

namespace linnet::lwm2m_server {

// Takes datagrams for the network. Borrows until return.
class Outbox {
 public:
  virtual ~Outbox() = default;
  virtual void Send(const Peer& to, ByteSpan datagram) = 0;
};

struct Config {
  size_t registrations_max = 1'000'000;  // then Register gets 5.03
  size_t requests_per_device_max = 16;   // waiting, besides the one under way
  coap::TransmitParameters transmit{};
  Duration request_timeout = Duration::Seconds(100);  // in the queue and on the wire together; a push has none
  uint64_t random_seed = 1;  // from a real source: locations, tokens and message ids come of it
};

class Lwm2mServer {
 public:
  // `unix_ms` is the wall clock for what is stored. Members outlive the server; the sink's `done` must be called on the
  // server's thread and may come at once.
  Lwm2mServer(const Config& config, Outbox& outbox, events::Bus& bus, events::SendSink& sink,
              std::function<int64_t()> unix_ms);
  ~Lwm2mServer();
  Lwm2mServer(const Lwm2mServer&) = delete;
  Lwm2mServer& operator=(const Lwm2mServer&) = delete;

  // One datagram from the network; any bytes. Publishes events, calls what is Done.
  void Handle(Instant now, const Peer& from, ByteSpan datagram);
  // Retransmits, expires, times out. Call at next_deadline() or later.
  void Poll(Instant now);
  Instant next_deadline() const;

  // Puts a registration back that was stored before a restart; `remaining` of its lifetime. No event.
  // kOk | kInvalidArgument: its address can't be read | kAlreadyExists: the endpoint, location or address is taken
  Status Restore(Instant now, const events::Registration& registration, Duration remaining);

  // Queues a request. Requests of one device run one after the other, in order.
  // kOk: `done` will be called | kNotFound: not registered | kResourceExhausted: its queue is full
  // | kInvalidArgument: a path or value that can't be sent
  Status Submit(Instant now, std::string_view endpoint, Request request, Done done);

  bool IsRegistered(std::string_view endpoint) const;
  size_t registration_count() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet::lwm2m_server
