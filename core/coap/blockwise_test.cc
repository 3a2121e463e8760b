#include "linnet/coap/blockwise.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace linnet::coap {
namespace {

using Bytes = std::vector<uint8_t>;
using Verdict = Block1Receiver::Verdict;

Bytes Body(size_t size) {
  Bytes body(size);
  for (size_t i = 0; i < size; ++i) body[i] = static_cast<uint8_t>(i * 7 + i / 251);
  return body;
}

struct Datagram {
  std::array<uint8_t, kDatagramBytesMax> buffer;
  size_t size = 0;
};

Datagram Put(const Bytes& body, const Block1Sender& sender, uint16_t id) {
  Datagram d;
  MessageWriter w(d.buffer);
  w.Begin(Type::kConfirmable, Code::kPut, id, {});
  w.AddPath(option::kUriPath, "/5/0/0");
  sender.AddOptions(w);
  w.AddPayload(ByteSpan(body).subspan(sender.offset_bytes(), sender.size_bytes()));
  EXPECT_EQ(w.status(), Status::kOk);
  d.size = w.written().size();
  return d;
}

Datagram Answer(Code code, std::optional<Block> block) {
  Datagram d;
  MessageWriter w(d.buffer);
  w.Begin(Type::kAcknowledgement, code, 1, {});
  if (block) w.AddBlock(option::kBlock1, *block);
  d.size = w.written().size();
  return d;
}

Message View(const Datagram& d) { return *Parse(ByteSpan(d.buffer).first(d.size)); }

TEST(Block1, BodyTravelsWholeAndInOrder) {
  for (const size_t size : {0u, 1u, 1024u, 1025u, 5000u, 10240u}) {
    const Bytes body = Body(size);
    Block1Sender sender(static_cast<uint32_t>(size));
    Block1Receiver receiver;
    Bytes received;
    bool last = false;
    for (uint16_t id = 0; !sender.done(); ++id) {
      ASSERT_LT(id, 20);
      const Datagram put = Put(body, sender, id);
      const auto step = receiver.Accept(View(put));
      ASSERT_EQ(step.verdict, id == 0 ? Verdict::kFirst : Verdict::kNext);
      const ByteSpan payload = View(put).payload;
      received.insert(received.end(), payload.begin(), payload.end());
      last = step.last;
      const Datagram answer =
          Answer(last ? Code::kChanged : Code::kContinue, step.has_block ? std::optional(step.block) : std::nullopt);
      ASSERT_EQ(sender.OnResponse(View(answer)), Status::kOk);
    }
    EXPECT_TRUE(last);
    EXPECT_EQ(received, body) << size;
    EXPECT_EQ(sender.final_code(), Code::kChanged);
  }
}

TEST(Block1, FirstBlockOnTheWire) {
  const Bytes body = Body(3000);
  const Datagram put = Put(body, Block1Sender(3000), 9);
  const Bytes head(put.buffer.begin(), put.buffer.begin() + 17);
  EXPECT_EQ(head, (Bytes{0x40, 0x03, 0x00, 0x09,           // CON PUT, message id 9
                         0xb1, '5', 0x01, '0', 0x01, '0',  // Uri-Path 5, 0, 0
                         0xd1, 0x03, 0x0e,                 // Block1 (27): number 0, more, szx 6
                         0xd2, 0x14, 0x0b, 0xb8}));        // Size1 (60): 3000
}

TEST(Block1, ReceiverKnowsDuplicatesAndGaps) {
  const Bytes body = Body(5000);
  Block1Sender sender(5000);
  Block1Receiver receiver;
  const Datagram first = Put(body, sender, 1);
  ASSERT_EQ(receiver.Accept(View(first)).verdict, Verdict::kFirst);
  EXPECT_EQ(receiver.Accept(View(first)).verdict, Verdict::kDuplicate);
  ASSERT_EQ(sender.OnResponse(View(Answer(Code::kContinue, sender.block()))), Status::kOk);
  const Datagram second = Put(body, sender, 2);
  ASSERT_EQ(receiver.Accept(View(second)).verdict, Verdict::kNext);
  EXPECT_EQ(receiver.Accept(View(second)).verdict, Verdict::kDuplicate);
  // The first one once more, long after: it must not start anew.
  EXPECT_EQ(receiver.Accept(View(first)).verdict, Verdict::kDuplicate);
  EXPECT_EQ(receiver.received_bytes(), 2048u);
  ASSERT_EQ(sender.OnResponse(View(Answer(Code::kContinue, sender.block()))), Status::kOk);
  ASSERT_EQ(sender.OnResponse(View(Answer(Code::kContinue, sender.block()))), Status::kOk);  // one is skipped
  EXPECT_EQ(receiver.Accept(View(Put(body, sender, 4))).verdict, Verdict::kGap);
  // A new message with block 0 starts over.
  sender.Restart();
  EXPECT_EQ(receiver.Accept(View(Put(body, sender, 5))).verdict, Verdict::kFirst);
  EXPECT_EQ(receiver.received_bytes(), 1024u);
}

TEST(Block1, ReceiverRefusesMalformedBlocks) {
  Datagram d;
  MessageWriter w(d.buffer);
  w.Begin(Type::kConfirmable, Code::kPut, 1, {});
  w.AddBlock(option::kBlock1, {0, true, 6});
  w.AddPayload(AsBytes("short, yet more is to come"));
  EXPECT_EQ(Block1Receiver().Accept(*Parse(w.written())).verdict, Verdict::kInvalid);
  w.Begin(Type::kConfirmable, Code::kPut, 1, {});
  w.AddUint(option::kBlock1, 7);
  EXPECT_EQ(Block1Receiver().Accept(*Parse(w.written())).verdict, Verdict::kInvalid);
  w.Begin(Type::kConfirmable, Code::kPut, 1, {});
  w.AddBlock(option::kBlock1, {3, false, 6});  // nothing came before
  EXPECT_EQ(Block1Receiver().Accept(*Parse(w.written())).verdict, Verdict::kGap);
}

TEST(Block1, SenderTakesSmallerBlocksAndReportsRefusals) {
  Block1Sender sender(4096);
  ASSERT_EQ(sender.OnResponse(View(Answer(Code::kContinue, Block{0, true, 2}))), Status::kOk);
  EXPECT_EQ(sender.offset_bytes(), 1024u);  // what was sent counts
  EXPECT_EQ(sender.block().number, 16u);    // 1024 / 64
  EXPECT_EQ(sender.size_bytes(), 64u);
  EXPECT_EQ(sender.OnResponse(View(Answer(Code::kRequestEntityIncomplete, Block{16, true, 2}))), Status::kDataLoss);
  EXPECT_EQ(sender.OnResponse(View(Answer(Code::kForbidden, std::nullopt))), Status::kAborted);
  EXPECT_EQ(sender.final_code(), Code::kForbidden);
  EXPECT_EQ(sender.OnResponse(View(Answer(Code::kContinue, Block{3, true, 2}))), Status::kInvalidArgument);
}

TEST(Block2, LargeBodyIsReadBlockByBlockAndASmallOneAtOnce) {
  for (const size_t size : {0u, 5u, 1024u, 1025u, 3000u}) {
    const Bytes body = Body(size);
    std::array<uint8_t, 4096> buffer;
    Block2Receiver receiver(buffer);
    for (int round = 0; !receiver.done(); ++round) {
      ASSERT_LT(round, 5);
      Datagram get;
      MessageWriter g(get.buffer);
      g.Begin(Type::kConfirmable, Code::kGet, 1, {});
      if (round > 0) g.AddBlock(option::kBlock2, receiver.next());
      const Message request = *Parse(g.written());
      Datagram answer;
      MessageWriter a(answer.buffer);
      a.Begin(Type::kAcknowledgement, Code::kContent, 1, {});
      WriteBody(&request, body, content_format::kSenmlCbor, std::nullopt, a);
      ASSERT_EQ(a.status(), Status::kOk);
      ASSERT_EQ(a.code(), Code::kContent);
      ASSERT_EQ(receiver.OnResponse(*Parse(a.written())), Status::kOk);
    }
    EXPECT_TRUE(Equal(receiver.body(), body)) << size;
  }
}

TEST(Block2, BodyThatChangesUnderWayIsNoticed) {
  Bytes body = Body(3000);
  std::array<uint8_t, 4096> buffer;
  Block2Receiver receiver(buffer);
  Datagram answer;
  MessageWriter a(answer.buffer);
  a.Begin(Type::kAcknowledgement, Code::kContent, 1, {});
  WriteBody(nullptr, body, 0, std::nullopt, a);
  ASSERT_EQ(receiver.OnResponse(*Parse(a.written())), Status::kOk);
  body[2999] ^= 1;
  Datagram get;
  MessageWriter g(get.buffer);
  g.Begin(Type::kConfirmable, Code::kGet, 1, {});
  g.AddBlock(option::kBlock2, receiver.next());
  const Message request = *Parse(g.written());
  a.Begin(Type::kAcknowledgement, Code::kContent, 1, {});
  WriteBody(&request, body, 0, std::nullopt, a);
  EXPECT_EQ(receiver.OnResponse(*Parse(a.written())), Status::kDataLoss);
}

TEST(Block2, BodyLongerThanTheBufferAndBlocksPastTheEnd) {
  const Bytes body = Body(200);
  std::array<uint8_t, 100> buffer;
  Block2Receiver receiver(buffer);
  Datagram d;
  MessageWriter w(d.buffer);
  w.Begin(Type::kAcknowledgement, Code::kContent, 1, {});
  WriteBody(nullptr, body, 0, std::nullopt, w);
  EXPECT_EQ(receiver.OnResponse(*Parse(w.written())), Status::kResourceExhausted);

  Datagram get;
  MessageWriter g(get.buffer);
  g.Begin(Type::kConfirmable, Code::kGet, 1, {});
  g.AddBlock(option::kBlock2, {4, false, 2});
  const Message request = *Parse(g.written());
  w.Begin(Type::kAcknowledgement, Code::kContent, 1, {});
  WriteBody(&request, body, 0, std::nullopt, w);
  EXPECT_EQ(w.code(), Code::kBadRequest);
}

TEST(Observe, FreshnessFollowsRfc7641) {
  EXPECT_TRUE(IsFresher(5, 0, 6, 0));
  EXPECT_FALSE(IsFresher(6, 0, 5, 0));
  EXPECT_FALSE(IsFresher(6, 0, 6, 0));
  EXPECT_TRUE(IsFresher(0xffffff, 0, 0, 0));  // the counter wrapped
  EXPECT_TRUE(IsFresher(6, 0, 5, 128'001));   // older number, but two minutes later
}

}  // namespace
}  // namespace linnet::coap
