// One peer's message layer (RFC 7252 4 and 5.2-5.3): duplicates, acknowledgements, retransmission and the matching of
// responses. Sans-I/O: datagrams and the time come in, datagrams go out through an Endpoint, a deadline says when Poll is
// due. About 300 bytes, no pointers to itself, movable: a server keeps one per peer in a hash map, a device keeps one.
// Each call costs O(1). Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"
#include "linnet/base/time.h"
#include "linnet/coap/message.h"

namespace linnet::coap {

// RFC 7252 4.8. The response timeout is ours: how long a separate response may take after the empty acknowledgement.
struct TransmitParameters {
  Duration ack_timeout = Duration::Seconds(2);  // times a random factor from 1 to 1.5
  uint8_t retransmissions_max = 4;
  Duration response_timeout = Duration::Seconds(93);
};

// RFC 7252 4.8.2: how long a message id must not be used again by the same peer.
inline constexpr Duration kExchangeLifetime = Duration::Seconds(247);

// A request whose answer comes later: keep it, answer with Association::Respond.
struct DeferredRequest {
  Type type = Type::kConfirmable;
  uint16_t message_id = 0;
  uint8_t token_bytes = 0;
  std::array<uint8_t, 8> token{};

  static DeferredRequest Of(const Message& request);
  ByteSpan token_span() const { return {token.data(), token_bytes}; }
};

enum class Disposition : uint8_t {
  kAnswered,  // the response is written: send it
  kDeferred,  // Respond will be called; until then duplicates are swallowed
  kIgnored,   // no answer at all (only for a request that could not be authenticated)
};

// What an association needs of the object around it; given to each call, never kept. Every callback may call Start.
class Endpoint {
 public:
  virtual ~Endpoint() = default;

  virtual void Send(ByteSpan datagram) = 0;  // borrows until return
  // Space for one response datagram, at least kDatagramBytesMax; used only within one call.
  virtual MutableByteSpan response_space() = 0;
  // A new request (never a duplicate). Header and token of `response` are written, its code is 5.00: set_code, then options
  // and payload. When the writer overflows, the peer gets an empty 5.00.
  virtual Disposition OnRequest(Instant now, const Message& request, MessageWriter& response) = 0;
  // The outstanding request has its response; the association is idle again.
  virtual void OnResponse(Instant now, const Message& response) = 0;
  // The outstanding confirmable response (a notification) was acknowledged; the association is idle again.
  virtual void OnAcknowledged(Instant now) = 0;
  // The outstanding exchange failed: kDeadlineExceeded: no answer | kAborted: the peer sent a Reset.
  virtual void OnFailure(Instant now, Status why) = 0;
  // A response that answers no outstanding request: a notification. False: the token is not known, the peer gets a Reset and
  // will stop sending.
  virtual bool OnNotification(Instant now, const Message& notification) = 0;
};

class Association {
 public:
  // `random` seeds message ids and tokens: different for each association and each start.
  explicit Association(uint32_t random = 1)
      : random_(random | 1), next_message_id_(static_cast<uint16_t>(random >> 16)) {}

  // Handles one datagram from the peer; sends at most one in reply, before it reports a response to the endpoint.
  // Malformed datagrams are rejected or ignored as RFC 7252 4.2 and 4.3 say.
  void HandleDatagram(Instant now, ByteSpan datagram, Endpoint& endpoint);
  // Retransmits or gives up. Call at next_deadline() or later.
  void Poll(Instant now, Endpoint& endpoint);
  Instant next_deadline() const { return busy() ? deadline_ : Instant::Never(); }

  // For the writer of the next outgoing message.
  uint16_t NextMessageId() { return next_message_id_++; }
  // Four bytes that an off-path attacker can't foresee from the last ones easily; unique among the last 2^32.
  std::array<uint8_t, 4> NextToken();

  // True while an exchange is outstanding (NSTART = 1, RFC 7252 4.7).
  bool busy() const { return state_ != State::kIdle; }
  // Sends a confirmable message, written by the caller with NextMessageId, and sees it through. A request ends in OnResponse or
  // OnFailure, a response (notification) in OnAcknowledged or OnFailure. Borrows `message` until then.
  // kOk | kFailedPrecondition: busy | kInvalidArgument: not a confirmable message
  Status Start(Instant now, ByteSpan message, Endpoint& endpoint, const TransmitParameters& parameters = {});
  // Gives the exchange up without a callback; a late answer is then not known.
  void Cancel() {
    state_ = State::kIdle;
    message_ = {};
  }

  // Answers a deferred request: writes header and token for `request` into `writer`. Add options and payload, then
  // SendDeferred.
  void BeginDeferred(const DeferredRequest& request, MessageWriter& writer);
  void SendDeferred(const DeferredRequest& request, const MessageWriter& writer, Endpoint& endpoint);

 private:
  enum class State : uint8_t { kIdle, kAwaitAcknowledgement, kAwaitResponse };
  enum class ReplyState : uint8_t { kNone, kPending, kStored, kTooLong };
  // RFC 7252 4.5 lets an idempotent request be handled twice, so long replies (they answer GET) need not be kept.
  static constexpr size_t kReplyBytes = 44;
  static constexpr size_t kReplies = 4;
  struct Reply {
    uint32_t received_s = 0;
    uint16_t message_id = 0;
    ReplyState state = ReplyState::kNone;
    uint8_t size = 0;
    std::array<uint8_t, kReplyBytes> bytes{};
  };

  void HandleRequest(Instant now, const Message& request, Endpoint& endpoint);
  void HandleResponse(Instant now, const Message& response, Endpoint& endpoint);
  void HandleAcknowledgement(Instant now, const Message& message, Endpoint& endpoint);
  Reply* FindReply(Instant now, uint16_t message_id);
  Reply& NewReply(Instant now, uint16_t message_id);
  static void StoreReply(Reply& reply, ByteSpan datagram);
  bool TokenMatches(const Message& response) const;
  uint16_t outstanding_id() const { return LoadBe16(message_.data() + 2); }
  uint32_t NextRandom();

  ByteSpan message_;  // the outstanding one, borrowed
  Instant deadline_;
  Duration timeout_;
  Duration response_timeout_;
  uint32_t random_;
  uint16_t next_message_id_;
  State state_ = State::kIdle;
  bool is_request_ = false;
  uint8_t retransmissions_left_ = 0;
  uint8_t reply_next_ = 0;
  std::array<Reply, kReplies> replies_{};
};

}  // namespace linnet::coap
