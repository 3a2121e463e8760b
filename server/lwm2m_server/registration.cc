// Register, Update, De-register (LwM2M Core 1.1, 6.2.1 to 6.2.3).
#include <algorithm>
#include <optional>
#include <utility>

#include "linnet/lwm2m/path.h"
#include "server_impl.h"

namespace linnet::lwm2m_server {
namespace {

using coap::Code;
using coap::Disposition;
using coap::Message;
using coap::MessageWriter;
namespace option = coap::option;

constexpr size_t kEndpointBytesMax = 128;
constexpr int64_t kLifetimeSecondsMax = 10LL * 365 * 86400;

// The critical options that requests of clients may carry. Block1 is not among them: a registration fits a datagram.
constexpr uint16_t kKnownCritical[] = {option::kUriHost, option::kUriPort, option::kUriPath, option::kUriQuery,
                                       option::kAccept};

Disposition Reply(MessageWriter& response, Code code) {
  response.set_code(code);
  return Disposition::kAnswered;
}

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kEndpointBytesMax &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
}

// The queries of a request; nullopt: one of them can't be read.
std::optional<lwm2m::RegistrationQuery> QueryOf(const Message& request) {
  lwm2m::RegistrationQuery query;
  for (auto options = request.ReadOptions(); const auto o = options.Next();) {
    if (o->number == option::kUriQuery && !Ok(query.Take(o->text()))) return std::nullopt;
  }
  if (query.lifetime && (query.lifetime->seconds() < 1 || query.lifetime->seconds() > kLifetimeSecondsMax))
    return std::nullopt;
  return query;
}

bool IsLinkFormat(std::string_view links) {
  lwm2m::ObjectListReader reader(links);
  for (;;) {
    const auto entry = reader.Next();
    if (!entry) return entry.error() == Status::kOutOfRange;
  }
}

// The segments of the path: "rd", "1a2b".
struct PathSegments {
  std::string_view first, second;
  size_t count = 0;
};
PathSegments SegmentsOf(const Message& request) {
  PathSegments path;
  for (auto options = request.ReadOptions(); const auto o = options.Next();) {
    if (o->number != option::kUriPath) continue;
    (path.count == 0 ? path.first : path.second) = o->text();
    ++path.count;
  }
  return path;
}

}  // namespace

Disposition Lwm2mServer::Impl::OnRequest(Conversation& c, const Message& request, MessageWriter& response) {
  if (request.FindUnknownCritical(kKnownCritical)) return Reply(response, Code::kBadOption);
  const PathSegments path = SegmentsOf(request);
  const bool is_post = request.code == Code::kPost;
  if (path.count == 1 && path.first == "rd") {
    return is_post ? OnRegister(c, request, response) : Reply(response, Code::kMethodNotAllowed);
  }
  if (path.count == 2 && path.first == "rd") {
    if (is_post) return OnUpdate(c, path.second, request, response);
    if (request.code == Code::kDelete) return OnDeregister(c, path.second, response);
    return Reply(response, Code::kMethodNotAllowed);
  }
  if (path.count == 1 && path.first == "dp") {
    return is_post ? OnSend(c, request, response) : Reply(response, Code::kMethodNotAllowed);
  }
  return Reply(response, Code::kNotFound);
}

