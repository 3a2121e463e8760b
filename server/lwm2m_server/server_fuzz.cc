// Any datagrams, from three peers, with time passing: the endpoint neither crashes nor keeps what nobody registered.
#include <algorithm>
#include <array>

#include "linnet/base/check.h"
#include "linnet/lwm2m_server/server.h"

namespace {

using namespace linnet;

class NullOutbox : public lwm2m_server::Outbox {
 public:
  void Send(const lwm2m_server::Peer&, ByteSpan datagram) override {
    LINNET_CHECK(datagram.size() <= coap::kDatagramBytesMax);
  }
};

class AcceptingSink : public events::SendSink {
 public:
  void Append(events::SendBatch, std::function<void(Status)> done) override { done(Status::kOk); }
};

// CON POST /rd?ep=<name>, so that further datagrams meet a registered device with a request under way.
void Register(lwm2m_server::Lwm2mServer& server, Instant now, const lwm2m_server::Peer& peer, uint8_t name) {
  const std::array<uint8_t, 22> datagram = {0x40, 0x02, 0,   name, 0xB2, 'r', 'd', 0x44, 'e', 'p', '=',
                                            name, 0xFF, '<', '/',  '3',  '>', ',', '<',  '/', '5', '>'};
  server.Handle(now, peer, datagram);
}

}  // namespace

// Input: records of one byte of peer and flags, one of length, then the datagram.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  NullOutbox outbox;
  AcceptingSink sink;
  events::Bus bus(64);
  lwm2m_server::Lwm2mServer server({.registrations_max = 4, .random_seed = 7}, outbox, bus, sink,
                                   [] { return int64_t{0}; });
  Instant now = Instant::FromMilliseconds(1000);
  Register(server, now, {0x7f000001, 1}, 'a');
  Register(server, now, {0x7f000001, 2}, 'b');
  const auto ignore = [](const Outcome<lwm2m_server::Answer>&) {};
  (void)server.Submit(now, "a", {.operation = lwm2m_server::Operation::kObserve, .path = {3, 0}}, ignore);
  (void)server.Submit(
      now, "b", {.operation = lwm2m_server::Operation::kWrite, .path = {3, 0, 15}, .value = std::string(3000, 'x')},
      ignore);
  for (ByteSpan rest(data, size); rest.size() >= 2;) {
    const uint8_t flags = rest[0];
    const size_t length = std::min<size_t>(rest[1], rest.size() - 2);
    server.Handle(now, {0x7f000001, static_cast<uint16_t>(1 + flags % 3)}, rest.subspan(2, length));
    rest = rest.subspan(2 + length);
    if ((flags & 0x40) != 0) now = now + Duration::Seconds(3);
    if (server.next_deadline() <= now) server.Poll(now);
    bus.Drain();
    LINNET_CHECK(server.registration_count() <= 4);
  }
  return 0;
}
