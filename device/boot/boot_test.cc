#include "boot_test_device.h"

namespace linnet::boot {
namespace {

using namespace testing_device;

class BootTest : public testing::Test {
 protected:
  const Firmware old_{4096, 1, "dnn-1", 1};
  const Firmware new_{4608, 2, "dnn-2", 2};
};

TEST_F(BootTest, FreshDeviceStartsSlotA) {
  FakeFlash flash = FlashWith(old_);
  const auto decision = Boot(flash);
  ASSERT_TRUE(decision);
  EXPECT_EQ(decision->slot, Slot::kA);
  EXPECT_FALSE(decision->trial);
  EXPECT_EQ(decision->image_offset_bytes, 0x21000u);
  EXPECT_EQ(flash.operations(), 0u);
  const BootRecord& record = decision->record;
  EXPECT_TRUE(IsValid(record));
  EXPECT_EQ(record.version(), "dnn-1");
  EXPECT_EQ(record.sequence_number, 1u);
  EXPECT_EQ(record.digest, crypto::HashSha256(old_.image_a));
  EXPECT_EQ(record.reason(), "");
  BootRecord damaged = record;
  damaged.slot = 1;
  EXPECT_FALSE(IsValid(damaged));
}

TEST_F(BootTest, UpdateIsTriedConfirmedAndKept) {
  FakeFlash flash = FlashWith(old_);
  {
    Running running(flash, Slot::kA);
    ASSERT_EQ(running.Install(new_.package), Status::kOk);
    EXPECT_TRUE(Equal(ImageIn(flash, Slot::kB, new_.image_b.size()), new_.image_b));
    EXPECT_EQ(Boot(flash)->slot, Slot::kA) << "installed is not applied";
  }
  Running running(flash, Slot::kA);
  EXPECT_EQ(running.installer.Apply(), Status::kFailedPrecondition);
  ASSERT_EQ(running.Install(new_.package), Status::kOk);
  ASSERT_EQ(running.installer.Apply(), Status::kOk);

  const auto trial = Boot(flash);
  ASSERT_TRUE(trial);
  EXPECT_EQ(trial->slot, Slot::kB);
  EXPECT_TRUE(trial->trial);
  EXPECT_EQ(trial->record.starts, 1);
  EXPECT_EQ(trial->record.version(), "dnn-2");
  EXPECT_EQ(trial->record.digest, crypto::HashSha256(new_.image_b));

  Running tried(flash, Slot::kB);
  EXPECT_EQ(tried.installer.Begin(), Status::kUnavailable) << "slot A is the only way back";
  ASSERT_EQ(tried.state.Confirm(), Status::kOk);
  EXPECT_EQ(tried.state.last_result(), UpdateResult::kSuccess);
  EXPECT_EQ(tried.installer.Begin(), Status::kOk);
  for (int i = 0; i < 5; ++i) {
    const auto kept = Boot(flash);
    EXPECT_EQ(kept->slot, Slot::kB);
    EXPECT_FALSE(kept->trial);
  }
  // And back again, with an older sequence number: slot A this time.
  ASSERT_EQ(tried.Install(old_.package), Status::kOk);
  EXPECT_TRUE(Equal(ImageIn(flash, Slot::kA, old_.image_a.size()), old_.image_a));
  ASSERT_EQ(tried.installer.Apply(), Status::kOk);
  EXPECT_EQ(Boot(flash)->slot, Slot::kA);
}

TEST_F(BootTest, NotConfirmedWithinThreeStartsReverts) {
  FakeFlash flash = FlashWith(old_);
  Running running(flash, Slot::kA);
  ASSERT_EQ(running.Install(new_.package), Status::kOk);
  ASSERT_EQ(running.installer.Apply(), Status::kOk);
  for (int start = 1; start <= kMaxTrialStarts; ++start) {
    const auto trial = Boot(flash);
    EXPECT_EQ(trial->slot, Slot::kB);
    EXPECT_EQ(trial->record.starts, start);
  }
  const auto reverted = Boot(flash);
  EXPECT_EQ(reverted->slot, Slot::kA);
  EXPECT_EQ(reverted->record.last_result, 8);
  EXPECT_EQ(reverted->record.reason(), "slot B: not confirmed within 3 starts");
  EXPECT_EQ(Boot(flash)->slot, Slot::kA);
}

TEST_F(BootTest, FirmwareMayRevertItself) {
  FakeFlash flash = FlashWith(old_);
  Running running(flash, Slot::kA);
  ASSERT_EQ(running.Install(new_.package), Status::kOk);
  ASSERT_EQ(running.installer.Apply(), Status::kOk);
  ASSERT_EQ(Boot(flash)->slot, Slot::kB);
  Running tried(flash, Slot::kB);
  ASSERT_EQ(tried.state.Revert(UpdateResult::kUpdateFailed, "not confirmed within 5 minutes"), Status::kOk);
  const auto reverted = Boot(flash);
  EXPECT_EQ(reverted->slot, Slot::kA);
  EXPECT_EQ(reverted->record.reason(), "not confirmed within 5 minutes");
}

TEST_F(BootTest, DamagedTrialRevertsAtOnce) {
  FakeFlash flash = FlashWith(old_);
  Running running(flash, Slot::kA);
  ASSERT_EQ(running.Install(new_.package), Status::kOk);
  ASSERT_EQ(running.installer.Apply(), Status::kOk);
  flash.Poke(0x80000 + 0x1000 + 100, Bytes{0});
  const auto reverted = Boot(flash);
  EXPECT_EQ(reverted->slot, Slot::kA);
  EXPECT_EQ(reverted->record.last_result, 5);
  EXPECT_EQ(reverted->record.reason(), "slot B: a digest differs: the bytes are not those that were signed");
}

TEST_F(BootTest, DamagedConfirmedSlotFallsBackToTheOther) {
  FakeFlash flash = FlashWith(old_);
  Place(flash, Slot::kB, new_);
  flash.Poke(0x20000, Bytes{0xFF});  // the head of slot A
  const auto decision = Boot(flash);
  ASSERT_TRUE(decision);
  EXPECT_EQ(decision->slot, Slot::kB);
  EXPECT_FALSE(decision->trial);
  EXPECT_EQ(decision->record.reason(), "slot A: nothing is installed there");
  Running running(flash, Slot::kB);
  EXPECT_EQ(running.state.confirmed(), Slot::kB);
  EXPECT_EQ(running.installer.Begin(), Status::kOk) << "so that slot A can be repaired";
}

TEST_F(BootTest, StartsNothingThatIsNotSigned) {
  FakeFlash empty;
  EXPECT_EQ(Boot(empty).error(), Status::kNotFound);

  const Firmware forged(4096, 3, "evil", 9, crypto::PrivateKey::Generate().value());
  FakeFlash flash = FlashWith(forged);
  EXPECT_EQ(Boot(flash).error(), Status::kNotFound);
  Place(flash, Slot::kB, old_);
  EXPECT_EQ(Boot(flash)->slot, Slot::kB);

  // Slot B's image in slot A: signed, but for another place.
  FakeFlash misplaced = FlashWith(old_);
  misplaced.Poke(0x21000, old_.image_b);
  EXPECT_EQ(Boot(misplaced).error(), Status::kNotFound);

  // Keys gone.
  FakeFlash keyless = FlashWith(old_);
  keyless.Poke(platform::kTrustedKeysOffset, Bytes(512, 0xFF));
  EXPECT_EQ(Boot(keyless).error(), Status::kNotFound);
}

TEST_F(BootTest, StateThatIsNotOursDoesNotStopTheStart) {
  FakeFlash flash = FlashWith(old_);
  storage::KeyValueStore store(flash, platform::kKeyValueArea.first_sector);
  ASSERT_EQ(store.Open(), Status::kOk);
  for (const Bytes& odd : {Bytes{}, Bytes{9, 9, 9, 9, 9}, Bytes{1, 0, 0, 0, 0}, Bytes(200, 1)}) {
    ASSERT_EQ(store.Put("boot", odd), Status::kOk);
    EXPECT_EQ(Boot(flash)->slot, Slot::kA);
  }
}

TEST_F(BootTest, ProductionLineFillsSlotA) {
  FakeFlash flash;
  flash.Poke(platform::kTrustedKeysOffset, KeyTable());
  Running line(flash, Slot::kB);
  EXPECT_FALSE(line.state.stored());
  ASSERT_EQ(line.Install(new_.package), Status::kOk);
  const auto decision = Boot(flash);
  ASSERT_TRUE(decision);
  EXPECT_EQ(decision->slot, Slot::kA);
  EXPECT_FALSE(decision->trial);
}

TEST_F(BootTest, RevertedFirmwareThatStillRunsInstallsNothing) {
  FakeFlash flash = FlashWith(old_);
  Running running(flash, Slot::kA);
  ASSERT_EQ(running.Install(new_.package), Status::kOk);
  ASSERT_EQ(running.installer.Apply(), Status::kOk);
  EXPECT_EQ(running.installer.Begin(), Status::kUnavailable) << "a trial is due";
  ASSERT_EQ(Boot(flash)->slot, Slot::kB);
  Running tried(flash, Slot::kB);
  ASSERT_EQ(tried.state.Revert(UpdateResult::kUpdateFailed, "golden vectors differ"), Status::kOk);
  EXPECT_EQ(tried.installer.Begin(), Status::kUnavailable) << "slot A is what starts next";
}

TEST_F(BootTest, ReasonsAreCut) {
  FakeFlash flash = FlashWith(old_);
  Running running(flash, Slot::kA);
  ASSERT_EQ(running.state.Note(UpdateResult::kUpdateFailed, std::string(500, 'x')), Status::kOk);
  const auto decision = Boot(flash);
  EXPECT_EQ(decision->record.reason(), std::string(kMaxReasonBytes, 'x'));
}

}  // namespace
}  // namespace linnet::boot
