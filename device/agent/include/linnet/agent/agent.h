// The LwM2M 1.1 client as one object: no globals, no sockets, no clock, no heap. The caller hands in datagrams and the
// time, the agent answers through an Outbox and says when it wants to be polled next. A board runs one, a simulator many.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "linnet/agent/contracts.h"
#include "linnet/agent/firmware_update.h"
#include "linnet/agent/inferences.h"
#include "linnet/agent/observers.h"
#include "linnet/agent/registration.h"
#include "linnet/base/bytes.h"
#include "linnet/base/status.h"
#include "linnet/base/time.h"
#include "linnet/coap/association.h"
#include "linnet/coap/message.h"
#include "linnet/lwm2m/body.h"
#include "linnet/lwm2m/path.h"
#include "linnet/lwm2m/response_code.h"
#include "linnet/lwm2m/value.h"

namespace linnet::agent {

// The longest body a Read or a notification may have; a longer one is answered 5.00.
inline constexpr size_t kBodyBytesMax = 2816;

class Agent : private coap::Endpoint {
 public:
  // Copies nothing: what `config` points to, `host` and `target` outlive the agent. REQUIRES: an endpoint of 1 to 64 bytes.
  Agent(const Config& config, Host& host, FirmwareTarget& target);
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Begins to register at the next Poll; keeps trying until it succeeds.
  void Start(Instant now);
  // One datagram from the server. `outbox` gets what is to be answered.
  void HandleDatagram(Instant now, ByteSpan datagram, Outbox& outbox);
  // Does what is due: registration, updates, retransmissions, notifications, sends. Call at next_deadline() or later, and after
  // ReportInference or ResourceChanged.
  void Poll(Instant now, Outbox& outbox);
  Instant next_deadline() const;

  bool registered() const { return registration_.registered(); }

  // Queues one answer for the server (Send, object 26241) and counts it as a run of its image. It is kept until the server has
  // acknowledged it. kOk | kResourceExhausted: kInferencesWaitingMax wait already, this one is not taken
  // | kInvalidArgument: image_index is kImagesMax or more
  Status ReportInference(Instant now, const Inference& inference);
  size_t inferences_waiting() const { return inferences_.waiting(); }

  // The host says that what stands at `path` and below changed (the image was confirmed, say): observers get told.
  void ResourceChanged(Instant now, const lwm2m::Path& path);

  // Tells the server that this device leaves and stops; nothing is sent but that until Start. Best effort.
  void Deregister(Instant now, Outbox& outbox);

  lwm2m::UpdateState update_state() const { return update_.state(); }
  uint32_t package_bytes_received() const { return update_.received_bytes(); }

 private:
  // What the outstanding exchange is for.
  enum class Exchange : uint8_t { kNone, kRegistration, kNotification, kSend, kFarewell };

  // coap::Endpoint
  void Send(ByteSpan datagram) override;
  MutableByteSpan response_space() override { return response_; }
  coap::Disposition OnRequest(Instant now, const coap::Message& request, coap::MessageWriter& response) override;
  void OnResponse(Instant now, const coap::Message& response) override;
  void OnAcknowledged(Instant now) override;
  void OnFailure(Instant now, Status why) override;
  bool OnNotification(Instant, const coap::Message&) override { return false; }

  // exchanges.cc: what the agent asks and tells of its own accord
  void StartWhatIsDue(Instant now);
  void StartRegistration(Instant now);
  bool StartNotification(Instant now);  // false: nothing has changed after all
  void StartSend(Instant now);
  void NoteConfirmation(Instant now);
  void WriteObjectList(coap::MessageWriter& writer);

  // requests.cc: what the server asks
  void Answer(Instant now, const coap::Message& request, coap::MessageWriter& response);
  void AnswerGet(Instant now, const coap::Message& request, const lwm2m::Path& path, coap::MessageWriter& response);
  void AnswerWrite(Instant now, const coap::Message& request, const lwm2m::Path& path, coap::MessageWriter& response);
  void AnswerDiscover(const coap::Message& request, const lwm2m::Path& path, coap::MessageWriter& response);
  lwm2m::ResponseCode Execute(Instant now, const lwm2m::Path& path);
  Status WriteResource(Instant now, const lwm2m::Path& path, const lwm2m::Value& value);

  // resources.cc: what stands where
  bool has_instance(uint16_t object, uint16_t instance) const;
  std::optional<lwm2m::Value> ReadResource(const lwm2m::Path& path) const;
  Result<lwm2m::ContentFormat> ChooseFormat(const lwm2m::Path& path, std::optional<uint32_t> accept) const;
  // kNotFound | kPermissionDenied: there, but not to be read | kUnimplemented: not in this format | kResourceExhausted
  Result<ByteSpan> Render(const lwm2m::Path& path, lwm2m::ContentFormat format);

  Config config_;
  Host& host_;
  coap::Association association_;
  Registration registration_;
  FirmwareUpdate update_;
  Observers observers_;
  Inferences inferences_;
  Outbox* outbox_ = nullptr;  // only within a call
  Exchange exchange_ = Exchange::kNone;
  bool on_trial_ = false;
  bool reset_requested_ = false;
  size_t notified_slot_ = 0;
  uint32_t notified_hash_ = 0;
  std::array<uint8_t, coap::kDatagramBytesMax> outgoing_;  // held until the exchange ends
  std::array<uint8_t, coap::kDatagramBytesMax> response_;
  std::array<uint8_t, kBodyBytesMax> body_;  // a resource tree as bytes, before it is cut into blocks
};

}  // namespace linnet::agent