Disposition Lwm2mServer::Impl::OnRegister(Conversation& c, const Message& request, MessageWriter& response) {
  const auto query = QueryOf(request);
  const std::string_view links = AsText(request.payload);
  if (!query || !IsName(query->endpoint) || !IsLinkFormat(links)) return Reply(response, Code::kBadRequest);
  // LwM2M 1.0 clients need not name their version. Of 1.x we speak what all have in common.
  const std::string version(query->version.empty() ? "1.0" : query->version);
  if (!version.starts_with("1.")) return Reply(response, Code::kPreconditionFailed);

  Device* older = table_.ByEndpoint(query->endpoint);
  if (older == nullptr && table_.size() >= config_.registrations_max) return Reply(response, Code::kServiceUnavailable);
  const bool replaced = older != nullptr;
  if (older != nullptr) {
    FailAll(*older, Status::kAborted, older->registration.endpoint + " registered again");
    if (c.device == older) c.device = nullptr;
    Bury(*older);
  }
  if (Device* neighbour = table_.ByPeer(c.peer)) {
    // The address has a new owner; the old one is reached again when it registers or updates from elsewhere.
    FailAll(*neighbour, Status::kAborted, neighbour->registration.endpoint + " is no longer at " + ToString(c.peer));
    neighbour->association.Cancel();
    table_.Detach(*neighbour);
  }

  auto device = std::make_unique<Device>();
  device->id = next_id_++;
  device->peer = c.peer;
  device->expires = now_ + query->lifetime_or_default();
  events::Registration& r = device->registration;
  r.endpoint = query->endpoint;
  r.location = NewLocation();
  r.address = ToString(c.peer);
  r.lwm2m_version = version;
  r.binding = query->binding;
  r.lifetime_s = query->lifetime_or_default().seconds();
  r.links = links;
  device->formats = FormatsOf(r);
  Device& added = table_.Add(std::move(device));
  c.device = c.adopt = &added;
  response.set_code(Code::kCreated);
  response.AddOption(option::kLocationPath, "rd");
  response.AddOption(option::kLocationPath, r.location);
  Publish(events::Registered{added.registration, replaced});
  return Disposition::kAnswered;
}

Disposition Lwm2mServer::Impl::OnUpdate(Conversation& c, std::string_view location, const Message& request,
                                        MessageWriter& response) {
  Device* device = table_.ByLocation(location);
  if (device == nullptr) return Reply(response, Code::kNotFound);  // the client registers again (6.2.2)
  const auto query = QueryOf(request);
  const std::string_view links = AsText(request.payload);
  if (!query || !IsLinkFormat(links)) return Reply(response, Code::kBadRequest);
  TakeOver(c, *device);
  events::Registration& r = device->registration;
  if (query->lifetime) r.lifetime_s = query->lifetime->seconds();
  const bool links_changed = !links.empty() && links != r.links;
  if (links_changed) {
    r.links = links;
    device->formats = FormatsOf(r);
  }
  device->expires = now_ + Duration::Seconds(r.lifetime_s);
  Publish(events::Updated{r, links_changed});
  return Reply(response, Code::kChanged);
}

// The device speaks from another address than it registered from: a NAT gave it a new port.
void Lwm2mServer::Impl::TakeOver(Conversation& c, Device& device) {
  if (device.peer == c.peer && c.device == &device) return;
  if (Device* neighbour = table_.ByPeer(c.peer)) {
    FailAll(*neighbour, Status::kAborted, neighbour->registration.endpoint + " is no longer at " + ToString(c.peer));
    neighbour->association.Cancel();
    table_.Detach(*neighbour);
  }
  FailAll(device, Status::kAborted, device.registration.endpoint + " moved to " + ToString(c.peer));
  device.association.Cancel();
  table_.Move(device, c.peer);
  device.registration.address = ToString(c.peer);
  c.device = c.adopt = &device;
}

Disposition Lwm2mServer::Impl::OnDeregister(Conversation& c, std::string_view location, MessageWriter& response) {
  Device* device = table_.ByLocation(location);
  if (device == nullptr) return Reply(response, Code::kNotFound);
  const std::string endpoint = device->registration.endpoint;
  FailAll(*device, Status::kAborted, endpoint + " deregistered");
  if (c.device == device) c.device = nullptr;
  Bury(*device);
  Publish(events::Gone{endpoint, events::GoneReason::kDeregistered});
  return Reply(response, Code::kDeleted);
}

// 48 random bits as hex: short enough for a 25-byte Update, too many to be guessed by a neighbour.
std::string Lwm2mServer::Impl::NewLocation() {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (;;) {
    std::string location;
    uint64_t bits = random_();
    for (int i = 0; i < 12; ++i, bits >>= 4) location += kDigits[bits & 15];
    if (table_.ByLocation(location) == nullptr) return location;
  }
}

}  // namespace linnet::lwm2m_server
