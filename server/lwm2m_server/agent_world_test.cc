// The endpoint with real agents: what a fleet does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "linnet/lwm2m/objects.h"
#include "testing/fleet_world.h"

namespace linnet::lwm2m_server {
namespace {

class Fleet : public ::testing::Test {
 protected:
  Board& Registered(const std::string& name) {
    Board& board = world_.AddBoard(name);
    EXPECT_TRUE(world_.RunUntil([&] { return board.registrations > 0; }));
    return board;
  }
  FleetWorld world_;
};

TEST_F(Fleet, ReadsEachTypeOfResource) {
  Registered("board-1");
  EXPECT_EQ(world_.Read("board-1", "/3/0/0")->records.at(0).value, events::Value(std::string("Linnet")));
  EXPECT_EQ(world_.Read("board-1", "/26243/0/2")->records.at(0).value, events::Value(true));
  EXPECT_EQ(world_.Read("board-1", "/26243/0/3")->records.at(0).value, events::Value(int64_t{0}));
  events::Opaque digest(32);
  digest[0] = 0x11;
  EXPECT_EQ(world_.Read("board-1", "/26243/0/0")->records.at(0).value, events::Value(digest));
  const auto instance = world_.Read("board-1", "/26243/0");
  ASSERT_TRUE(instance) << instance.error().message;
  EXPECT_EQ(instance->records.size(), 6u);
  EXPECT_EQ(world_.Read("board-1", "/3/0/99")->code, lwm2m::ResponseCode::kNotFound);
}

TEST_F(Fleet, WritesAndExecutes) {
  Board& board = Registered("board-1");
  auto written = world_.Ask("board-1", {.operation = Operation::kWrite, .path = {1, 0, 1}, .value = int64_t{90}});
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(written->code, lwm2m::ResponseCode::kChanged);
  EXPECT_EQ(world_.Read("board-1", "/1/0/1")->records.at(0).value, events::Value(int64_t{90}));
  auto executed = world_.Ask("board-1", {.operation = Operation::kExecute, .path = {3, 0, 4}});
  ASSERT_TRUE(executed);
  EXPECT_EQ(executed->code, lwm2m::ResponseCode::kChanged);
  EXPECT_TRUE(world_.RunUntil([&] { return board.registrations == 2; })) << "it restarts and registers again";
  EXPECT_TRUE(world_.EventsOf<events::Registered>().back().replaced);
  EXPECT_EQ(world_.server->registration_count(), 1u);
}

TEST_F(Fleet, ObservationTellsOfAChangeUntilItIsCancelled) {
  Board& board = Registered("board-1");
  auto observed = world_.Ask("board-1", {.operation = Operation::kObserve, .path = {26243, 0, 2}});
  ASSERT_TRUE(observed) << observed.error().message;
  EXPECT_EQ(observed->records.at(0).value, events::Value(true));
  const auto change = [&](bool confirmed) {
    board.image.confirmed = confirmed;
    board.agent->ResourceChanged(world_.now, lwm2m::path::kRunningConfirmed);
    world_.Run(Duration::Seconds(5));
    return world_.EventsOf<events::Notified>();
  };
  const auto notified = change(false);
  ASSERT_EQ(notified.size(), 1u);
  EXPECT_EQ(notified[0].path, "/26243/0/2");
  EXPECT_EQ(notified[0].records.at(0).value, events::Value(false));
  ASSERT_TRUE(world_.Ask("board-1", {.operation = Operation::kCancelObserve, .path = {26243, 0, 2}}));
  EXPECT_EQ(change(true).size(), 1u);
}

TEST_F(Fleet, SendIsAcknowledgedOnlyAfterItIsStored) {
  Board& board = Registered("board-1");
  world_.sink.hold = true;
  ASSERT_EQ(board.agent->ReportInference(world_.now, {.image_index = 3, .label = 5, .answer = 4, .margin_milli = 250}),
            Status::kOk);
  world_.Run(Duration::Seconds(10));
  EXPECT_EQ(world_.sink.batches.size(), 1u) << "retransmissions must not be stored again";
  EXPECT_EQ(board.agent->inferences_waiting(), 1u);
  world_.sink.held.at(0)(Status::kOk);
  world_.Run(Duration::Seconds(10));
  EXPECT_EQ(board.agent->inferences_waiting(), 0u);
  EXPECT_EQ(world_.sink.batches.size(), 1u);
  EXPECT_EQ(world_.EventsOf<events::Sent>().at(0).record_count, world_.sink.batches[0].records.size());
  EXPECT_THAT(world_.sink.batches[0].records,
              ::testing::Contains(::testing::Field(&events::Record::path, "/26241/3/2")));
  EXPECT_EQ(world_.sink.batches[0].endpoint, "board-1");
}

TEST_F(Fleet, StorageIsFull_TheDeviceKeepsItsRecords) {
  Board& board = Registered("board-1");
  world_.sink.answer = Status::kResourceExhausted;
  ASSERT_EQ(board.agent->ReportInference(world_.now, {.image_index = 1, .label = 1, .answer = 1}), Status::kOk);
  world_.Run(Duration::Seconds(2));
  EXPECT_EQ(board.agent->inferences_waiting(), 1u);
  world_.sink.answer = Status::kOk;
  EXPECT_TRUE(world_.RunUntil([&] { return board.agent->inferences_waiting() == 0; }));
}

class MemoryBody : public BodySource {
 public:
  explicit MemoryBody(size_t size) : bytes(size) {
    for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(i * 31 + (i >> 8));
  }
  uint32_t size_bytes() const override { return static_cast<uint32_t>(bytes.size()); }
  bool Read(uint32_t offset, MutableByteSpan out) override {
    std::copy_n(bytes.begin() + offset, out.size(), out.begin());
    return true;
  }
  Bytes bytes;
};

TEST_F(Fleet, PushArrivesWholeAndInOrder) {
  Board& board = Registered("board-1");
  auto body = std::make_shared<MemoryBody>(100'001);
  std::vector<uint32_t> progress;
  Request request{.operation = Operation::kWrite, .path = {5, 0, 0}};
  request.source = body;
  request.progress = [&](uint32_t bytes) { progress.push_back(bytes); };
  auto pushed = world_.Ask("board-1", std::move(request));
  ASSERT_TRUE(pushed) << pushed.error().message;
  EXPECT_EQ(pushed->code, lwm2m::ResponseCode::kChanged);
  EXPECT_EQ(board.package, body->bytes);
  EXPECT_GE(progress.size(), 97u);
  EXPECT_TRUE(std::is_sorted(progress.begin(), progress.end()));
  EXPECT_EQ(progress.back(), 100'001u);
}

TEST_F(Fleet, RestartDuringAPush_EndsItWithAborted) {
  Board& board = Registered("board-1");
  Request request{.operation = Operation::kWrite, .path = {5, 0, 0}};
  request.source = std::make_shared<MemoryBody>(50'000);
  request.progress = [&](uint32_t bytes) {
    if (bytes == 10 * 1024) board.RequestReset();
  };
  auto pushed = world_.Ask("board-1", std::move(request));
  ASSERT_FALSE(pushed);
  EXPECT_EQ(pushed.error().status, Status::kAborted) << pushed.error().message;
}

TEST_F(Fleet, ServerRestart_KnownDevicesGoOn) {
  Board& board = Registered("board-1");
  const auto registration = world_.EventsOf<events::Registered>().at(0).registration;
  world_.NewServer();
  ASSERT_EQ(world_.server->Restore(world_.now, registration, Duration::Seconds(60)), Status::kOk);
  world_.Run(Duration::Seconds(120));
  EXPECT_EQ(board.registrations, 1) << "its updates are still accepted";
  EXPECT_TRUE(world_.Read("board-1", "/3/0/0"));
}

}  // namespace
}  // namespace linnet::lwm2m_server
