// The endpoint against bytes on the wire: what a client sees.
#include "linnet/lwm2m_server/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/fleet_world.h"

namespace linnet::lwm2m_server {
namespace {

void Ignore(const Outcome<Answer>&) {}

const Peer kClient{0x7f000001, 50'000};
const Peer kElsewhere{0x7f000001, 50'001};

Bytes Wire(std::string_view text) { return {text.begin(), text.end()}; }
std::string Literal(const char* bytes, size_t size) { return {bytes, size}; }
#define WIRE(text) Wire(Literal(text, sizeof(text) - 1))

// POST /rd?ep=a&lt=60&lwm2m=1.1&b=U with </1/0>,</3/0>, as coap-client-notls sends it.
Bytes Register(uint8_t message_id = 1, const std::string& endpoint = "a", const std::string& links = "</1/0>,</3/0>") {
  Bytes b = WIRE("\x41\x02\x00");  // CON, token of 1 byte, POST
  b.push_back(message_id);
  b.push_back(0x77);                                                               // token
  for (const char c : Literal("\xB2rd", 3)) b.push_back(static_cast<uint8_t>(c));  // Uri-Path "rd"
  b.push_back(static_cast<uint8_t>(0x40 + 3 + endpoint.size()));                   // Uri-Query "ep=..."
  for (const char c : "ep=" + endpoint) b.push_back(static_cast<uint8_t>(c));
  for (const char c : std::string("\x05lt=60\x09lwm2m=1.1\x03"
                                  "b=U"))
    b.push_back(static_cast<uint8_t>(c));
  b.push_back(0xFF);
  for (const char c : links) b.push_back(static_cast<uint8_t>(c));
  return b;
}

class Endpoint : public ::testing::Test {
 protected:
  // What the server answers to one datagram; empty: nothing.
  Bytes Answer(const Bytes& datagram, const Peer& from = kClient) {
    world_.received[from].clear();
    world_.FromDevice(from, datagram);
    world_.Run(Duration::Milliseconds(20));
    return world_.received[from].empty() ? Bytes() : world_.received[from].front();
  }
  std::string Location() const { return world_.EventsOf<events::Registered>().back().registration.location; }
  Bytes OnLocation(uint8_t code, uint8_t message_id, const std::string& location) {
    Bytes b = WIRE("\x40");
    b.push_back(code);
    b.push_back(0);
    b.push_back(message_id);
    for (const char c : Literal("\xB2rd\x0C", 4)) b.push_back(static_cast<uint8_t>(c));
    b.insert(b.end(), location.begin(), location.end());
    return b;
  }
  FleetWorld world_;
};

TEST_F(Endpoint, RegisterIsAnsweredWithItsLocation) {
  const Bytes answer = Answer(Register());
  Bytes want = WIRE(
      "\x61\x41\x00\x01\x77"  // ACK, 2.01 Created, message id 1, token
      "\x82rd\x0C");          // Location-Path "rd", then 12 characters
  const std::string location = Location();
  want.insert(want.end(), location.begin(), location.end());
  EXPECT_EQ(answer, want);
  const auto registered = world_.EventsOf<events::Registered>();
  ASSERT_EQ(registered.size(), 1u);
  EXPECT_EQ(registered[0].registration.endpoint, "a");
  EXPECT_EQ(registered[0].registration.lifetime_s, 60);
  EXPECT_EQ(registered[0].registration.address, "127.0.0.1:50000");
  EXPECT_FALSE(registered[0].replaced);
}

TEST_F(Endpoint, DuplicateRegister_GetsTheSameAnswerAndRegistersOnce) {
  const Bytes first = Answer(Register());
  EXPECT_EQ(Answer(Register()), first);
  EXPECT_EQ(world_.EventsOf<events::Registered>().size(), 1u);
}

TEST_F(Endpoint, NewPortReplacesTheOldRegistration) {
  Answer(Register());
  const std::string old = Location();
  Answer(Register(9), kElsewhere);
  EXPECT_EQ(world_.server->registration_count(), 1u);
  EXPECT_TRUE(world_.EventsOf<events::Registered>().back().replaced);
  EXPECT_EQ(Answer(OnLocation(0x02, 10, old))[1], 0x84) << "4.04 for the old location";
}

TEST_F(Endpoint, UpdateFromAnotherPortMovesTheDevice) {
  Answer(Register());
  EXPECT_EQ(Answer(OnLocation(0x02, 5, Location()), kElsewhere)[1], 0x44) << "2.04";
  EXPECT_EQ(world_.EventsOf<events::Updated>().back().registration.address, "127.0.0.1:50001");
  EXPECT_EQ(world_.server->registration_count(), 1u);
}

TEST_F(Endpoint, AnotherEndpointOnTheSamePort_BothAreKnownByName) {
  Answer(Register(1, "a"));
  Answer(Register(2, "b"));
  EXPECT_TRUE(world_.server->IsRegistered("a"));
  EXPECT_TRUE(world_.server->IsRegistered("b"));
  world_.Run(Duration::Seconds(61));
  EXPECT_EQ(world_.server->registration_count(), 0u);
}

TEST_F(Endpoint, DeregisterEndsIt) {
  Answer(Register());
  EXPECT_EQ(Answer(OnLocation(0x04, 6, Location()))[1], 0x42) << "2.02";
  EXPECT_EQ(world_.server->registration_count(), 0u);
  EXPECT_EQ(world_.EventsOf<events::Gone>().at(0).reason, events::GoneReason::kDeregistered);
}

TEST_F(Endpoint, LifetimeEndsItUnlessUpdated) {
  Answer(Register());
  world_.Run(Duration::Seconds(50));
  Answer(OnLocation(0x02, 5, Location()));
  world_.Run(Duration::Seconds(50));
  EXPECT_EQ(world_.server->registration_count(), 1u);
  world_.Run(Duration::Seconds(11));
  EXPECT_EQ(world_.server->registration_count(), 0u);
  EXPECT_EQ(world_.EventsOf<events::Gone>().at(0).reason, events::GoneReason::kExpired);
}

TEST_F(Endpoint, BadRegistrationsAreRefused) {
  EXPECT_EQ(Answer(Register(1, "a", "</1/0"))[1], 0x80) << "broken link format";
  EXPECT_EQ(Answer(Register(2, "a\x01"))[1], 0x80) << "control character in the name";
  EXPECT_EQ(Answer(WIRE("\x40\x02\x00\x03\xB2rd\x45lt=60"))[1], 0x80) << "no endpoint name";
  EXPECT_EQ(Answer(WIRE("\x40\x02\x00\x04\xB2rd\x44"
                        "ep=a\x09lwm2m=2.0"))[1],
            0x8C)
      << "LwM2M 2.0";
  EXPECT_EQ(Answer(WIRE("\x40\x02\x00\x05\xB2rd\x44"
                        "ep=a\x04lt=0"))[1],
            0x80)
      << "no lifetime";
  EXPECT_EQ(Answer(WIRE("\x40\x02\x00\x06\xB2rd\xC1\x0E"))[1], 0x82) << "Block1 is not known";
  EXPECT_EQ(Answer(WIRE("\x40\x01\x00\x07\xB2rd"))[1], 0x85) << "GET /rd";
  EXPECT_EQ(Answer(WIRE("\x40\x02\x00\x08\xB2"
                        "bs"))[1],
            0x84)
      << "no bootstrap";
  EXPECT_EQ(world_.server->registration_count(), 0u);
}

TEST_F(Endpoint, SendFromAStranger_IsToldToRegister) {
  EXPECT_EQ(Answer(WIRE("\x40\x02\x00\x03\xB2"
                        "dp\x11\x70\xFF\x80"))[1],
            0x84);
  EXPECT_TRUE(world_.sink.batches.empty());
}

TEST_F(Endpoint, TableFull_NewOnesGet503AndOldOnesStay) {
  FleetWorld small({.registrations_max = 1});
  small.FromDevice(kClient, Register(1, "a"));
  small.FromDevice(kElsewhere, Register(2, "b"));
  small.Run(Duration::Milliseconds(20));
  EXPECT_EQ(small.received[kElsewhere].at(0)[1], 0xA3);
  EXPECT_TRUE(small.server->IsRegistered("a"));
}

TEST_F(Endpoint, SilentDevice_RequestEndsWithDeadlineExceeded) {
  Answer(Register(1, "a"));
  world_.server->Handle(world_.now, kClient, OnLocation(0x02, 5, Location()));
  const Instant before = world_.now;
  std::optional<Status> outcome;
  const auto done = [&](const Outcome<lwm2m_server::Answer>& a) { outcome = a ? Status::kOk : a.error().status; };
  ASSERT_EQ(world_.server->Submit(world_.now, "a", {.operation = Operation::kRead, .path = {3, 0, 3}}, done),
            Status::kOk);
  // The registration (60 s) ends before CoAP gives up; keep it alive from the same address.
  for (uint8_t i = 0; i < 5 && !outcome; ++i) {
    world_.server->Handle(world_.now, kClient, OnLocation(0x02, static_cast<uint8_t>(20 + i), Location()));
    world_.RunUntil([&] { return outcome.has_value(); }, Duration::Seconds(40));
  }
  ASSERT_TRUE(outcome);
  EXPECT_EQ(*outcome, Status::kDeadlineExceeded);
  EXPECT_LE((world_.now - before).seconds(), 101);
}

TEST_F(Endpoint, QueueOfADeviceIsBounded) {
  Answer(Register());
  int refused = 0;
  for (int i = 0; i < 30; ++i) {
    const Status s = world_.server->Submit(world_.now, "a", {.operation = Operation::kRead, .path = {3, 0, 3}}, Ignore);
    if (s == Status::kResourceExhausted) ++refused;
  }
  EXPECT_EQ(refused, 30 - 17) << "one under way and sixteen waiting";
  EXPECT_EQ(world_.server->Submit(world_.now, "nobody", {.operation = Operation::kRead, .path = {3}}, Ignore),
            Status::kNotFound);
}

TEST_F(Endpoint, RestoredRegistrationIsKnownByNamePlaceAndAddress) {
  Answer(Register());
  const auto registration = world_.EventsOf<events::Registered>().at(0).registration;
  world_.NewServer();
  ASSERT_EQ(world_.server->Restore(world_.now, registration, Duration::Seconds(30)), Status::kOk);
  EXPECT_EQ(world_.server->Restore(world_.now, registration, Duration::Seconds(30)), Status::kAlreadyExists);
  EXPECT_EQ(Answer(OnLocation(0x02, 5, registration.location))[1], 0x44);
  world_.Run(Duration::Seconds(61));
  EXPECT_EQ(world_.server->registration_count(), 0u);
}

TEST(Peers, TextForms) {
  EXPECT_EQ(ToString(Peer{0x7f000001, 5683}), "127.0.0.1:5683");
  EXPECT_EQ(ParsePeer("10.0.2.15:1"), (Peer{0x0a00020f, 1}));
  for (const char* bad : {"", "1.2.3:4", "1.2.3.4", "1.2.3.4:", "1.2.3.256:1", "1.2.3.4:65536", "1.2.3.4:1x", "a:1"}) {
    EXPECT_FALSE(ParsePeer(bad)) << bad;
  }
}

}  // namespace
}  // namespace linnet::lwm2m_server
