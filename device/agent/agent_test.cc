#include "linnet/agent/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/world.h"

namespace linnet::agent {
namespace {

using coap::Code;
using testing::ElementsAre;
using testing::HasSubstr;
namespace content_format = coap::content_format;

// --- against a scripted server, byte by byte

struct Wire : Outbox {
  void Send(ByteSpan datagram) override { sent.emplace_back(datagram.begin(), datagram.end()); }
  std::vector<Bytes> sent;
};

TEST(AgentWire, RegistersReadsAndUpdatesInTheseBytes) {
  RecordingHost host;
  RecordingTarget target;
  Config config = World::DefaultConfig();
  config.random_seed = 0x00010001;  // the first message id is 1
  Agent agent(config, host, target);
  Wire wire;
  agent.Start(Instant());
  agent.Poll(Instant(), wire);
  ASSERT_EQ(wire.sent.size(), 1u);
  const Bytes& reg = wire.sent[0];
  EXPECT_EQ(reg[0], 0x44);  // CON, token of 4
  EXPECT_EQ(reg[1], 0x02);  // POST
  EXPECT_EQ(LoadBe16(reg.data() + 2), 1);
  const std::string rest(reg.begin() + 8, reg.end());
  EXPECT_EQ(rest, std::string("\xb2rd"    // Uri-Path "rd"
                              "\x11\x28"  // Content-Format 40
                              "\x3a"
                              "ep=board-1"  // Uri-Query
                              "\x06lt=120"
                              "\x09lwm2m=1.1"
                              "\x03"
                              "b=U"
                              "\xff</>;ct=112,</1/0>,</3/0>,</5/0>,</26241>,</26242/0>,</26243/0>"));
  EXPECT_FALSE(agent.registered());

  // 2.01, Location-Path "rd", "5a"
  Bytes created{0x64, 0x41, 0x00, 0x01, reg[4], reg[5], reg[6], reg[7], 0x82, 'r', 'd', 0x02, '5', 'a'};
  agent.HandleDatagram(Instant::FromMilliseconds(50), created, wire);
  EXPECT_TRUE(agent.registered());
  EXPECT_EQ(host.registrations, 1);

  // GET /3/0/3, Accept 0
  wire.sent.clear();
  agent.HandleDatagram(Instant::FromMilliseconds(60),
                       Bytes{0x41, 0x01, 0x12, 0x34, 0x99, 0xb1, '3', 0x01, '0', 0x01, '3', 0x60}, wire);
  ASSERT_EQ(wire.sent.size(), 1u);
  EXPECT_EQ(wire.sent[0], (Bytes{0x61, 0x45, 0x12, 0x34, 0x99, 0xc0, 0xff, '1', '.', '2', '.', '3'}));

  // Half of the lifetime later: POST /rd/5a, nothing else.
  EXPECT_EQ(agent.next_deadline(), Instant::FromMilliseconds(60'050));
  wire.sent.clear();
  agent.Poll(Instant::FromMilliseconds(60'050), wire);
  ASSERT_EQ(wire.sent.size(), 1u);
  EXPECT_EQ(std::string(wire.sent[0].begin() + 8, wire.sent[0].end()),
            "\xb2rd\x02"
            "5a");
}

// --- registration

TEST(AgentRegistration, KeepsTryingUntilTheServerIsThereThenSettles) {
  World world;
  world.server_up = false;
  world.agent.Start(world.now);
  world.Run(Duration::Seconds(300));
  EXPECT_FALSE(world.agent.registered());
  EXPECT_GE(world.log.size(), 12u);  // three transmissions an attempt, pauses of at most about a minute
  world.server_up = true;
  EXPECT_TRUE(world.RunUntil([&] { return world.agent.registered(); }, Duration::Seconds(80)));
  world.Run(Duration::Seconds(600));
  EXPECT_EQ(world.server.registers, 1);
  EXPECT_NEAR(world.server.updates, 10, 1);  // every 60 s
}

TEST(AgentRegistration, ServerThatForgotItIsRegisteredAtAgain) {
  World world;
  ASSERT_TRUE(world.Register());
  world.server.update_code = Code::kNotFound;
  EXPECT_TRUE(world.RunUntil([&] { return world.host.registrations == 2; }, Duration::Seconds(61)));
}

TEST(AgentRegistration, LongLifetimesStillKeepTheMappingAlive) {
  Config config = World::DefaultConfig();
  config.lifetime = Duration::Seconds(86400);
  World world(1, {}, config);
  ASSERT_TRUE(world.Register());
  world.Run(Duration::Seconds(1000));
  EXPECT_NEAR(world.server.updates, 10, 1);  // every 100 s
}

TEST(AgentRegistration, LifetimeWrittenByTheServerIsTakenAndReported) {
  World world;
  ASSERT_TRUE(world.Register());
  EXPECT_EQ(world.Put("/1/0/1", AsBytes("300")).code, Code::kChanged);
  EXPECT_TRUE(world.RunUntil([&] { return world.server.updates == 1; }, Duration::Seconds(1)));
  EXPECT_EQ(world.server.last_update_query, "lt=300");
  EXPECT_EQ(world.Get("/1/0/1").text(), "300");
  EXPECT_EQ(world.Put("/1/0/1", AsBytes("soon")).code, Code::kBadRequest);
  EXPECT_EQ(world.Execute("/1/0/8").code, Code::kChanged);
  EXPECT_TRUE(world.RunUntil([&] { return world.server.updates == 2; }, Duration::Seconds(1)));
}

TEST(AgentRegistration, DeregisterTellsTheServerAndFallsSilent) {
  World world;
  ASSERT_TRUE(world.Register());
  world.agent.Deregister(world.now, world);
  world.Run(Duration::Seconds(200));
  EXPECT_EQ(world.server.deregisters, 1);
  EXPECT_FALSE(world.agent.registered());
  EXPECT_EQ(world.agent.next_deadline(), Instant::Never());
}

// --- reading and writing

TEST(AgentObjects, ReadsResourcesInstancesAndObjects) {
  World world;
  ASSERT_TRUE(world.Register());
  EXPECT_EQ(world.Get("/3/0/1").text(), "mps2-an386");
  EXPECT_EQ(world.Get("/5/0/3").text(), "0");
  EXPECT_EQ(world.Get("/26243/0/2").text(), "1");
  EXPECT_EQ(world.Get("/26242/0/5").text(), "4096");
  const Reply digest = world.Get("/26243/0/0");
  EXPECT_EQ(digest.content_format, content_format::kOctetStream);
  EXPECT_EQ(digest.payload.size(), 32u);
  EXPECT_EQ(digest.payload[1], 0x9e);
  EXPECT_EQ(
      world.Get("/3/0", content_format::kSenmlJson).text(),
      R"([{"bn":"/3/0/","n":"0","vs":"Linnet"},{"n":"1","vs":"mps2-an386"},{"n":"2","vs":"0001"},{"n":"3","vs":"1.2.3"},)"
      R"({"n":"11/0","v":0},{"n":"16","vs":"U"}])");
  EXPECT_EQ(world.Get("/5").content_format, content_format::kSenmlCbor);
  EXPECT_EQ(world.Get("/5/0", content_format::kLwm2mTlv).payload,
            (Bytes{0xc0, 0x01, 0xc1, 0x03, 0x00, 0xc1, 0x05, 0x00, 0xc1, 0x09, 0x01}));
  EXPECT_EQ(world.Get("/5/0", content_format::kLink).text(),
            "</5/0>,</5/0/0>,</5/0/1>,</5/0/2>,</5/0/3>,</5/0/5>,</5/0/9>");
}

TEST(AgentObjects, RefusesWhatIsNotThereOrNotAllowed) {
  World world;
  ASSERT_TRUE(world.Register());
  for (const char* path : {"/9/0/0", "/3/1/0", "/3/0/99", "/26241/0", "/x/y"}) {
    EXPECT_EQ(world.Get(path).code, Code::kNotFound) << path;
  }
  for (const char* path : {"/5/0/0", "/3/0/4"}) EXPECT_EQ(world.Get(path).code, Code::kMethodNotAllowed) << path;
  EXPECT_EQ(world.Get("/3/0", content_format::kText).code, Code::kNotAcceptable);
  EXPECT_EQ(world.Get("/3/0/0", content_format::kOctetStream).code, Code::kNotAcceptable);
  EXPECT_EQ(world.Get("/3/0/0", 9999).code, Code::kNotAcceptable);
  EXPECT_EQ(world.Put("/3/0/0", AsBytes("x")).code, Code::kMethodNotAllowed);
  EXPECT_EQ(world.Put("/1/0/1", AsBytes("x"), 9999).code, Code::kUnsupportedContentFormat);
  EXPECT_EQ(world.Execute("/3/0/0").code, Code::kMethodNotAllowed);
  EXPECT_EQ(world
                .Ask(Code::kDelete, "/3/0", {},
                     [](coap::MessageWriter& w, const std::string& p) {
                       w.AddPath(coap::option::kUriPath, p);
                       return false;
                     })
                .code,
            Code::kMethodNotAllowed);
  EXPECT_EQ(world
                .Ask(Code::kGet, "/3/0", {},
                     [](coap::MessageWriter& w, const std::string&) {
                       w.AddOption(coap::option::kIfMatch, "x");  // critical, and not known here
                       return false;
                     })
                .code,
            Code::kBadOption);
}

TEST(AgentObjects, LargeObjectIsReadBlockByBlock) {
  World world;
  ASSERT_TRUE(world.Register());
  for (uint16_t i = 0; i < kImagesMax; ++i) {
    ASSERT_EQ(
        world.agent.ReportInference(world.now, {.image_index = i, .label = static_cast<uint8_t>(i % 10), .answer = 3}),
        Status::kOk);
  }
  std::array<uint8_t, 4096> buffer;
  world.server.receiver.emplace(buffer);
  do {
    const Reply reply = world.Ask(Code::kGet, "/26241", {}, [&](coap::MessageWriter& w, const std::string& p) {
      w.AddPath(coap::option::kUriPath, p);
      w.AddUint(coap::option::kAccept, content_format::kSenmlCbor);
      if (world.server.receiver->next().number > 0) w.AddBlock(coap::option::kBlock2, world.server.receiver->next());
      return false;
    });
    ASSERT_EQ(reply.code, Code::kContent);
    ASSERT_EQ(world.server.receiver_status, Status::kOk);
  } while (!world.server.receiver->done());
  lwm2m::BodyReader reader(lwm2m::ContentFormat::kSenmlCbor, {26241}, world.server.receiver->body());
  int count = 0;
  while (reader.Next()) ++count;
  EXPECT_EQ(count, 5 * 32);
  world.server.receiver.reset();
}

TEST(AgentObjects, RebootAnswersFirst) {
  World world;
  ASSERT_TRUE(world.Register());
  EXPECT_EQ(world.Execute("/3/0/4").code, Code::kChanged);
  EXPECT_EQ(world.host.resets, 1);
}

// --- observing

TEST(AgentObserve, ConfirmationIsToldAndMakesTheUpdateASuccess) {
  World world;
  world.host.image.confirmed = false;
  ASSERT_TRUE(world.Register());
  EXPECT_EQ(world.Get("/5/0/5", 0, 0).text(), "0");
  EXPECT_EQ(world.Get("/26243/0/2", 0, 0).text(), "0");
  world.host.image.confirmed = true;
  world.agent.ResourceChanged(world.now, {26243, 0});
  world.Run(Duration::Seconds(1));
  EXPECT_THAT(world.server.notifications,
              ElementsAre(std::pair("/5/0/5", Bytes{'1'}), std::pair("/26243/0/2", Bytes{'1'})));
}

TEST(AgentObserve, MemoryFiguresAreComparedPeriodicallyAndCancelEndsIt) {
  World world;
  ASSERT_TRUE(world.Register());
  EXPECT_TRUE(world.Get("/26242/0", content_format::kSenmlJson, 0).observe.has_value());
  world.Run(Duration::Seconds(30));
  EXPECT_TRUE(world.server.notifications.empty());  // nothing changed
  world.host.figures.heap_used = 2000;
  world.Run(Duration::Seconds(30));
  ASSERT_EQ(world.server.notifications.size(), 1u);
  EXPECT_THAT(std::string(world.server.notifications[0].second.begin(), world.server.notifications[0].second.end()),
              HasSubstr("2000"));
  EXPECT_FALSE(world.Get("/26242/0", content_format::kSenmlJson, 1).observe.has_value());
  world.host.figures.heap_used = 3000;
  world.Run(Duration::Seconds(30));
  EXPECT_EQ(world.server.notifications.size(), 1u);
}

TEST(AgentObserve, ServerThatResetsANotificationGetsNoMore) {
  World world;
  ASSERT_TRUE(world.Register());
  (void)world.Get("/26242/0/0", 0, 0);
  world.server.observed.clear();
  const size_t before = world.log.size();
  for (uint32_t i = 0; i < 3; ++i) {
    world.host.figures.heap_used = 5000 + i;
    world.agent.ResourceChanged(world.now, {26242, 0, 0});
    world.Run(Duration::Seconds(5));
  }
  EXPECT_EQ(world.log.size(), before + 1);
}

// --- sending inferences

Inference Answer(uint16_t image, uint8_t answer = 4) {
  return {.image_index = image, .label = static_cast<uint8_t>(image % 10), .answer = answer, .margin_milli = 912};
}

TEST(AgentSend, TwentyAnswersTravelInTwoSends) {
  World world;
  ASSERT_TRUE(world.Register());
  for (uint16_t i = 0; i < 20; ++i) ASSERT_EQ(world.agent.ReportInference(world.now, Answer(i)), Status::kOk);
  EXPECT_TRUE(world.RunUntil([&] { return world.agent.inferences_waiting() == 0; }, Duration::Seconds(3)));
  ASSERT_EQ(world.server.sends.size(), 2u);
  lwm2m::BodyReader reader(lwm2m::ContentFormat::kSenmlCbor, {26241}, world.server.sends[1]);
  const auto model = reader.Next();
  EXPECT_EQ(model->path, (lwm2m::Path{26241, 10, 0}));
  EXPECT_EQ(model->value.text(), "dnn-1");
  EXPECT_EQ(reader.Next()->path, (lwm2m::Path{26241, 10, 1}));
  EXPECT_EQ(reader.Next()->value.integer(), 4);
  EXPECT_EQ(reader.Next()->value.integer(), 912);
  const auto runs = reader.Next();
  EXPECT_EQ(runs->path, (lwm2m::Path{26241, 10, 4}));
  EXPECT_EQ(runs->value.integer(), 1);
  world.Run(Duration::Seconds(70));  // the next update lists the new instances
  EXPECT_EQ(world.Get("/26241/19/2").text(), "4");
}

TEST(AgentSend, AnswersWaitForTheServerAndTheFullQueueSaysNo) {
  World world;
  ASSERT_TRUE(world.Register());
  world.server_up = false;
  for (uint16_t i = 0; i < kInferencesWaitingMax; ++i) {
    ASSERT_EQ(world.agent.ReportInference(world.now, Answer(i % 20)), Status::kOk);
  }
  EXPECT_EQ(world.agent.ReportInference(world.now, Answer(0)), Status::kResourceExhausted);
  EXPECT_EQ(world.agent.ReportInference(world.now, Answer(kImagesMax)), Status::kInvalidArgument);
  world.Run(Duration::Seconds(300));
  EXPECT_EQ(world.agent.inferences_waiting(), kInferencesWaitingMax);
  world.server_up = true;
  EXPECT_TRUE(world.RunUntil([&] { return world.agent.inferences_waiting() == 0; }, Duration::Seconds(120)));
  size_t rows = 0;
  for (const Bytes& send : world.server.sends) {
    lwm2m::BodyReader reader(lwm2m::ContentFormat::kSenmlCbor, {26241}, send);
    std::vector<lwm2m::Path> paths;
    for (auto r = reader.Next(); r; r = reader.Next()) {
      EXPECT_EQ(std::count(paths.begin(), paths.end(), r->path), 0) << "one path twice in a Send";
      paths.push_back(r->path);
      EXPECT_LT(r->time_s.value_or(0), -299);  // they were made five minutes ago
    }
    rows += paths.size() / 4;  // and the model's name once
  }
  EXPECT_EQ(rows, kInferencesWaitingMax);
}

TEST(AgentSend, RefusedSendIsKeptAndTriedAgain) {
  World world;
  ASSERT_TRUE(world.Register());
  world.server.send_code = Code::kServiceUnavailable;
  ASSERT_EQ(world.agent.ReportInference(world.now, Answer(1)), Status::kOk);
  world.Run(Duration::Seconds(30));
  EXPECT_EQ(world.agent.inferences_waiting(), 1u);
  EXPECT_LE(world.server.sends_seen, 4);
  world.server.send_code = Code::kChanged;
  EXPECT_TRUE(world.RunUntil([&] { return world.agent.inferences_waiting() == 0; }, Duration::Seconds(15)));
}

TEST(Agent, FitsItsShareOfTheRam) { EXPECT_LE(sizeof(Agent), 8192u); }

}  // namespace
}  // namespace linnet::agent
