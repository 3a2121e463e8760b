#include "linnet/app/app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "linnet/package/board.h"
#include "linnet/platform/fake_flash.h"
#include "linnet/platform/fakes.h"

namespace linnet::app {
namespace {

using testing::HasSubstr;
using testing::Not;

// Answers with the first ten inputs: pixel d of an image is the score of digit d.
constexpr uint32_t kArenaBytes = 16 + kImagePixels;
int Echo(void* arena) {
  auto* output = static_cast<uint8_t*>(arena);
  std::memcpy(output, output + 16, 10);
  return 0;
}
void Forget(void*) {}

class FakeBoard : public Board {
 public:
  void KickWatchdog() override { ++kicks; }
  agent::MemoryFigures memory() const override { return {.stack_size = 4096}; }
  void Reset() override { ++resets; }
  int kicks = 0;
  int resets = 0;
};

// A board with three images, labels 0, 1, 2, the last of which the network takes for a 5.
class AppTest : public testing::Test {
 protected:
  AppTest() {
    description_.abi_version = kLinnetModelAbi;
    std::strcpy(description_.name, "echo-1");
    description_.arena_bytes = kArenaBytes;
    description_.input_count = description_.output_count = 1;
    description_.inputs[0] = {kLinnetInt8, 16, kImagePixels, 1, {kImagePixels}, 1.0f / 255.0f, -128};
    description_.outputs[0] = {kLinnetInt8, 0, 10, 1, {10}, 1.0f / 256.0f, -128};
    description_.vector_count = 1;
    vector_input_.resize(kImagePixels, 3);
    vector_output_.resize(10, 3);
    for (uint8_t i = 0; i < 3; ++i) {
      std::vector<uint8_t> record(ImageSet::kRecordBytes);
      record[0] = record[1] = i;
      record[2 + (i == 2 ? 5 : i)] = 255;
      images_.insert(images_.end(), record.begin(), record.end());
    }
    EXPECT_EQ(store_.Open(), Status::kOk);
    EXPECT_EQ(state_.Load(), Status::kOk);
    record_.digest.fill(0xAB);
    std::memcpy(record_.version_text.data(), "echo-1", 6);
    record_.version_bytes = 6;
  }

  void OnTrialInSlotB() {
    ASSERT_EQ(state_.SetTrial(platform::Slot::kB), Status::kOk);
    ASSERT_EQ(state_.CountStart(), Status::kOk);
    record_.slot = 1;
    record_.trial = 1;
    record_.starts = 1;
  }

  void Start() {
    set_ = std::make_unique<ImageSet>(*ImageSet::Parse(images_));
    app_ =
        std::make_unique<App>(Config{.endpoint = "board-1", .board_name = "mps2-an386", .random_seed = 7},
                              Parts{.socket = socket_,
                                    .serial = serial_,
                                    .board = board_,
                                    .state = state_,
                                    .installer = installer_,
                                    .record = record_,
                                    .images = *set_,
                                    .model = {&description_, vector_input_.data(), vector_output_.data(), Forget, Echo},
                                    .arena = arena_});
    app_->Start(now_);
  }

  void Turn(Duration step = Duration::Milliseconds(1)) {
    now_ = now_ + step;
    app_->Poll(now_);
  }

  // Answers the registration that was sent last: piggybacked 2.01 with Location-Path /rd/1 (RFC 7252 5.2.1, LwM2M 6.2.1).
  void AcknowledgeRegistration() {
    ASSERT_FALSE(socket_.sent.empty());
    const std::vector<uint8_t>& request = socket_.sent.back();
    ASSERT_GE(request.size(), 4u);
    ASSERT_EQ(request[1], 0x02);  // POST
    const size_t token_bytes = request[0] & 0x0F;
    std::vector<uint8_t> answer = {static_cast<uint8_t>(0x60 | token_bytes),  // version 1, ACK
                                   0x41,                                      // 2.01 Created
                                   request[2], request[3]};                   // message id
    answer.insert(answer.end(), request.begin() + 4, request.begin() + 4 + static_cast<long>(token_bytes));
    answer.insert(answer.end(), {0x82, 'r', 'd', 0x01, '1'});  // Location-Path "rd", "1"
    socket_.waiting.push_back(answer);
  }

