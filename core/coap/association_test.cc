#include "linnet/coap/association.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace linnet::coap {
namespace {

using Bytes = std::vector<uint8_t>;

Instant At(int64_t ms) { return Instant::FromMilliseconds(ms); }

// Writes down what the association says.
class RecordingEndpoint : public Endpoint {
 public:
  void Send(ByteSpan datagram) override { sent.emplace_back(datagram.begin(), datagram.end()); }
  MutableByteSpan response_space() override { return buffer; }
  Disposition OnRequest(Instant, const Message& request, MessageWriter& response) override {
    ++requests;
    deferred = DeferredRequest::Of(request);
    response.set_code(Code::kChanged);
    if (reply_bytes > 0) response.AddPayload(Bytes(reply_bytes, 'x'));
    return disposition;
  }
  void OnResponse(Instant, const Message& response) override {
    events.push_back("response " + std::to_string(static_cast<int>(response.code)));
  }
  void OnAcknowledged(Instant) override { events.push_back("acknowledged"); }
  void OnFailure(Instant, Status why) override { events.push_back("failure " + std::string(ToString(why))); }
  bool OnNotification(Instant, const Message&) override {
    ++notifications;
    return knows_token;
  }
  Bytes TakeSent() {
    if (sent.size() != 1) ADD_FAILURE() << sent.size() << " datagrams";
    Bytes datagram = sent.empty() ? Bytes{} : sent[0];
    sent.clear();
    return datagram;
  }

