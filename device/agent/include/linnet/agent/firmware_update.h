// Object 5 (LwM2M Core 1.1, E.6) by push: block-wise writes to /5/0/0 stream into a FirmwareTarget, never held whole in RAM.
#pragma once

#include <cstdint>
#include <string_view>

#include "linnet/agent/contracts.h"
#include "linnet/base/time.h"
#include "linnet/coap/blockwise.h"
#include "linnet/coap/message.h"
#include "linnet/lwm2m/objects.h"
#include "linnet/lwm2m/response_code.h"

namespace linnet::agent {

using lwm2m::UpdateState;

class FirmwareUpdate {
 public:
  FirmwareUpdate(FirmwareTarget& target, UpdateResult last_result, std::string_view last_reason)
      : target_(target), result_(last_result), reason_(last_reason) {}

  // A write to /5/0/0, whole or a block. Sets the code and echoes the block.
  void Write(Instant now, const coap::Message& request, coap::MessageWriter& response);
  // /5/0/2. kChanged: reset the device after the answer.
  lwm2m::ResponseCode Update();
  // An empty package or URI was written: back to the start (E.6.1).
  void Reset();
  // Gives up a download whose server fell silent.
  void Poll(Instant now);
  Instant next_deadline() const { return state_ == UpdateState::kDownloading ? give_up_at_ : Instant::Never(); }

  UpdateState state() const { return state_; }
  UpdateResult result() const { return result_; }
  std::string_view reason() const { return reason_; }
  uint32_t received_bytes() const { return receiver_.received_bytes(); }
  void SetResult(UpdateResult result, std::string_view reason) { result_ = result, reason_ = reason, changed_ = true; }

  // True once after each change of state, result or reason.
  bool TakeChanged() {
    const bool changed = changed_;
    changed_ = false;
    return changed;
  }

 private:
  Status Take(const coap::Message& request, bool first, bool last);
  void Refuse(UpdateResult result, std::string_view reason);
  void Enter(UpdateState state);

  FirmwareTarget& target_;
  coap::Block1Receiver receiver_;
  Instant give_up_at_;
  UpdateState state_ = UpdateState::kIdle;
  UpdateResult result_;
  std::string_view reason_;
  bool changed_ = false;
};

// What a refusal by the FirmwareTarget means in resource 5, and as an answer to the block that was refused.
UpdateResult ToUpdateResult(Status status);
coap::Code ToRefusalCode(Status status);

}  // namespace linnet::agent
