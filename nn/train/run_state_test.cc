#include "linnet/train/run_state.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace linnet::train {
namespace {

using ::testing::HasSubstr;

constexpr const char* kOptions = R"({"seed":1,"batch":128,"stages":["train","prune"]})";

TrainerState State() {
  TrainerState state;
  state.stage = 1;
  state.epoch = 2;
  state.steps = 77;
  state.best_epoch = 2;
  state.best_accuracy = 0.1 + 0.2;  // a number that a short text would not hold
  state.tensors = {{"fc1/weights", {2, 1}, {1.0f / 3, -2.0f}}, {":ranges", {0, 2}, {}}};
  state.best = {{"fc1/weights", {2, 1}, {0.5f, 0.25f}}};
  EpochReport report;
  report.stage = "prune";
  report.epoch = 2;
  report.loss = 1.0 / 3;
  state.history = {report};
  return state;
}

class RunState : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(out_); }
  const std::string out_ = testing::TempDir() + "run_state_test_" + std::to_string(getpid());
};

TEST_F(RunState, IsReadBackBitByBit) {
  ASSERT_TRUE(SaveRunState(out_, "dnn", kOptions, State()));
  const auto read = LoadRunState(out_, kOptions);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_TRUE(read->has_value());
  const TrainerState& state = **read;
  EXPECT_EQ(state.stage, 1);
  EXPECT_EQ(state.epoch, 2);
  EXPECT_EQ(state.steps, 77);
  EXPECT_EQ(state.best_accuracy, State().best_accuracy);
  EXPECT_EQ(state.tensors.at(0).values, State().tensors[0].values);
  EXPECT_EQ(state.tensors.at(1).name, ":ranges");
  ASSERT_EQ(state.best.size(), 1u);
  EXPECT_EQ(state.best[0].name, "fc1/weights");
  EXPECT_EQ(state.history.at(0).loss, 1.0 / 3);
}

TEST_F(RunState, BestEpochHasAFileOfItsOwn) {
  ASSERT_TRUE(SaveRunState(out_, "dnn", kOptions, State()));
  TrainerState later = State();
  later.epoch = 3;  // not the best one
  later.best.clear();
  ASSERT_TRUE(SaveRunState(out_, "dnn", kOptions, later));
  EXPECT_TRUE(std::filesystem::exists(out_ + "/checkpoints/best.bin"));
}

TEST_F(RunState, NothingThere_IsNoError_AndClearedIsNothing) {
  auto read = LoadRunState(out_, kOptions);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->has_value());
  ASSERT_TRUE(SaveRunState(out_, "dnn", kOptions, State()));
  ClearRunState(out_);
  read = LoadRunState(out_, kOptions);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->has_value());
}

TEST_F(RunState, OtherOptions_AreNamed) {
  ASSERT_TRUE(SaveRunState(out_, "dnn", kOptions, State()));
  const auto read = LoadRunState(out_, R"({"seed":2,"batch":128,"stages":["train","prune"]})");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().status, Status::kFailedPrecondition);
  EXPECT_THAT(read.error().message, HasSubstr("of a run with other options (seed); resume it with the same"));
}

TEST_F(RunState, StageBeyondTheRunsLast_IsAnError) {
  TrainerState state = State();
  for (const int stage : {-1, 2}) {
    state.stage = stage;
    ASSERT_TRUE(SaveRunState(out_, "dnn", kOptions, state));
    const auto read = LoadRunState(out_, kOptions);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().status, Status::kDataLoss);
    EXPECT_THAT(read.error().message, HasSubstr("stage " + std::to_string(stage) + " of a run of 2 stages"));
  }
}

TEST_F(RunState, CutOrChangedFile_IsAnError) {
  ASSERT_TRUE(SaveRunState(out_, "dnn", kOptions, State()));
  const std::string path = out_ + "/checkpoints/last.bin";
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  const auto read = LoadRunState(out_, kOptions);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().status, Status::kDataLoss);
}

TEST_F(RunState, OneRunAtATime) {
  {
    RunLock first, second;
    EXPECT_TRUE(first.Take(out_));
    const auto taken = second.Take(out_);
    ASSERT_FALSE(taken);
    EXPECT_THAT(taken.error().message, HasSubstr("another run is writing there"));
  }
  RunLock third;
  EXPECT_TRUE(third.Take(out_));
}

TEST_F(RunState, FolderThatCannotBeWritten_IsAnError) {
  std::ofstream(out_) << "a file, not a folder";
  EXPECT_FALSE(SaveRunState(out_, "dnn", kOptions, State()));
}

}  // namespace
}  // namespace linnet::train
