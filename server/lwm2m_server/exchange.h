// One request to a device from its first message to its answer: the blocks of a body either way, and the next content
// format when the device does not take the first. Knows no transport: writes messages, is told responses.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "formats.h"
#include "linnet/base/time.h"
#include "linnet/coap/blockwise.h"
#include "linnet/lwm2m_server/request.h"

namespace linnet::lwm2m_server {

using Token = std::array<uint8_t, 4>;

class Exchange {
 public:
  Exchange(Request request, Done done, Instant deadline)
      : request_(std::move(request)), done_(std::move(done)), deadline_(deadline) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Before the first message. The error is the caller's fault: kInvalidArgument.
  Outcome<void> Begin(const FormatChoice& formats);
  // Writes the next message. kOk | kDataLoss: the body's source failed | kResourceExhausted: it does not fit a datagram
  Status Write(coap::MessageWriter& writer, uint16_t message_id, const Token& token);
  // True: result() is there. False: Write the next message.
  bool OnResponse(const coap::Message& response);
  const Outcome<Answer>& result() const { return result_; }
  // A response in that format was understood.
  std::optional<lwm2m::ContentFormat> proven_format() const { return proven_format_; }
  // The next message is the first, or repeats it: it carries the token that an observation will keep.
  bool is_first_message() const { return !receiver_ && bytes_acknowledged() == 0; }
  // The device accepted the observation: its later notifications carry the token of the first message.
  bool observing() const { return observing_; }

  const Request& request() const { return request_; }
  Done& done() { return done_; }
  Instant deadline() const { return deadline_; }
  // How much of a pushed body the device has acknowledged.
  uint32_t bytes_acknowledged() const {
    if (!sender_) return 0;
    return sender_->done() ? sender_->body_bytes() : sender_->offset_bytes();
  }

 private:
  bool Finish(Outcome<Answer> result);
  bool TryNextFormat();
  Outcome<void> EncodeBody();
  void WriteRead(coap::MessageWriter& writer);
  Status WriteBlock(coap::MessageWriter& writer);
  bool OnWriteResponse(const coap::Message& response);
  bool OnReadResponse(const coap::Message& response);
  bool OnBlockOfBody(const coap::Message& response);
  bool Decode(uint16_t content_format, ByteSpan body);
  bool IsPush() const { return request_.source != nullptr; }

  Request request_;
  Done done_;
  Instant deadline_;
  Outcome<Answer> result_ = Fail(Status::kUnknown, "not answered yet");

  FormatChoice formats_;
  size_t attempt_ = 0;
  std::optional<lwm2m::ContentFormat> proven_format_;
  bool observing_ = false;

  std::vector<uint8_t> body_;                 // of a small write
  std::optional<coap::Block1Sender> sender_;  // a write's body, small or pushed
  bool restarted_ = false;
  std::vector<uint8_t> received_;  // of a read whose answer comes in blocks
  std::optional<coap::Block2Receiver> receiver_;
};

}  // namespace linnet::lwm2m_server
