// Rollouts to real agents, on a clock and a network in memory, with real packages and a real store.
#include "linnet/rollout/rollouts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "linnet/crypto/key_file.h"
#include "linnet/package/build.h"
#include "linnet/package/describe.h"
#include "linnet/store/sqlite.h"
#include "testing/fleet_world.h"

namespace linnet::rollout {
namespace {

using lwm2m_server::Board;
using lwm2m_server::Bytes;
using store::DeviceState;
using store::RolloutState;
using ::testing::HasSubstr;

// A firmware of 20 KB, and the same with one word that differs in slot B.
Bytes Image(uint8_t slot_byte) {
  Bytes image(20'000);
  for (size_t i = 0; i < image.size(); ++i) image[i] = static_cast<uint8_t>(i * 7 + i / 251);
  image[4'000] = slot_byte;
  return image;
}

class RolloutTest : public ::testing::Test {
 protected:
  RolloutTest() : folder_(std::filesystem::temp_directory_path() / ("linnet-rollout-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    store_ = std::move(*store::OpenSqlite((folder_ / "state.db").string()));
    artifacts_ = std::make_unique<Artifacts>(folder_, *store_);
    NewRollouts();
    world_.bus.Subscribe([this](const events::Event& e) {
      Keep(e);
      rollouts_->OnEvent(e);
    });
    world_.on_round = [this] { rollouts_->Poll(); };
    world_.round_deadline = [this] { return rollouts_->next_deadline(); };
    const auto key = crypto::PrivateKey::Generate();
    const Bytes a = Image(1), b = Image(2);
    package_ = *package::Build(
        {.image_a = a, .image_b = b, .board = "mps2-an386", .version = "dnn-2", .sequence_number = 2}, *key);
    info_ = *package::Describe(package_);
    artifact_ = *artifacts_->Add(package_, 1);
  }
  ~RolloutTest() override {
    rollouts_.reset();
    std::filesystem::remove_all(folder_);
  }
  void NewRollouts() {
    rollouts_ = std::make_unique<Rollouts>(
        *store_, *artifacts_, *world_.server, [this] { return world_.now; }, [this] { return world_.unix_ms(); });
  }
  // What linnetd's keeper does: rollouts choose among the devices of the store.
  void Keep(const events::Event& e) {
    if (const auto* r = std::get_if<events::Registered>(&e)) {
      store::Device device;
      device.endpoint = r->registration.endpoint;
      device.online = true;
      ASSERT_TRUE(store_->PutDevice(device));
    }
  }
  Board& Registered(const std::string& name) {
    Board& board = world_.AddBoard(name);
    board.next_digest = info_.digest_b;  // it runs slot A, so the package goes to B
    EXPECT_TRUE(world_.RunUntil([&] { return board.registrations > 0; }));
    return board;
  }
  RolloutView View(const std::string& id) { return *rollouts_->Get(id); }
  RolloutView Finished(const std::string& id) {
    EXPECT_TRUE(
        world_.RunUntil([&] { return View(id).rollout.state != RolloutState::kRunning; }, Duration::Seconds(3000)));
    return View(id);
  }

  std::filesystem::path folder_;
  lwm2m_server::FleetWorld world_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Artifacts> artifacts_;
  std::unique_ptr<Rollouts> rollouts_;
  Bytes package_;
  package::PackageInfo info_;
  store::Artifact artifact_;
};

TEST_F(RolloutTest, DeviceIsUpdatedWhenItsDigestSaysSo) {
  Board& board = Registered("board-1");
  const auto id = rollouts_->Start(artifact_.id, {"*"});
  ASSERT_TRUE(id) << id.error().message;
  const RolloutView view = Finished(*id);
  EXPECT_EQ(view.rollout.state, RolloutState::kSucceeded);
  EXPECT_EQ(view.devices.at(0).state, DeviceState::kUpdated) << view.devices[0].reason;
  EXPECT_EQ(view.devices[0].digest, package::ToHex(info_.digest_b));
  EXPECT_EQ(view.devices[0].progress, 1);
  EXPECT_EQ(board.package, package_);
  EXPECT_EQ(board.restarts, 1);
}

TEST_F(RolloutTest, RunsItAlready_NothingIsSent) {
  Board& board = Registered("board-1");
  board.image.digest = info_.digest_a;
  const RolloutView view = Finished(*rollouts_->Start(artifact_.id, {"board-1"}));
  EXPECT_EQ(view.devices.at(0).state, DeviceState::kUpdated);
  EXPECT_TRUE(board.package.empty());
}

TEST_F(RolloutTest, DigestOfTheOtherSlotIsNotEnough) {
  Board& board = Registered("board-1");
  board.image.digest = info_.digest_b;  // says slot A
  const auto id = *rollouts_->Start(artifact_.id, {"board-1"});
  world_.Run(Duration::Seconds(1));
  EXPECT_FALSE(board.package.empty());
  EXPECT_NE(View(id).devices.at(0).state, DeviceState::kUpdated);
}

TEST_F(RolloutTest, RefusedByTheDevice_SaysWhy) {
  Board& board = Registered("board-1");
  board.verdict = Status::kUnauthenticated;
  board.verdict_reason = "signature not by a trusted key";
  const RolloutView view = Finished(*rollouts_->Start(artifact_.id, {"board-1"}));
  EXPECT_EQ(view.rollout.state, RolloutState::kFailed);
  EXPECT_EQ(view.devices.at(0).state, DeviceState::kFailed);
  EXPECT_EQ(view.devices[0].reason, "refused: signature not by a trusted key (result 5)");
  EXPECT_EQ(board.restarts, 0);
}

TEST_F(RolloutTest, MadeForAnotherBoard_SaysWhy) {
  Board& board = Registered("board-1");
  board.verdict = Status::kFailedPrecondition;
  EXPECT_THAT(Finished(*rollouts_->Start(artifact_.id, {"board-1"})).devices.at(0).reason, HasSubstr("(result 6)"));
}

TEST_F(RolloutTest, RevertedByTheDevice_SaysWhy) {
  Board& board = Registered("board-1");
  board.reverts = true;
  const RolloutView view = Finished(*rollouts_->Start(artifact_.id, {"board-1"}));
  EXPECT_EQ(view.devices.at(0).state, DeviceState::kFailed);
  EXPECT_EQ(view.devices[0].reason, "reverted: not confirmed in 3 starts (result 8)");
}

TEST_F(RolloutTest, NeverConfirmed_FailsWhenPatienceEnds) {
  Board& board = Registered("board-1");
  board.confirms = false;
  const Instant start = world_.now;
  const RolloutView view = Finished(*rollouts_->Start(artifact_.id, {"board-1"}));
  EXPECT_EQ(view.devices.at(0).state, DeviceState::kFailed);
  EXPECT_THAT(view.devices[0].reason, HasSubstr("not confirmed after 6 minutes"));
  EXPECT_GE((world_.now - start).seconds(), 360);
}

TEST_F(RolloutTest, ConfirmedLate_IsUpdated) {
  Board& board = Registered("board-1");
  board.confirms = false;
  const auto id = *rollouts_->Start(artifact_.id, {"board-1"});
  world_.Run(Duration::Seconds(200));
  EXPECT_EQ(View(id).devices.at(0).state, DeviceState::kInstalling);
  board.image.confirmed = true;
  EXPECT_EQ(Finished(id).devices.at(0).state, DeviceState::kUpdated);
}

TEST_F(RolloutTest, NeverComesBack_IsUnreachable) {
  Board& board = Registered("board-1");
  const auto id = *rollouts_->Start(artifact_.id, {"board-1"});
  ASSERT_TRUE(world_.RunUntil([&] { return View(id).devices.at(0).state == DeviceState::kInstalling; }));
  board.on = false;
  EXPECT_THAT(Finished(id).devices.at(0).reason, HasSubstr("unreachable"));
}

TEST_F(RolloutTest, RestartsDuringThePush_IsSentAgain) {
  Board& board = Registered("board-1");
  const auto id = *rollouts_->Start(artifact_.id, {"board-1"});
  ASSERT_TRUE(world_.RunUntil([&] { return board.package.size() > 5'000; }));
  board.restart_at = world_.now;
  EXPECT_EQ(Finished(id).devices.at(0).state, DeviceState::kUpdated) << View(id).devices[0].reason;
  EXPECT_EQ(board.package, package_);
  EXPECT_EQ(board.restarts, 2);
}

TEST_F(RolloutTest, ServerRestartsWhileItInstalls_TheRolloutGoesOn) {
  Board& board = Registered("board-1");
  const auto id = *rollouts_->Start(artifact_.id, {"board-1"});
  ASSERT_TRUE(world_.RunUntil([&] { return View(id).devices.at(0).state == DeviceState::kInstalling; }));
  rollouts_.reset();
  world_.NewServer();
  NewRollouts();
  ASSERT_TRUE(rollouts_->Resume());
  EXPECT_EQ(Finished(id).devices.at(0).state, DeviceState::kUpdated) << View(id).devices[0].reason;
  EXPECT_EQ(board.restarts, 1) << "not sent a second time";
}

TEST_F(RolloutTest, ServerRestartsDuringThePush_ItIsSentAgain) {
  Board& board = Registered("board-1");
  const auto id = *rollouts_->Start(artifact_.id, {"board-1"});
  ASSERT_TRUE(world_.RunUntil([&] { return board.package.size() > 5'000; }));
  rollouts_.reset();
  world_.NewServer();
  NewRollouts();
  ASSERT_TRUE(rollouts_->Resume());
  EXPECT_EQ(Finished(id).devices.at(0).state, DeviceState::kUpdated) << View(id).devices[0].reason;
}

TEST_F(RolloutTest, OneOfThreeFails_TheRolloutHasFailedAndTheOthersAreUpdated) {
  Registered("a");
  Registered("b").verdict = Status::kDataLoss;
  Registered("c");
  const RolloutView view = Finished(*rollouts_->Start(artifact_.id, {"*"}));
  EXPECT_EQ(view.rollout.state, RolloutState::kFailed);
  EXPECT_EQ(view.devices.at(0).state, DeviceState::kUpdated);
  EXPECT_EQ(view.devices.at(1).state, DeviceState::kFailed);
  EXPECT_EQ(view.devices.at(2).state, DeviceState::kUpdated);
}

TEST_F(RolloutTest, WrongStartsAreRefused) {
  EXPECT_EQ(rollouts_->Start(artifact_.id, {"*"}).error().status, Status::kFailedPrecondition);
  EXPECT_EQ(rollouts_->Start("00", {"*"}).error().status, Status::kNotFound);
  EXPECT_EQ(rollouts_->Start(artifact_.id, {"nobody"}).error().status, Status::kNotFound);
  EXPECT_EQ(rollouts_->Start(artifact_.id, {}).error().status, Status::kInvalidArgument);
  Registered("board-1");
  ASSERT_TRUE(rollouts_->Start(artifact_.id, {"board-1"}));
  EXPECT_THAT(rollouts_->Start(artifact_.id, {"board-1"}).error().message, HasSubstr("still part of rollout r1"));
}

TEST_F(RolloutTest, ArtifactsAreFilesByDigest) {
  EXPECT_EQ(artifact_.version, "dnn-2");
  EXPECT_EQ(artifact_.board, "mps2-an386");
  EXPECT_EQ(artifact_.digest_a, package::ToHex(info_.digest_a));
  EXPECT_EQ(std::filesystem::file_size(folder_ / artifact_.id), package_.size());
  EXPECT_EQ(*artifacts_->Add(package_, 99), artifact_) << "the same bytes again";
  Bytes cut(package_.begin(), package_.end() - 100);
  EXPECT_FALSE(artifacts_->Add(cut, 1));
  EXPECT_FALSE(artifacts_->Add(Bytes{1, 2, 3}, 1));
  EXPECT_EQ(store_->ListArtifacts()->size(), 1u);
  std::filesystem::resize_file(folder_ / artifact_.id, 10);
  EXPECT_EQ(artifacts_->Open(artifact_).error().status, Status::kDataLoss);
}

}  // namespace
}  // namespace linnet::rollout
