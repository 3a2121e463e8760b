// A peer that sends anything, in any order, with any pauses. Input: records of {length, pause in units of 64 ms, bytes}.
#include <algorithm>
#include <array>

#include "linnet/coap/association.h"
#include "linnet/coap/blockwise.h"

using namespace linnet;
using namespace linnet::coap;

namespace {

class FuzzEndpoint : public Endpoint {
 public:
  void Send(ByteSpan datagram) override {
    if (datagram.size() > kDatagramBytesMax || !Parse(datagram))
      __builtin_trap();  // we must never send a malformed one
  }
  MutableByteSpan response_space() override { return buffer_; }
  Disposition OnRequest(Instant, const Message& request, MessageWriter& response) override {
    static constexpr std::array<uint8_t, 3000> kBody{};
    const auto step = receiver.Accept(request);
    if (step.has_block && step.verdict != Block1Receiver::Verdict::kGap) {
      response.set_code(Code::kContinue);
      response.AddBlock(option::kBlock1, step.block);
    } else {
      WriteBody(&request, kBody, 0, std::nullopt, response);
    }
    return request.code == Code::kPost ? Disposition::kDeferred : Disposition::kAnswered;
  }
  void OnResponse(Instant, const Message& response) override { (void)body.OnResponse(response); }
  void OnAcknowledged(Instant) override {}
  void OnFailure(Instant, Status) override {}
  bool OnNotification(Instant, const Message& notification) override { return notification.token.size() == 1; }

  Block1Receiver receiver;
  std::array<uint8_t, 2048> body_buffer_;
  Block2Receiver body{body_buffer_};

 private:
  std::array<uint8_t, kDatagramBytesMax> buffer_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteSpan input(data, size);
  Association association(7);
  FuzzEndpoint endpoint;
  std::array<uint8_t, 5> request;
  Instant now;
  while (input.size() >= 2) {
    const size_t length = std::min<size_t>(input[0], input.size() - 2);
    now = now + Duration::Milliseconds(input[1] * 64);
    association.Poll(now, endpoint);
    if (!association.busy()) {
      MessageWriter writer(request);
      writer.Begin(Type::kConfirmable, Code::kGet, association.NextMessageId(), ByteSpan(data, 1));
      if (!Ok(association.Start(now, writer.written(), endpoint))) __builtin_trap();
    }
    association.HandleDatagram(now, input.subspan(2, length), endpoint);
    input = input.subspan(2 + length);
  }
  return 0;
}
