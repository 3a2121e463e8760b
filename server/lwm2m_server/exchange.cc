#include "exchange.h"

#include <algorithm>
#include <utility>

#include "codec.h"

namespace linnet::lwm2m_server {
namespace {

using coap::Code;
using coap::MessageWriter;
namespace option = coap::option;
using lwm2m::ContentFormat;

// A whole object tree of a large device; beyond this a read must be more specific.
constexpr size_t kReadBytesMax = 64 * 1024;

lwm2m::ResponseCode CodeOf(const coap::Message& m) { return static_cast<lwm2m::ResponseCode>(m.code); }

bool IsFormatRefusal(Code code) { return code == Code::kNotAcceptable || code == Code::kUnsupportedContentFormat; }

// Payload formats of one resource need no framing, and every client of LwM2M 1.1 takes them.
ContentFormat PlainFormat(const events::Value& value) {
  return std::holds_alternative<events::Opaque>(value) ? ContentFormat::kOpaque : ContentFormat::kText;
}

}  // namespace

Outcome<void> Exchange::Begin(const FormatChoice& formats) {
  formats_ = formats;
  if (request_.operation != Operation::kWrite) return {};
  if (IsPush()) {
    sender_.emplace(request_.source->size_bytes());
    return {};
  }
  // A client that named no format is offered plain text first.
  if (!formats_.preferred) formats_.preferred = PlainFormat(request_.value);
  return EncodeBody();
}

Outcome<void> Exchange::EncodeBody() {
  const auto format = FormatOfAttempt(formats_, attempt_);
  LINNET_ASSIGN(body_, EncodeValue(*format, request_.path, request_.value));
  sender_.emplace(static_cast<uint32_t>(body_.size()));
  return {};
}

Status Exchange::Write(MessageWriter& writer, uint16_t message_id, const Token& token) {
  const bool is_read = request_.operation != Operation::kWrite && request_.operation != Operation::kExecute;
  const Code code = is_read ? Code::kGet : request_.operation == Operation::kWrite ? Code::kPut : Code::kPost;
  writer.Begin(coap::Type::kConfirmable, code, message_id, token);
  // Only the first message of an observation carries the option; the further blocks of its first answer are plain reads.
  if (request_.operation == Operation::kObserve && !receiver_) writer.AddUint(option::kObserve, 0);
  if (request_.operation == Operation::kCancelObserve && !receiver_) writer.AddUint(option::kObserve, 1);
  writer.AddPath(option::kUriPath, request_.path.ToText().text());
  if (is_read) {
    WriteRead(writer);
  } else if (request_.operation == Operation::kWrite) {
    LINNET_TRY(WriteBlock(writer));
  } else if (!request_.arguments.empty()) {
    writer.AddUint(option::kContentFormat, coap::content_format::kText);
    writer.AddPayload(AsBytes(request_.arguments));
  }
  return writer.status();
}

void Exchange::WriteRead(MessageWriter& writer) {
  if (const auto format = FormatOfAttempt(formats_, attempt_)) {
    writer.AddUint(option::kAccept, static_cast<uint16_t>(*format));
  }
  if (receiver_) writer.AddBlock(option::kBlock2, receiver_->next());
}

Status Exchange::WriteBlock(MessageWriter& writer) {
  const auto format = IsPush() ? ContentFormat::kOpaque : *FormatOfAttempt(formats_, attempt_);
  writer.AddUint(option::kContentFormat, static_cast<uint16_t>(format));
  sender_->AddOptions(writer);
  const uint32_t offset = sender_->offset_bytes();
  const uint32_t size = sender_->size_bytes();
  if (!IsPush()) {
    writer.AddPayload(ByteSpan(body_).subspan(offset, size));
    return Status::kOk;
  }
  std::array<uint8_t, 1024> block;
  const MutableByteSpan bytes = MutableByteSpan(block).first(size);
  if (!request_.source->Read(offset, bytes)) return Status::kDataLoss;
  writer.AddPayload(bytes);
  return Status::kOk;
}

bool Exchange::OnResponse(const coap::Message& response) {
  switch (request_.operation) {
    case Operation::kWrite: return OnWriteResponse(response);
    case Operation::kExecute: return Finish(Answer{.code = CodeOf(response)});
    case Operation::kRead:
    case Operation::kObserve:
    case Operation::kCancelObserve: return OnReadResponse(response);
  }
  return Finish(Fail(Status::kInternal, "an operation that does not exist"));
}

bool Exchange::OnWriteResponse(const coap::Message& response) {
  if (!IsPush() && IsFormatRefusal(response.code) && TryNextFormat()) return false;
  const Status status = sender_->OnResponse(response);
  if (Ok(status)) return sender_->done() ? Finish(Answer{.code = CodeOf(response)}) : false;
  // 4.08: the device lost its place, by a restart for instance. Once from the beginning, then it is the device's answer.
  if (status == Status::kDataLoss && !restarted_) {
    restarted_ = true;
    sender_->Restart();
    return false;
  }
  if (status == Status::kInvalidArgument) {
    return Finish(Fail(Status::kDataLoss, "the device acknowledged a block that was not sent"));
  }
  return Finish(Answer{.code = CodeOf(response)});
}

bool Exchange::OnReadResponse(const coap::Message& response) {
  if (IsFormatRefusal(response.code) && TryNextFormat()) return false;
  if (response.code != Code::kContent) return Finish(Answer{.code = CodeOf(response)});
  if (request_.operation == Operation::kObserve && !receiver_) {
    observing_ = response.Find(option::kObserve).has_value();
  }
  const uint32_t content_format = response.FindUint(option::kContentFormat).value_or(coap::content_format::kText);
  const auto block = response.FindBlock(option::kBlock2);
  if (!block && !receiver_) return Decode(static_cast<uint16_t>(content_format), response.payload);
  return OnBlockOfBody(response);
}

bool Exchange::OnBlockOfBody(const coap::Message& response) {
  if (!receiver_) {
    received_.resize(kReadBytesMax);
    receiver_.emplace(received_);
  }
  const Status status = receiver_->OnResponse(response);
  if (status == Status::kResourceExhausted) {
    return Finish(Fail(
        status, "the answer is longer than 64 KiB; ask for less than " + std::string(request_.path.ToText().text())));
  }
  if (!Ok(status)) return Finish(Fail(Status::kDataLoss, "the answer changed while it was read in blocks"));
  if (!receiver_->done()) return false;
  const uint32_t content_format = response.FindUint(option::kContentFormat).value_or(coap::content_format::kText);
  return Decode(static_cast<uint16_t>(content_format), receiver_->body());
}

bool Exchange::Decode(uint16_t content_format, ByteSpan body) {
  auto records = DecodeBody(content_format, request_.path, body);
  if (!records) return Finish(std::unexpected(std::move(records).error()));
  const auto format = static_cast<ContentFormat>(content_format);
  if (std::find(kFormatsToTry.begin(), kFormatsToTry.end(), format) != kFormatsToTry.end()) proven_format_ = format;
  return Finish(Answer{.code = lwm2m::ResponseCode::kContent, .records = std::move(*records)});
}

bool Exchange::TryNextFormat() {
  if (formats_.proven || !FormatOfAttempt(formats_, attempt_ + 1)) return false;
  ++attempt_;
  if (request_.operation != Operation::kWrite) return true;
  return EncodeBody().has_value();
}

bool Exchange::Finish(Outcome<Answer> result) {
  result_ = std::move(result);
  return true;
}

}  // namespace linnet::lwm2m_server
