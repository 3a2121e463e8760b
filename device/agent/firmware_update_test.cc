#include "linnet/agent/firmware_update.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/world.h"

namespace linnet::agent {
namespace {

using coap::Code;
using testing::ElementsAre;
using testing::Pair;

Bytes Package(size_t size) {
  Bytes package(size);
  std::mt19937 random(99);
  for (auto& byte : package) byte = static_cast<uint8_t>(random());
  return package;
}

TEST(FirmwareUpdate, PushObserveExecuteAndResetAfterTheAnswer) {
  World world;
  ASSERT_TRUE(world.Register());
  EXPECT_EQ(world.Get("/5/0/3", 0, 0).text(), "0");
  EXPECT_EQ(world.Execute("/5/0/2").code, Code::kMethodNotAllowed);  // nothing downloaded yet
  const Bytes package = Package(100'001);
  EXPECT_EQ(world.Push(package).code, Code::kChanged);
  EXPECT_EQ(world.target.package, package);
  EXPECT_TRUE(world.target.finished);
  EXPECT_LE(world.target.largest_write, 1024u);
  world.Run(Duration::Seconds(1));
  EXPECT_THAT(world.server.notifications, ElementsAre(Pair("/5/0/3", Bytes{'1'}), Pair("/5/0/3", Bytes{'2'})));
  EXPECT_EQ(world.host.resets, 0);
  EXPECT_EQ(world.Execute("/5/0/2").code, Code::kChanged);
  EXPECT_EQ(world.host.resets, 1);
  EXPECT_EQ(world.agent.update_state(), UpdateState::kUpdating);
  EXPECT_EQ(world.Put("/5/0/0", AsBytes("x"), 42).code, Code::kMethodNotAllowed);
}

// Lost, doubled and late datagrams, in both directions, over a whole package: it must arrive byte for byte.
TEST(FirmwareUpdate, PackageArrivesExactlyThroughABadNetwork) {
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed, {.loss_percent = 20, .duplicate_percent = 15, .delay_ms_max = 4000});
    ASSERT_TRUE(world.Register());
    for (uint16_t i = 0; i < 20; ++i) (void)world.agent.ReportInference(world.now, {.image_index = i});
    const Bytes package = Package(60'000 + seed);
    const Reply last = world.Push(package, 50);
    EXPECT_EQ(last.code, Code::kChanged);
    EXPECT_EQ(world.target.package, package);
    EXPECT_TRUE(world.target.finished);
    EXPECT_EQ(world.agent.update_state(), UpdateState::kDownloaded);
    EXPECT_TRUE(world.RunUntil([&] { return world.agent.inferences_waiting() == 0; }));
  }
}

struct Refusal {
  Status status;
  UpdateResult result;
  Code code;
};
constexpr Refusal kRefusals[] = {
    {Status::kUnauthenticated, UpdateResult::kIntegrityFailed, Code::kBadRequest},
    {Status::kDataLoss, UpdateResult::kIntegrityFailed, Code::kBadRequest},
    {Status::kFailedPrecondition, UpdateResult::kUnsupportedPackage, Code::kUnsupportedContentFormat},
    {Status::kInvalidArgument, UpdateResult::kUnsupportedPackage, Code::kUnsupportedContentFormat},
    {Status::kResourceExhausted, UpdateResult::kNotEnoughFlash, Code::kRequestEntityTooLarge},
    {Status::kInternal, UpdateResult::kUpdateFailed, Code::kInternalServerError},
};

TEST(FirmwareUpdate, EveryRefusalInTheMiddleHasItsResultAndAReason) {
  for (const Refusal& refusal : kRefusals) {
    SCOPED_TRACE(ToString(refusal.status));
    World world;
    ASSERT_TRUE(world.Register());
    world.target.write_status = refusal.status;
    world.target.fail_after = 3000;
    EXPECT_EQ(world.Push(Package(20'000)).code, refusal.code);
    EXPECT_LE(world.target.package.size(), 4096u);  // nothing after the refusal
    EXPECT_EQ(world.Get("/5/0/3").text(), "0");
    EXPECT_EQ(world.Get("/5/0/5").text(), std::to_string(static_cast<int>(refusal.result)));
    EXPECT_GT(world.Get("/26243/0/4").text().size(), 20u);
    EXPECT_EQ(world.Execute("/5/0/2").code, Code::kMethodNotAllowed);
    // A good package afterwards goes through and wipes the result.
    world.target.write_status = Status::kOk;
    EXPECT_EQ(world.Push(Package(20'000)).code, Code::kChanged);
    EXPECT_EQ(world.Get("/5/0/5").text(), "0");
    EXPECT_EQ(world.Get("/5/0/3").text(), "2");
  }
}

TEST(FirmwareUpdate, EveryRefusalAtTheEndHasItsResult) {
  for (const Refusal& refusal : kRefusals) {
    SCOPED_TRACE(ToString(refusal.status));
    World world;
    ASSERT_TRUE(world.Register());
    (void)world.Get("/5/0/5", 0, 0);
    world.target.finish_status = refusal.status;
    EXPECT_EQ(world.Push(Package(5000)).code, refusal.code);
    world.Run(Duration::Seconds(1));
    const std::string result = std::to_string(static_cast<int>(refusal.result));
    EXPECT_THAT(world.server.notifications, ElementsAre(Pair("/5/0/5", Bytes(result.begin(), result.end()))));
  }
}

TEST(FirmwareUpdate, PackageThatCantBeAppliedFailsWithResultEight) {
  World world;
  ASSERT_TRUE(world.Register());
  world.target.apply_status = Status::kDataLoss;
  EXPECT_EQ(world.Push(Package(2000)).code, Code::kChanged);
  EXPECT_EQ(world.Execute("/5/0/2").code, Code::kInternalServerError);
  EXPECT_EQ(world.host.resets, 0);
  EXPECT_EQ(world.Get("/5/0/5").text(), "8");
  EXPECT_EQ(world.Get("/5/0/3").text(), "0");
}

TEST(FirmwareUpdate, EmptyPackageOrUriResetsTheState) {
  World world;
  ASSERT_TRUE(world.Register());
  for (const bool by_uri : {false, true}) {
    EXPECT_EQ(world.Push(Package(2000)).code, Code::kChanged);
    EXPECT_EQ(world.Get("/5/0/3").text(), "2");
    const Reply reset = by_uri ? world.Put("/5/0/1", {}, 0) : world.Put("/5/0/0", {}, 42);
    EXPECT_EQ(reset.code, Code::kChanged);
    EXPECT_EQ(world.Get("/5/0/3").text(), "0");
    EXPECT_EQ(world.Get("/5/0/5").text(), "0");
  }
  EXPECT_EQ(world.Put("/5/0/1", AsBytes("coap://x/y"), 0).code, Code::kMethodNotAllowed);
  EXPECT_EQ(world.Put("/5/0/0", AsBytes("[]"), 110).code, Code::kUnsupportedContentFormat);
}

TEST(FirmwareUpdate, NewPackageReplacesOneHalfSent) {
  World world;
  ASSERT_TRUE(world.Register());
  const Bytes old_package = Package(10'000);
  world.server.sender.emplace(10'000);
  (void)world.Ask(Code::kPut, "/5/0/0", ByteSpan(old_package).first(1024),
                  [&](coap::MessageWriter& w, const std::string& p) {
                    w.AddPath(coap::option::kUriPath, p);
                    world.server.sender->AddOptions(w);
                    return false;
                  });
  EXPECT_EQ(world.agent.update_state(), UpdateState::kDownloading);
  EXPECT_EQ(world.agent.package_bytes_received(), 1024u);
  const Bytes package(3000, 7);
  EXPECT_EQ(world.Push(package).code, Code::kChanged);
  EXPECT_EQ(world.target.package, package);
  EXPECT_EQ(world.target.begins, 2);
}

TEST(FirmwareUpdate, ServerThatFallsSilentEndsTheDownload) {
  World world;
  ASSERT_TRUE(world.Register());
  world.server.sender.emplace(10'000);
  (void)world.Ask(Code::kPut, "/5/0/0", Package(1024), [&](coap::MessageWriter& w, const std::string& p) {
    w.AddPath(coap::option::kUriPath, p);
    world.server.sender->AddOptions(w);
    return false;
  });
  world.server.sender.reset();
  world.Run(Duration::Seconds(260));
  EXPECT_EQ(world.Get("/5/0/3").text(), "0");
  EXPECT_EQ(world.Get("/5/0/5").text(), "4");
}

TEST(FirmwareUpdate, ResultOfTheLastStartIsKept) {
  Config config = World::DefaultConfig();
  config.last_update = UpdateResult::kUpdateFailed;
  config.last_update_reason = "not confirmed in time";
  World world(1, {}, config);
  ASSERT_TRUE(world.Register());
  EXPECT_EQ(world.Get("/5/0/5").text(), "8");
  EXPECT_EQ(world.Get("/26243/0/4").text(), "not confirmed in time");
}

}  // namespace
}  // namespace linnet::agent