  LinnetModelDescription description_{};
  std::vector<uint8_t> vector_input_, vector_output_, images_;
  alignas(8) std::array<uint8_t, kArenaBytes> arena_{};
  platform::FakeFlash flash_;
  storage::KeyValueStore store_{flash_, platform::kKeyValueArea.first_sector};
  boot::BootState state_{store_};
  boot::Identity identity_ = boot::IdentityOf(flash_, package::ClassIdOf("mps2-an386"));
  boot::Installer installer_{flash_, state_, identity_, platform::Slot::kA};
  boot::BootRecord record_;
  platform::FakeDatagram socket_;
  platform::FakeSerial serial_;
  FakeBoard board_;
  std::unique_ptr<ImageSet> set_;
  Instant now_;
  std::unique_ptr<App> app_;
};

TEST_F(AppTest, APassRunsOneImageATurnAndTellsTheTerminal) {
  Start();
  EXPECT_THAT(serial_.written, HasSubstr("model echo-1: golden vectors 1/1 equal\n"));
  Turn();
  Turn();
  EXPECT_THAT(serial_.written, Not(HasSubstr("pass 1")));
  Turn();
  EXPECT_THAT(serial_.written, HasSubstr("pass 1: echo-1 2/3 correct\n"));
  EXPECT_THAT(serial_.written, HasSubstr("    2      2       5     0.996  wrong\n"));
  EXPECT_THAT(serial_.written, HasSubstr("memory: heap 0, at most 0; stack at most 0 of 4096; static 0; arena "));
  EXPECT_EQ(board_.kicks, 3);
}

TEST_F(AppTest, TheNextPassWaitsForItsTime) {
  Start();
  for (int i = 0; i < 100; ++i) Turn();
  EXPECT_THAT(serial_.written, Not(HasSubstr("pass 2")));
  Turn(Duration::Seconds(30));
  for (int i = 0; i < 3; ++i) Turn();
  EXPECT_THAT(serial_.written, HasSubstr("pass 2: echo-1 2/3 correct\n"));
}

TEST_F(AppTest, OnTrialItConfirmsOnceARegistrationIsAcknowledged) {
  OnTrialInSlotB();
  Start();
  Turn();
  EXPECT_FALSE(app_->confirmed());
  AcknowledgeRegistration();
  Turn();
  EXPECT_TRUE(app_->confirmed());
  EXPECT_EQ(state_.confirmed(), platform::Slot::kB);
  EXPECT_EQ(state_.last_result(), boot::UpdateResult::kSuccess);
  EXPECT_THAT(serial_.written, HasSubstr("registered\n"));
  EXPECT_THAT(serial_.written, HasSubstr("confirmed: "));
  EXPECT_EQ(board_.resets, 0);
}

TEST_F(AppTest, OnTrialWithWrongAnswersItRevertsAtOnce) {
  OnTrialInSlotB();
  vector_output_[4] ^= 1;
  Start();
  EXPECT_EQ(board_.resets, 1);
  EXPECT_EQ(state_.confirmed(), platform::Slot::kA);
  EXPECT_FALSE(state_.trial().has_value());
  EXPECT_EQ(state_.last_result(), boot::UpdateResult::kUpdateFailed);
  EXPECT_THAT(std::string(state_.last_reason()), HasSubstr("golden vectors"));
}

TEST_F(AppTest, OnTrialWithoutAServerItRevertsAfterFiveMinutes) {
  OnTrialInSlotB();
  Start();
  for (int second = 0; second < 299; ++second) Turn(Duration::Seconds(1));
  EXPECT_EQ(board_.resets, 0);
  Turn(Duration::Seconds(2));
  EXPECT_EQ(board_.resets, 1);
  EXPECT_EQ(state_.confirmed(), platform::Slot::kA);
  EXPECT_THAT(std::string(state_.last_reason()), HasSubstr("not confirmed in time"));
}

TEST_F(AppTest, ConfirmedWithWrongAnswersItSaysSoAndRunsOn) {
  vector_output_[4] ^= 1;
  Start();
  EXPECT_THAT(serial_.written, HasSubstr("golden vectors 0/1 equal"));
  for (int i = 0; i < 3; ++i) Turn();
  EXPECT_THAT(serial_.written, HasSubstr("pass 1"));
  EXPECT_EQ(board_.resets, 0);
}

TEST_F(AppTest, ANetworkThatCantRunLeavesTheAgentWorking) {
  description_.arena_bytes = 1000;
  Start();
  EXPECT_THAT(serial_.written,
              HasSubstr("can't run here: its arena of 1000 bytes is larger than the 800 that are left\n"));
  Turn();
  AcknowledgeRegistration();
  Turn();
  EXPECT_THAT(serial_.written, HasSubstr("registered\n"));
  EXPECT_THAT(serial_.written, Not(HasSubstr("pass")));
}

TEST_F(AppTest, AfterRegistrationTheAnswersTravel) {
  Start();
  Turn();
  AcknowledgeRegistration();
  const size_t before = socket_.sent.size();
  for (int i = 0; i < 5; ++i) Turn();
  Turn(Duration::Seconds(2));  // three answers are fewer than a Send holds: the agent waits a second for more
  bool sent = false;
  for (size_t i = before; i < socket_.sent.size(); ++i) {
    const std::string text(socket_.sent[i].begin(), socket_.sent[i].end());
    sent = sent || (text.find("\xB2"
                              "dp") != std::string::npos &&
                    text.find("26241") != std::string::npos);  // Uri-Path "dp"
  }
  EXPECT_TRUE(sent) << "no POST /dp with inferences";
}

TEST_F(AppTest, ARefusedPackageIsToldAndItsReasonKept) {
  UpdateTarget target(installer_, state_, serial_);
  ASSERT_EQ(target.Begin(), Status::kOk);
  const std::vector<uint8_t> rubbish(64, 0x55);
  EXPECT_NE(target.Write(rubbish), Status::kOk);
  EXPECT_NE(target.Finish(), Status::kOk);
  EXPECT_THAT(serial_.written, HasSubstr("update: refused: "));
  EXPECT_EQ(state_.last_result(), boot::UpdateResult::kUnsupportedPackage);
  EXPECT_FALSE(state_.last_reason().empty());
}

}  // namespace
}  // namespace linnet::app
