// Where a datagram came from: an IPv4 address and a port. Never who it came from: devices move.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace linnet::lwm2m_server {

struct Peer {
  uint32_t address = 0;  // host byte order: 127.0.0.1 is 0x7f000001
  uint16_t port = 0;
  friend auto operator<=>(const Peer&, const Peer&) = default;
};

std::string ToString(const Peer& peer);                // "127.0.0.1:5683"
std::optional<Peer> ParsePeer(std::string_view text);  // nullopt: not of that form

}  // namespace linnet::lwm2m_server

template <>
struct std::hash<linnet::lwm2m_server::Peer> {
  size_t operator()(const linnet::lwm2m_server::Peer& peer) const noexcept {
    // Fibonacci hashing: neighbouring ports of one address must not share buckets.
    return (static_cast<uint64_t>(peer.address) << 16 | peer.port) * 0x9E3779B97F4A7C15ull >> 8;
  }
};
