// A registered device as the endpoint holds it.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "exchange.h"
#include "linnet/coap/association.h"
#include "linnet/events/events.h"
#include "linnet/lwm2m_server/peer.h"

namespace linnet::lwm2m_server {

struct Observation {
  Token token{};
  lwm2m::Path path;
};

// The request under way, and the message that the association sends again and again: it is borrowed, so it stays put.
struct Active {
  std::unique_ptr<Exchange> exchange;
  Token first_token{};
  std::array<uint8_t, coap::kDatagramBytesMax> message{};
};

struct Device {
  uint64_t id = 0;  // of this registration; never used again, so a late callback can't reach a later one
  events::Registration registration;
  Peer peer;
  Instant expires;
  Instant wake = Instant::Never();  // the earliest entry of the heap for it
  coap::Association association;
  FormatChoice formats;
  std::deque<std::unique_ptr<Exchange>> waiting;
  std::unique_ptr<Active> active;
  std::vector<Observation> observations;
};

}  // namespace linnet::lwm2m_server
