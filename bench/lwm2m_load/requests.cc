#include <array>

#include "linnet/lwm2m_load/fleet.h"

namespace linnet::lwm2m_load {
namespace {

std::array<uint8_t, 4> TokenOf(int index) {
  std::array<uint8_t, 4> token;
  StoreBe32(token.data(), static_cast<uint32_t>(index));
  return token;
}

}  // namespace

std::vector<uint8_t> RegisterRequest(int index, uint16_t message_id) {
  std::array<uint8_t, 256> buffer;
  coap::MessageWriter w(buffer);
  w.Begin(coap::Type::kConfirmable, coap::Code::kPost, message_id, TokenOf(index));
  w.AddOption(coap::option::kUriPath, "rd");
  w.AddUint(coap::option::kContentFormat, coap::content_format::kLink);
  w.AddOption(coap::option::kUriQuery, "ep=load-" + std::to_string(index));
  w.AddOption(coap::option::kUriQuery, "lt=86400");
  w.AddOption(coap::option::kUriQuery, "lwm2m=1.1");
  w.AddOption(coap::option::kUriQuery, "b=U");
  w.AddPayload(AsBytes("</1/0>,</3/0>,</5/0>"));
  return {w.written().begin(), w.written().end()};
}

std::vector<uint8_t> UpdateRequest(int index, uint16_t message_id, const std::string& location) {
  std::array<uint8_t, 256> buffer;
  coap::MessageWriter w(buffer);
  w.Begin(coap::Type::kConfirmable, coap::Code::kPost, message_id, TokenOf(index));
  w.AddPath(coap::option::kUriPath, location);
  w.AddOption(coap::option::kUriQuery, "lt=86400");
  return {w.written().begin(), w.written().end()};
}

}  // namespace linnet::lwm2m_load
