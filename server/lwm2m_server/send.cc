// What devices report by themselves: Send (LwM2M Core 1.1, 6.4.6) and notifications (6.4.3, RFC 7641).
#include <algorithm>
#include <utility>

#include "codec.h"
#include "server_impl.h"

namespace linnet::lwm2m_server {
namespace {

using coap::Code;
using coap::Disposition;
using coap::Message;
using coap::MessageWriter;

Code CodeOfStored(Status status) {
  if (Ok(status)) return Code::kChanged;
  // Full or shutting down: the device keeps its records and tries again.
  return status == Status::kDataLoss ? Code::kInternalServerError : Code::kServiceUnavailable;
}

}  // namespace

Disposition Lwm2mServer::Impl::OnSend(Conversation& c, const Message& request, MessageWriter& response) {
  if (c.device == nullptr) {
    response.set_code(Code::kNotFound);  // not registered, or forgotten: the client registers again
    return Disposition::kAnswered;
  }
  const uint32_t format = request.FindUint(coap::option::kContentFormat).value_or(0xffff);
  if (format != coap::content_format::kSenmlCbor && format != coap::content_format::kSenmlJson) {
    response.set_code(Code::kUnsupportedContentFormat);
    return Disposition::kAnswered;
  }
  auto records = DecodeBody(static_cast<uint16_t>(format), lwm2m::Path{}, request.payload);
  if (!records || records->empty()) {
    response.set_code(Code::kBadRequest);
    return Disposition::kAnswered;
  }
  const size_t count = records->size();
  const auto deferred = coap::DeferredRequest::Of(request);
  sink_.Append({c.device->registration.endpoint, unix_ms_(), std::move(*records)}, [this, id = c.device->id, deferred,
                                                                                    count](Status status) {
    // Not from here: the sink may answer within Append, while the association is still at work.
    deferred_.push_back([this, id, deferred, count, status] { OnSendStored(id, deferred, count, status); });
  });
  return Disposition::kDeferred;
}

void Lwm2mServer::Impl::OnSendStored(uint64_t id, const coap::DeferredRequest& request, size_t record_count,
                                     Status status) {
  Device* device = table_.ById(id);
  if (device == nullptr) return;  // it registered again meanwhile and will repeat what was not acknowledged
  Conversation conversation(*this, device->peer, device);
  MessageWriter writer(response_);
  device->association.BeginDeferred(request, writer);
  writer.set_code(CodeOfStored(status));
  device->association.SendDeferred(request, writer, conversation);
  if (Ok(status)) Publish(events::Sent{device->registration.endpoint, record_count});
}

bool Lwm2mServer::Impl::OnNotification(Conversation& c, const Message& notification) {
  if (c.device == nullptr) return false;
  auto& observations = c.device->observations;
  const auto found = std::find_if(observations.begin(), observations.end(),
                                  [&](const Observation& o) { return Equal(o.token, notification.token); });
  if (found == observations.end()) return false;
  if (!coap::IsSuccess(notification.code)) {
    observations.erase(found);  // RFC 7641 3.2: an error ends the observation
    return true;
  }
  const std::string endpoint = c.device->registration.endpoint;
  const lwm2m::Path path = found->path;
  const auto block = notification.FindBlock(coap::option::kBlock2);
  if (block && *block && (*block)->more) {
    // The first block only announces the change (RFC 7959 2.6); the whole is read.
    const auto publish = [this, endpoint, path](Outcome<lwm2m_server::Answer> answer) {
      if (!answer || answer->code != lwm2m::ResponseCode::kContent) return;
      Publish(events::Notified{endpoint, std::string(path.ToText().text()), std::move(answer->records)});
    };
    return Ok(Submit(now_, endpoint, {.operation = Operation::kRead, .path = path}, publish));
  }
  const uint32_t format = notification.FindUint(coap::option::kContentFormat).value_or(coap::content_format::kText);
  auto records = DecodeBody(static_cast<uint16_t>(format), path, notification.payload);
  if (records) Publish(events::Notified{endpoint, std::string(path.ToText().text()), std::move(*records)});
  return true;
}

}  // namespace linnet::lwm2m_server
