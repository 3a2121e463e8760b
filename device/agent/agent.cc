#include "linnet/agent/agent.h"

#include "linnet/base/check.h"

namespace linnet::agent {

Agent::Agent(const Config& config, Host& host, FirmwareTarget& target)
    : config_(config),
      host_(host),
      association_(config.random_seed),
      registration_(config.lifetime, config.random_seed),
      update_(target, config.last_update, config.last_update_reason) {
  LINNET_CHECK(!config.endpoint.empty() && config.endpoint.size() <= kEndpointBytesMax);
}

void Agent::Start(Instant now) {
  on_trial_ = !host_.running_image().confirmed;
  registration_.Start(now);
}

void Agent::HandleDatagram(Instant now, ByteSpan datagram, Outbox& outbox) {
  outbox_ = &outbox;
  association_.HandleDatagram(now, datagram, *this);
  StartWhatIsDue(now);
  outbox_ = nullptr;
  if (reset_requested_) {  // the answer has left: LwM2M wants it before the reset
    reset_requested_ = false;
    host_.RequestReset();
  }
}

void Agent::Poll(Instant now, Outbox& outbox) {
  outbox_ = &outbox;
  update_.Poll(now);
  association_.Poll(now, *this);
  StartWhatIsDue(now);
  outbox_ = nullptr;
}

Instant Agent::next_deadline() const {
  Instant next = update_.next_deadline();
  if (association_.busy())
    return Earlier(next, association_.next_deadline());  // all else waits for the exchange to end
  next = Earlier(next, registration_.next_deadline());
  if (registered()) next = Earlier(next, Earlier(observers_.next_deadline(), inferences_.next_deadline()));
  return next;
}

Status Agent::ReportInference(Instant now, const Inference& inference) {
  const size_t seen = inferences_.seen();
  LINNET_TRY(inferences_.Report(now, inference));
  if (inferences_.seen() != seen) registration_.NoteLinksChanged();
  observers_.NoteChange(now, {lwm2m::object::kInference, inference.image_index});
  return Status::kOk;
}

void Agent::ResourceChanged(Instant now, const lwm2m::Path& path) {
  NoteConfirmation(now);
  observers_.NoteChange(now, path);
}

void Agent::Deregister(Instant now, Outbox& outbox) {
  if (registered()) {
    outbox_ = &outbox;
    association_.Cancel();
    coap::MessageWriter writer(outgoing_);
    writer.Begin(coap::Type::kConfirmable, coap::Code::kEmpty, association_.NextMessageId(), association_.NextToken());
    registration_.WriteDeregister(writer);
    exchange_ = Exchange::kFarewell;
    LINNET_CHECK(Ok(association_.Start(now, writer.written(), *this)));
    outbox_ = nullptr;
  }
  registration_.Stop();
}

void Agent::Send(ByteSpan datagram) {
  LINNET_CHECK(outbox_ != nullptr);
  outbox_->Send(datagram);
}

}  // namespace linnet::agent
