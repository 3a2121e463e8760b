#include "linnet/coap/message.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

namespace linnet::coap {
namespace {

// Register, as a LwM2M client sends it.
constexpr uint8_t kRegister[] = {
    0x44, 0x02, 0x12, 0x34,                 // version 1, CON, token of 4; POST; message id 0x1234
    0xde, 0xad, 0xbe, 0xef,                 // token
    0xb2, 'r',  'd',                        // Uri-Path (11) "rd"
    0x11, 0x28,                             // Content-Format (12) 40
    0x36, 'e',  'p',  '=',  'b', '-', '1',  // Uri-Query (15) "ep=b-1"
    0x0d, 0x00, 'l',  't',  '=', '1', '2', '3', '4', '5', '6', '7', '8', '9', '0',  // Uri-Query, extended length 13
    0xff, '<',  '/',  '>',                                                          // payload
};

TEST(Message, ParsesARegistration) {
  const auto message = Parse(kRegister);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->type, Type::kConfirmable);
  EXPECT_EQ(message->code, Code::kPost);
  EXPECT_EQ(message->message_id, 0x1234);
  EXPECT_EQ(LoadBe32(message->token.data()), 0xdeadbeef);
  EXPECT_TRUE(message->PathIs({"rd"}));
  EXPECT_FALSE(message->PathIs({"rd", "x"}));
  EXPECT_FALSE(message->PathIs({}));
  EXPECT_EQ(message->FindUint(option::kContentFormat), 40u);
  EXPECT_EQ(message->Find(option::kUriQuery)->text(), "ep=b-1");
  EXPECT_EQ(AsText(message->payload), "</>");
  EXPECT_EQ(message->FindUnknownCritical(std::array<uint16_t, 2>{option::kUriPath, option::kUriQuery}), std::nullopt);
  EXPECT_EQ(message->FindUnknownCritical(std::array<uint16_t, 1>{option::kUriQuery}), option::kUriPath);
}

TEST(Message, WriterMakesTheSameBytes) {
  std::array<uint8_t, 128> buffer;
  MessageWriter w(buffer);
  w.Begin(Type::kConfirmable, Code::kPost, 0x1234, ByteSpan(kRegister).subspan(4, 4));
  w.AddPath(option::kUriPath, "/rd");
  w.AddUint(option::kContentFormat, 40);
  w.AddOption(option::kUriQuery, "ep=b-1");
  w.AddOption(option::kUriQuery, "lt=1234567890");
  w.AddPayload(AsBytes("</>"));
  ASSERT_EQ(w.status(), Status::kOk);
  EXPECT_TRUE(Equal(w.written(), kRegister));
}

TEST(Message, EveryTruncationIsRefusedOrShorter) {
  for (size_t size = 0; size < sizeof kRegister; ++size) {
    const auto message = Parse(ByteSpan(kRegister).first(size));
    if (size < 8 || size == sizeof kRegister - 3) {
      EXPECT_FALSE(message) << size;  // a header or token cut short, a marker without payload
    }
  }
}

TEST(Message, RefusesReservedEncodings) {
  const std::vector<std::pair<std::vector<uint8_t>, Status>> cases = {
      {{0x80, 0x01, 0, 1}, Status::kUnimplemented},                        // version 2
      {{0x49, 0x01, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9}, Status::kDataLoss},  // token of 9
      {{0x40, 0x01, 0, 1, 0xf0}, Status::kDataLoss},                       // option delta 15
      {{0x40, 0x01, 0, 1, 0x0f}, Status::kDataLoss},                       // option length 15
      {{0x40, 0x01, 0, 1, 0xe0, 0xff, 0xff}, Status::kDataLoss},           // option number 65,804
      {{0x40, 0x00, 0, 1, 0xff}, Status::kDataLoss},                       // empty message with more than a header
      {{0x41, 0x00, 0, 1, 0x07}, Status::kDataLoss},                       // empty message with a token
  };
  for (const auto& [bytes, status] : cases) EXPECT_EQ(Parse(bytes).error(), status);
}

TEST(Message, LongOptionsAndGreatNumbersComeBack) {
  std::array<uint8_t, 1024> buffer;
  const std::vector<uint8_t> value(300, 0x55);
  MessageWriter w(buffer);
  w.Begin(Type::kNonConfirmable, Code::kGet, 1, {});
  w.AddOption(option::kUriPath, value);  // extended length of two bytes
  w.AddUint(option::kSize1, 0);          // extended delta of one byte, empty value
  w.AddUint(2048, 0x00ffffff);           // extended delta of two bytes
  const auto message = Parse(w.written());
  ASSERT_TRUE(message);
  EXPECT_TRUE(Equal(message->Find(option::kUriPath)->value, value));
  EXPECT_TRUE(message->Find(option::kSize1)->value.empty());
  EXPECT_EQ(message->FindUint(option::kSize1), 0u);
  EXPECT_EQ(message->FindUint(2048), 0x00ffffffu);
}

TEST(Message, WriterThatOverflowsSaysSoAndWritesNothingPastItsBuffer) {
  std::array<uint8_t, 16> buffer{};
  buffer.fill(0xaa);
  MessageWriter w(MutableByteSpan(buffer).first(12));
  w.Begin(Type::kConfirmable, Code::kPut, 1, {});
  w.AddOption(option::kUriPath, "5");
  w.AddPayload(AsBytes("123456"));
  EXPECT_EQ(w.status(), Status::kResourceExhausted);
  for (size_t i = 12; i < 16; ++i) EXPECT_EQ(buffer[i], 0xaa);
}

TEST(Message, PayloadMayBeEncodedInPlace) {
  std::array<uint8_t, 8> buffer{};
  MessageWriter w(buffer);
  w.Begin(Type::kAcknowledgement, Code::kContent, 7, {});
  ASSERT_EQ(w.payload_space().size(), 3u);
  w.payload_space()[0] = 'x';
  w.CommitPayload(1);
  EXPECT_EQ(AsText(Parse(w.written())->payload), "x");
}

TEST(MessageDeathTest, OptionsOutOfOrderAreOurFault) {
  std::array<uint8_t, 32> buffer;
  MessageWriter w(buffer);
  w.Begin(Type::kConfirmable, Code::kGet, 1, {});
  w.AddUint(option::kAccept, 0);
  EXPECT_DEATH(w.AddOption(option::kUriPath, "3"), "");
}

TEST(Message, BlockOptionKeepsItsThreeParts) {
  const auto block = Block::Decode(0x000a'bcde);  // number 0xabcd, more, szx 6
  ASSERT_TRUE(block);
  EXPECT_EQ(block->number, 0xabcdu);
  EXPECT_TRUE(block->more);
  EXPECT_EQ(block->size_bytes(), 1024u);
  EXPECT_EQ(block->encoded(), 0x000a'bcdeu);
  EXPECT_EQ(Block::Decode(7).error(), Status::kInvalidArgument);
}

TEST(Message, RandomBytesNeverBreakTheParser) {
  const uint32_t seed = 20240612;
  RecordProperty("seed", static_cast<int>(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 20000; ++round) {
    std::vector<uint8_t> bytes(random() % 40);
    for (auto& b : bytes) b = static_cast<uint8_t>(random());
    if (!bytes.empty()) bytes[0] = static_cast<uint8_t>((bytes[0] & 0x3f) | 0x40);
    const auto message = Parse(bytes);
    if (!message) continue;
    auto options = message->ReadOptions();
    while (const auto option = options.Next()) EXPECT_LE(option->value.size(), bytes.size());
  }
}

}  // namespace
}  // namespace linnet::coap
