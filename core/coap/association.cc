#include "linnet/coap/association.h"

#include <algorithm>

#include "linnet/base/check.h"

namespace linnet::coap {
namespace {

void SendEmpty(Type type, uint16_t message_id, Endpoint& endpoint) {
  std::array<uint8_t, kEmptyMessageBytes> message;
  WriteEmpty(type, message_id, message);
  endpoint.Send(message);
}

Type ReplyType(Type request) { return request == Type::kConfirmable ? Type::kAcknowledgement : Type::kNonConfirmable; }

uint32_t SecondsOf(Instant now) { return static_cast<uint32_t>(now.milliseconds() / 1000); }

}  // namespace

DeferredRequest DeferredRequest::Of(const Message& request) {
  DeferredRequest deferred{request.type, request.message_id, static_cast<uint8_t>(request.token.size()), {}};
  std::copy(request.token.begin(), request.token.end(), deferred.token.begin());
  return deferred;
}

// xorshift32: jitter, message ids and tokens; its state is never zero.
uint32_t Association::NextRandom() {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 17;
  random_ ^= random_ << 5;
  return random_;
}

std::array<uint8_t, 4> Association::NextToken() {
  std::array<uint8_t, 4> token;
  StoreBe32(token.data(), NextRandom());
  return token;
}

void Association::HandleDatagram(Instant now, ByteSpan datagram, Endpoint& endpoint) {
  const Result<Message> parsed = Parse(datagram);
  if (!parsed) {
    // RFC 7252 4.2: a confirmable message that can't be processed is rejected, any other is ignored.
    if (const auto id = ConfirmableIdOf(datagram); id && parsed.error() == Status::kDataLoss) {
      SendEmpty(Type::kReset, *id, endpoint);
    }
    return;
  }
  const Message& message = *parsed;
  if (message.type == Type::kAcknowledgement || message.type == Type::kReset) {
    HandleAcknowledgement(now, message, endpoint);
  } else if (IsRequest(message.code)) {
    HandleRequest(now, message, endpoint);
  } else if (IsResponse(message.code)) {
    HandleResponse(now, message, endpoint);
  } else if (message.type == Type::kConfirmable) {
    SendEmpty(Type::kReset, message.message_id,
              endpoint);  // an empty one is a ping; reserved classes are rejected alike
  }
}

Association::Reply* Association::FindReply(Instant now, uint16_t message_id) {
  for (Reply& reply : replies_) {
    if (reply.state == ReplyState::kNone || reply.message_id != message_id) continue;
    if (SecondsOf(now) - reply.received_s <= static_cast<uint32_t>(kExchangeLifetime.seconds())) return &reply;
  }
  return nullptr;
}

Association::Reply& Association::NewReply(Instant now, uint16_t message_id) {
  Reply& reply = replies_[reply_next_];
  reply_next_ = static_cast<uint8_t>((reply_next_ + 1) % kReplies);
  reply.received_s = SecondsOf(now);
  reply.message_id = message_id;
  reply.state = ReplyState::kPending;
  return reply;
}

void Association::StoreReply(Reply& reply, ByteSpan datagram) {
  if (datagram.size() > kReplyBytes) {
    reply.state = ReplyState::kTooLong;
    return;
  }
  std::copy(datagram.begin(), datagram.end(), reply.bytes.begin());
  reply.size = static_cast<uint8_t>(datagram.size());
  reply.state = ReplyState::kStored;
}

void Association::HandleRequest(Instant now, const Message& request, Endpoint& endpoint) {
  if (Reply* known = FindReply(now, request.message_id)) {
    if (known->state == ReplyState::kStored) {
      endpoint.Send(ByteSpan(known->bytes).first(known->size));
      return;
    }
    // RFC 7252 4.5: an idempotent request may simply be handled again. Others get no second answer.
    const bool idempotent = request.code == Code::kGet || request.code == Code::kFetch;
    if (known->state == ReplyState::kPending || !idempotent) return;
    known->state = ReplyState::kNone;
  }
  Reply& reply = NewReply(now, request.message_id);
  // A non-confirmable response has a message id of our own (RFC 7252 5.2.3), an acknowledgement the request's.
  const uint16_t reply_id = request.type == Type::kConfirmable ? request.message_id : NextMessageId();
  MessageWriter writer(endpoint.response_space());
  writer.Begin(ReplyType(request.type), Code::kInternalServerError, reply_id, request.token);
  const Disposition disposition = endpoint.OnRequest(now, request, writer);
  if (disposition != Disposition::kAnswered) return;
  if (!Ok(writer.status())) {
    writer.Begin(ReplyType(request.type), Code::kInternalServerError, reply_id, request.token);
  }
  StoreReply(reply, writer.written());
  endpoint.Send(writer.written());
}

void Association::BeginDeferred(const DeferredRequest& request, MessageWriter& writer) {
  const uint16_t reply_id = request.type == Type::kConfirmable ? request.message_id : NextMessageId();
  writer.Begin(ReplyType(request.type), Code::kInternalServerError, reply_id, request.token_span());
}

void Association::SendDeferred(const DeferredRequest& request, const MessageWriter& writer, Endpoint& endpoint) {
  for (Reply& reply : replies_) {
    if (reply.state == ReplyState::kPending && reply.message_id == request.message_id)
      StoreReply(reply, writer.written());
  }
  endpoint.Send(writer.written());
}

bool Association::TokenMatches(const Message& response) const {
  const size_t token_bytes = message_[0] & 0x0f;
  return Equal(message_.subspan(4, token_bytes), response.token);
}

void Association::HandleAcknowledgement(Instant now, const Message& message, Endpoint& endpoint) {
  if (state_ != State::kAwaitAcknowledgement || message.message_id != outstanding_id()) {
    // A Reset may also come after the acknowledgement: then the peer lost its state and no response will follow.
    const bool late_reset =
        state_ == State::kAwaitResponse && message.type == Type::kReset && message.message_id == outstanding_id();
    if (!late_reset) return;
  }
  if (message.type == Type::kReset) {
    Cancel();
    endpoint.OnFailure(now, Status::kAborted);
    return;
  }
  if (message.code == Code::kEmpty) {
    if (is_request_) {
      state_ = State::kAwaitResponse;  // RFC 7252 5.2.2: the response comes as a message of its own
      deadline_ = now + response_timeout_;
    } else {
      Cancel();
      endpoint.OnAcknowledged(now);
    }
    return;
  }
  if (!is_request_ || !IsResponse(message.code) || !TokenMatches(message)) return;
  Cancel();
  endpoint.OnResponse(now, message);
}

void Association::HandleResponse(Instant now, const Message& response, Endpoint& endpoint) {
  const bool confirmable = response.type == Type::kConfirmable;
  if (const Reply* known = FindReply(now, response.message_id)) {
    if (known->state == ReplyState::kStored) endpoint.Send(ByteSpan(known->bytes).first(known->size));
    return;
  }
  const bool answers = state_ != State::kIdle && is_request_ && TokenMatches(response);
  Reply& reply = NewReply(now, response.message_id);
  const bool known_token = answers || endpoint.OnNotification(now, response);
  if (confirmable || !known_token) {
    std::array<uint8_t, kEmptyMessageBytes> answer;
    WriteEmpty(known_token ? Type::kAcknowledgement : Type::kReset, response.message_id, answer);
    StoreReply(reply, answer);
    endpoint.Send(answer);
  }
  if (!answers) return;
  Cancel();
  endpoint.OnResponse(now, response);
}

Status Association::Start(Instant now, ByteSpan message, Endpoint& endpoint, const TransmitParameters& parameters) {
  if (busy()) return Status::kFailedPrecondition;
  const Result<Message> parsed = Parse(message);
  if (!parsed || parsed->type != Type::kConfirmable || parsed->code == Code::kEmpty) return Status::kInvalidArgument;
  message_ = message;
  is_request_ = IsRequest(parsed->code);
  state_ = State::kAwaitAcknowledgement;
  retransmissions_left_ = parameters.retransmissions_max;
  response_timeout_ = parameters.response_timeout;
  // RFC 7252 4.2: the first timeout is drawn between ACK_TIMEOUT and 1.5 times it, then doubled, so that a lost
  // acknowledgement can't bring a fleet into step.
  const int64_t jitter_milli = NextRandom() % 501;
  timeout_ = parameters.ack_timeout + parameters.ack_timeout * jitter_milli / 1000;
  deadline_ = now + timeout_;
  endpoint.Send(message_);
  return Status::kOk;
}

void Association::Poll(Instant now, Endpoint& endpoint) {
  if (!busy() || now < deadline_) return;
  if (state_ == State::kAwaitAcknowledgement && retransmissions_left_ > 0) {
    --retransmissions_left_;
    timeout_ = timeout_ * 2;
    deadline_ = now + timeout_;
    endpoint.Send(message_);
    return;
  }
  Cancel();
  endpoint.OnFailure(now, Status::kDeadlineExceeded);
}

}  // namespace linnet::coap
