// What the agent asks and tells of its own accord: one exchange at a time, the registration first.
#include "linnet/agent/agent.h"
#include "linnet/base/check.h"
#include "linnet/coap/blockwise.h"
#include "linnet/lwm2m/registration.h"

namespace linnet::agent {
namespace {

using coap::Code;

// Three transmissions, 14 to 21 seconds: then another registration is the better question.
constexpr coap::TransmitParameters kShort = {.retransmissions_max = 2};
constexpr Duration kSendRetry = Duration::Seconds(5);
constexpr Duration kSendRefusedRetry = Duration::Seconds(10);

ByteSpan TokenOf(ByteSpan message) { return message.subspan(4, message[0] & 0x0f); }

}  // namespace

void Agent::StartWhatIsDue(Instant now) {
  NoteConfirmation(now);
  if (update_.TakeChanged()) {
    observers_.NoteChange(now, {lwm2m::object::kFirmwareUpdate, 0});
    observers_.NoteChange(now, lwm2m::path::kUpdateReason);
  }
  while (!association_.busy()) {
    if (registration_.due(now)) {
      StartRegistration(now);
    } else if (!registered()) {
      return;
    } else if (observers_.next_deadline() <= now) {
      (void)StartNotification(now);
    } else if (inferences_.next_deadline() <= now) {
      StartSend(now);
    } else {
      return;
    }
  }
}

// An image on trial becomes the confirmed one: the update that brought it has succeeded.
void Agent::NoteConfirmation(Instant now) {
  if (!on_trial_ || !host_.running_image().confirmed) return;
  on_trial_ = false;
  if (update_.state() == UpdateState::kIdle && update_.result() == UpdateResult::kInitial) {
    update_.SetResult(UpdateResult::kSuccess, {});
  }
  observers_.NoteChange(now, {lwm2m::object::kAttestation, 0});
}

void Agent::StartRegistration(Instant now) {
  // A server that registers us anew observes anew; what it observed before is void (Core 1.1, 6.2.1).
  if (!registered()) observers_.Clear();
  coap::MessageWriter writer(outgoing_);
  writer.Begin(coap::Type::kConfirmable, Code::kPost, association_.NextMessageId(), association_.NextToken());
  const bool object_list = registration_.needs_object_list();
  registration_.WriteRequest(config_.endpoint, object_list, writer);
  if (object_list) WriteObjectList(writer);
  LINNET_CHECK(Ok(writer.status()));
  exchange_ = Exchange::kRegistration;
  LINNET_CHECK(Ok(association_.Start(now, writer.written(), *this, kShort)));
}

void Agent::WriteObjectList(coap::MessageWriter& writer) {
  lwm2m::ObjectListWriter list(writer.payload_space());
  list.AddRoot(coap::content_format::kSenmlCbor);
  for (const uint16_t object : {lwm2m::object::kServer, lwm2m::object::kDevice, lwm2m::object::kFirmwareUpdate}) {
    list.Add({object, 0});
  }
  if (inferences_.seen() == 0) list.Add({lwm2m::object::kInference});  // an object that has no instance yet
  for (uint16_t i = 0; i < kImagesMax; ++i) {
    if (inferences_.image(i).runs > 0) list.Add({lwm2m::object::kInference, i});
  }
  list.Add({lwm2m::object::kMemory, 0});
  list.Add({lwm2m::object::kAttestation, 0});
  LINNET_CHECK(Ok(list.status()));
  writer.CommitPayload(list.written().size());
}

bool Agent::StartNotification(Instant now) {
  const auto slot = observers_.TakeDue(now);
  if (!slot) return false;
  Observer& observer = observers_.at(*slot);
  const auto body = Render(observer.path, observer.format);
  if (!body) return false;
  const uint32_t hash = BodyHash(*body);
  if (hash == observer.sent_hash) return false;
  coap::MessageWriter writer(outgoing_);
  writer.Begin(coap::Type::kConfirmable, Code::kContent, association_.NextMessageId(), observer.token.span());
  coap::WriteBody(nullptr, *body, static_cast<uint16_t>(observer.format), observers_.NextSequence(), writer);
  LINNET_CHECK(Ok(writer.status()));
  notified_slot_ = *slot;
  notified_hash_ = hash;
  exchange_ = Exchange::kNotification;
  LINNET_CHECK(Ok(association_.Start(now, writer.written(), *this)));
  return true;
}

void Agent::StartSend(Instant now) {
  coap::MessageWriter writer(outgoing_);
  writer.Begin(coap::Type::kConfirmable, Code::kPost, association_.NextMessageId(), association_.NextToken());
  writer.AddPath(coap::option::kUriPath, "dp");
  writer.AddUint(coap::option::kContentFormat, coap::content_format::kSenmlCbor);
  lwm2m::BodyWriter body(lwm2m::ContentFormat::kSenmlCbor, {lwm2m::object::kInference}, body_);
  LINNET_CHECK(Ok(inferences_.Write(now, host_.model_name(), body)));
  writer.AddPayload(body.body());
  LINNET_CHECK(Ok(writer.status()));  // kInferencesASend is chosen so
  exchange_ = Exchange::kSend;
  LINNET_CHECK(Ok(association_.Start(now, writer.written(), *this, kShort)));
}

void Agent::OnResponse(Instant now, const coap::Message& response) {
  const Exchange ended = exchange_;
  exchange_ = Exchange::kNone;
  if (ended == Exchange::kRegistration) {
    if (registration_.OnResponse(now, response)) host_.OnRegistered();
  } else if (ended == Exchange::kSend) {
    if (coap::IsSuccess(response.code)) {
      inferences_.Acknowledge();
      return;
    }
    inferences_.RetryAt(now + kSendRefusedRetry);
    const bool unknown =
        response.code == Code::kNotFound || response.code == Code::kUnauthorized || response.code == Code::kForbidden;
    if (unknown) registration_.RequestUpdate(now);  // it answers 4.04 to that too when it does not know us
  }
}

void Agent::OnAcknowledged(Instant) {
  exchange_ = Exchange::kNone;
  Observer& observer = observers_.at(notified_slot_);
  if (observer.used && Equal(observer.token.span(), TokenOf(outgoing_))) observer.sent_hash = notified_hash_;
}

void Agent::OnFailure(Instant now, Status why) {
  const Exchange ended = exchange_;
  exchange_ = Exchange::kNone;
  if (ended == Exchange::kRegistration) {
    registration_.OnFailure(now);
  } else if (ended == Exchange::kNotification) {
    observers_.RemoveToken(TokenOf(outgoing_));  // RFC 7641 4.5: a Reset, or nobody there
    if (why == Status::kDeadlineExceeded) registration_.RequestUpdate(now);
  } else if (ended == Exchange::kSend) {
    inferences_.RetryAt(now + kSendRetry);
    registration_.RequestUpdate(now);
  }
}

}  // namespace linnet::agent