  std::array<uint8_t, kDatagramBytesMax> buffer;
  std::vector<Bytes> sent;
  std::vector<std::string> events;
  DeferredRequest deferred;
  Disposition disposition = Disposition::kAnswered;
  size_t reply_bytes = 0;
  int requests = 0, notifications = 0;
  bool knows_token = false;
};

struct AssociationTest : testing::Test {
  // GET with token 0x77 and our next message id.
  Bytes Get() {
    Bytes message{0x41, 0x01, 0, 0, 0x77};
    StoreBe16(message.data() + 2, association.NextMessageId());
    return message;
  }
  Association association{0x00010001};  // the first message id is 1
  RecordingEndpoint endpoint;
};

TEST_F(AssociationTest, IsSmallEnoughForAServerOfMany) { EXPECT_LE(sizeof(Association), 320u); }

TEST_F(AssociationTest, RequestIsAnsweredWithItsTokenAndMessageId) {
  association.HandleDatagram(At(0), Bytes{0x42, 0x02, 0x12, 0x34, 0xaa, 0xbb}, endpoint);
  EXPECT_EQ(endpoint.TakeSent(), (Bytes{0x62, 0x44, 0x12, 0x34, 0xaa, 0xbb}));  // ACK 2.04
}

TEST_F(AssociationTest, DuplicateRequestIsHandledOnceAndAnsweredTwice) {
  const Bytes post{0x41, 0x02, 0x12, 0x34, 0xaa};
  association.HandleDatagram(At(0), post, endpoint);
  const Bytes first = endpoint.TakeSent();
  association.HandleDatagram(At(2500), post, endpoint);
  EXPECT_EQ(endpoint.TakeSent(), first);
  EXPECT_EQ(endpoint.requests, 1);
}

TEST_F(AssociationTest, MessageIdMayComeAgainAfterTheExchangeLifetime) {
  const Bytes post{0x41, 0x02, 0x12, 0x34, 0xaa};
  association.HandleDatagram(At(0), post, endpoint);
  association.HandleDatagram(At(300'000), post, endpoint);
  EXPECT_EQ(endpoint.requests, 2);
}

TEST_F(AssociationTest, LongReplyIsMadeAgainForAReadAndWithheldForAWrite) {
  endpoint.reply_bytes = 200;
  const Bytes get{0x41, 0x01, 0x00, 0x05, 0xaa}, post{0x41, 0x02, 0x00, 0x06, 0xaa};
  association.HandleDatagram(At(0), get, endpoint);
  association.HandleDatagram(At(1), get, endpoint);
  EXPECT_EQ(endpoint.requests, 2);
  association.HandleDatagram(At(2), post, endpoint);
  association.HandleDatagram(At(3), post, endpoint);
  EXPECT_EQ(endpoint.requests, 3);
  EXPECT_EQ(endpoint.sent.size(), 3u);
}

TEST_F(AssociationTest, ReplyThatDoesNotFitBecomesAnEmptyInternalServerError) {
  endpoint.reply_bytes = 5000;
  association.HandleDatagram(At(0), Bytes{0x41, 0x01, 0x00, 0x05, 0xaa}, endpoint);
  EXPECT_EQ(endpoint.TakeSent(), (Bytes{0x61, 0xa0, 0x00, 0x05, 0xaa}));
}

TEST_F(AssociationTest, DeferredRequestIsAnsweredLaterAndItsDuplicatesMeanwhileSwallowed) {
  endpoint.disposition = Disposition::kDeferred;
  const Bytes post{0x41, 0x02, 0x12, 0x34, 0xaa};
  association.HandleDatagram(At(0), post, endpoint);
  association.HandleDatagram(At(2000), post, endpoint);
  EXPECT_TRUE(endpoint.sent.empty());

  std::array<uint8_t, 64> buffer;
  MessageWriter writer(buffer);
  association.BeginDeferred(endpoint.deferred, writer);
  writer.set_code(Code::kChanged);
  association.SendDeferred(endpoint.deferred, writer, endpoint);
  EXPECT_EQ(endpoint.TakeSent(), (Bytes{0x61, 0x44, 0x12, 0x34, 0xaa}));
  association.HandleDatagram(At(4000), post, endpoint);
  EXPECT_EQ(endpoint.TakeSent(), (Bytes{0x61, 0x44, 0x12, 0x34, 0xaa}));
  EXPECT_EQ(endpoint.requests, 1);
}

TEST_F(AssociationTest, PingAndMalformedConfirmablesAreReset) {
  association.HandleDatagram(At(0), Bytes{0x40, 0x00, 0x12, 0x34}, endpoint);
  EXPECT_EQ(endpoint.TakeSent(), (Bytes{0x70, 0x00, 0x12, 0x34}));
  association.HandleDatagram(At(0), Bytes{0x40, 0x01, 0x12, 0x35, 0xf0}, endpoint);
  EXPECT_EQ(endpoint.TakeSent(), (Bytes{0x70, 0x00, 0x12, 0x35}));
  association.HandleDatagram(At(0), Bytes{0x50, 0x01, 0x12, 0x36, 0xf0}, endpoint);  // not confirmable: ignored
  association.HandleDatagram(At(0), Bytes{0x80, 0x01, 0x12, 0x36}, endpoint);        // version 2: ignored
  association.HandleDatagram(At(0), Bytes{0x40}, endpoint);
  EXPECT_TRUE(endpoint.sent.empty());
}

TEST_F(AssociationTest, PiggybackedResponseEndsTheExchange) {
  const Bytes get = Get();
  ASSERT_EQ(association.Start(At(0), get, endpoint), Status::kOk);
  EXPECT_EQ(association.Start(At(0), get, endpoint), Status::kFailedPrecondition);
  association.HandleDatagram(At(5), Bytes{0x61, 0x45, 0x00, 0x01, 0x78}, endpoint);  // another token
  association.HandleDatagram(At(5), Bytes{0x61, 0x45, 0x00, 0x09, 0x77}, endpoint);  // another message id
  EXPECT_TRUE(association.busy());
  association.HandleDatagram(At(5), Bytes{0x61, 0x45, 0x00, 0x01, 0x77}, endpoint);
  EXPECT_FALSE(association.busy());
  EXPECT_EQ(endpoint.events, std::vector<std::string>{"response 69"});
}

TEST_F(AssociationTest, SeparateResponseIsAcknowledgedEvenTwiceButReportedOnce) {
  const Bytes get = Get();
  ASSERT_EQ(association.Start(At(0), get, endpoint), Status::kOk);
  endpoint.sent.clear();
  association.HandleDatagram(At(5), Bytes{0x60, 0x00, 0x00, 0x01}, endpoint);  // empty ACK
  association.Poll(At(50'000), endpoint);
  EXPECT_TRUE(endpoint.sent.empty());  // no retransmission any more
  const Bytes response{0x41, 0x45, 0x55, 0x55, 0x77};
  association.HandleDatagram(At(60'000), response, endpoint);
  EXPECT_EQ(endpoint.TakeSent(), (Bytes{0x60, 0x00, 0x55, 0x55}));
  association.HandleDatagram(At(62'000), response, endpoint);
  EXPECT_EQ(endpoint.TakeSent(), (Bytes{0x60, 0x00, 0x55, 0x55}));
  EXPECT_EQ(endpoint.events, std::vector<std::string>{"response 69"});
}

TEST_F(AssociationTest, UnansweredRequestIsSentFiveTimesWithDoublingPauses) {
  const Bytes get = Get();
  ASSERT_EQ(association.Start(At(0), get, endpoint), Status::kOk);
  std::vector<int64_t> times{0};
  while (association.busy()) {
    const Instant deadline = association.next_deadline();
    association.Poll(deadline - Duration::Milliseconds(1), endpoint);
    EXPECT_EQ(endpoint.sent.size(), times.size());
    association.Poll(deadline, endpoint);
    times.push_back(deadline.milliseconds());
  }
  EXPECT_EQ(endpoint.sent.size(), 5u);
  for (const auto& datagram : endpoint.sent) EXPECT_EQ(datagram, get);
  EXPECT_GE(times[1], 2000);
  EXPECT_LE(times[1], 3000);
  for (size_t i = 2; i < times.size(); ++i) EXPECT_EQ(times[i] - times[i - 1], 2 * (times[i - 1] - times[i - 2]));
  EXPECT_EQ(endpoint.events, std::vector<std::string>{"failure deadline exceeded"});
  EXPECT_EQ(association.next_deadline(), Instant::Never());
}

TEST_F(AssociationTest, ResetAbortsTheExchange) {
  const Bytes get = Get();
  ASSERT_EQ(association.Start(At(0), get, endpoint), Status::kOk);
  association.HandleDatagram(At(5), Bytes{0x70, 0x00, 0x00, 0x01}, endpoint);
  EXPECT_EQ(endpoint.events, std::vector<std::string>{"failure aborted"});
}

TEST_F(AssociationTest, NotificationWeSendEndsWithItsAcknowledgement) {
  const Bytes notification{0x41, 0x45, 0x00, 0x01, 0x77, 0x61, 0x05};  // CON 2.05, Observe 5
  ASSERT_EQ(association.Start(At(0), notification, endpoint), Status::kOk);
  association.HandleDatagram(At(5), Bytes{0x60, 0x00, 0x00, 0x01}, endpoint);
  EXPECT_EQ(endpoint.events, std::vector<std::string>{"acknowledged"});
}

TEST_F(AssociationTest, NotificationWeGetIsAcknowledgedWhenItsTokenIsKnownAndElseReset) {
  endpoint.knows_token = true;
  association.HandleDatagram(At(0), Bytes{0x41, 0x45, 0x12, 0x34, 0x77, 0x61, 0x05}, endpoint);
  EXPECT_EQ(endpoint.TakeSent(), (Bytes{0x60, 0x00, 0x12, 0x34}));
  association.HandleDatagram(At(1), Bytes{0x41, 0x45, 0x12, 0x34, 0x77, 0x61, 0x05}, endpoint);
  EXPECT_EQ(endpoint.TakeSent(), (Bytes{0x60, 0x00, 0x12, 0x34}));
  EXPECT_EQ(endpoint.notifications, 1);
  endpoint.knows_token = false;
  association.HandleDatagram(At(2), Bytes{0x51, 0x45, 0x12, 0x35, 0x78, 0x61, 0x05}, endpoint);  // NON
  EXPECT_EQ(endpoint.TakeSent(), (Bytes{0x70, 0x00, 0x12, 0x35}));
}

}  // namespace
}  // namespace linnet::coap
