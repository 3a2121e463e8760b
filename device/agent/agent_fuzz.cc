// A server that sends anything. Input: records of {length, pause in units of 256 ms, bytes}; a record whose first byte is odd gets
// the token and message id of the agent's last message, so that its answers are reached too.
#include <algorithm>
#include <array>
#include <cstring>

#include "linnet/agent/agent.h"

using namespace linnet;
using namespace linnet::agent;

namespace {

class FuzzHost : public Host {
 public:
  RunningImage running_image() const override { return {.digest = {}, .version = "1"}; }
  MemoryFigures memory() const override { return {}; }
  std::string_view model_name() const override { return "m"; }
  void OnRegistered() override {}
  void RequestReset() override {}
};

class FuzzTarget : public FirmwareTarget {
 public:
  Status Begin() override { return Status::kOk; }
  Status Write(ByteSpan bytes) override { return !bytes.empty() && bytes[0] == 0x99 ? Status::kDataLoss : Status::kOk; }
  Status Finish() override { return Status::kOk; }
  Status Apply() override { return Status::kOk; }
};

class FuzzOutbox : public Outbox {
 public:
  void Send(ByteSpan datagram) override {
    const auto message = coap::Parse(datagram);
    if (!message || datagram.size() > coap::kDatagramBytesMax) __builtin_trap();  // we must never send a malformed one
    if (message->type == coap::Type::kConfirmable)
      std::copy_n(datagram.begin(), std::min<size_t>(8, datagram.size()), last.begin());
  }
  std::array<uint8_t, 8> last{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteSpan input(data, size);
  FuzzHost host;
  FuzzTarget target;
  FuzzOutbox outbox;
  Agent agent(
      {.endpoint = "fuzz", .model_number = "m", .serial_number = "s", .last_update_reason = {}, .random_seed = 5}, host,
      target);
  Instant now;
  agent.Start(now);
  std::array<uint8_t, 256> datagram;
  while (input.size() >= 3) {
    const size_t length = std::min<size_t>(input[0], input.size() - 2);
    now = now + Duration::Milliseconds(input[1] * 256);
    agent.Poll(now, outbox);
    (void)agent.ReportInference(now, {.image_index = input[1]});
    std::copy_n(input.begin() + 2, length, datagram.begin());
    if (length >= 8 && (datagram[0] & 1) != 0) {
      datagram[0] = static_cast<uint8_t>(0x60 | (datagram[0] & 0x10) | 4);
      std::memcpy(datagram.data() + 2, outbox.last.data() + 2, 6);
    }
    agent.HandleDatagram(now, ByteSpan(datagram).first(length), outbox);
    if (agent.next_deadline() < Instant()) __builtin_trap();
    input = input.subspan(2 + length);
  }
  return 0;
}
