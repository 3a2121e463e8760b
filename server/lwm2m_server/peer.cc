#include "linnet/lwm2m_server/peer.h"

#include <charconv>

namespace linnet::lwm2m_server {

std::string ToString(const Peer& peer) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    text += std::to_string(peer.address >> shift & 255);
    text += shift > 0 ? '.' : ':';
  }
  return text + std::to_string(peer.port);
}

std::optional<Peer> ParsePeer(std::string_view text) {
  Peer peer;
  const char* at = text.data();
  const char* end = at + text.size();
  for (int part = 0; part < 5; ++part) {
    uint32_t value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc() || value > (part < 4 ? 255u : 65535u)) return std::nullopt;
    at = next;
    if (part == 4) {
      peer.port = static_cast<uint16_t>(value);
    } else {
      peer.address = peer.address << 8 | value;
      if (at == end || *at++ != (part < 3 ? '.' : ':')) return std::nullopt;
    }
  }
  if (at != end) return std::nullopt;
  return peer;
}

}  // namespace linnet::lwm2m_server
