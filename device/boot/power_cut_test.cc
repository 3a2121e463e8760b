// The promise of device/boot, swept: a power cut at any flash operation of an update leaves a device that boots something
// signed and whole.
#include "boot_test_device.h"

namespace linnet::boot {
namespace {

using namespace testing_device;

class PowerCut : public testing::TestWithParam<FakeFlash::Tear> {
 protected:
  // Starts the device, and checks that what it starts is one of the two firmwares, whole.
  Slot MustBoot(FakeFlash& flash, const std::string& when) {
    const auto decision = Boot(flash);
    if (!decision) {
      ADD_FAILURE() << when << ": nothing boots";
      return Slot::kA;
    }
    const Slot slot = decision->slot;
    const auto stands = [&](const Firmware& firmware) {
      const Bytes& image = firmware.image(slot);
      return Equal(ImageIn(flash, slot, image.size()), image) &&
             decision->manifest.digest(static_cast<int>(slot)) == crypto::HashSha256(image);
    };
    EXPECT_TRUE(stands(old_) || stands(new_)) << when << ": slot " << static_cast<int>(slot) << " is not whole";
    return slot;
  }

  // One update as a device does it: install, apply, start on trial, confirm. Stops where the power goes.
  static void Update(FakeFlash& flash, const Bytes& package) {
    {
      Running running(flash, Slot::kA);
      if (!Ok(running.Install(package)) || !Ok(running.installer.Apply())) return;
    }
    const auto decision = Boot(flash);
    if (flash.dead() || !decision || decision->slot != Slot::kB) return;
    Running tried(flash, Slot::kB);
    (void)tried.state.Confirm();
  }

  const Firmware old_{2048, 1, "dnn-1", 1};
  const Firmware new_{2560, 2, "dnn-2", 2};
};

TEST_P(PowerCut, AtEveryOperationOfAnUpdateTheDeviceBootsSomethingSigned) {
  const FakeFlash fresh = FlashWith(old_);
  FakeFlash whole = fresh;
  Update(whole, new_.package);
  ASSERT_EQ(MustBoot(whole, "no cut"), Slot::kB);
  const uint64_t operations = whole.operations();
  ASSERT_GT(operations, 640u);

  uint64_t booted_b = 0;
  for (uint64_t cut = 0; cut < operations; ++cut) {
    const std::string when = "cut at " + std::to_string(cut) + " of " + std::to_string(operations);
    FakeFlash flash = fresh;
    flash.CutAfter(cut, GetParam());
    Update(flash, new_.package);
    flash.Restore();

    // Boot itself writes: cut its first operations, too, before it may finish.
    FakeFlash again = flash;
    for (uint64_t second = 0; second < 3; ++second) {
      again.CutAfter(second * 4 + cut % 4, GetParam());
      MustBoot(again, when + ", cut again in boot");
      again.Restore();
    }
    MustBoot(again, when + ", after cuts in boot");

    const Slot slot = MustBoot(flash, when);
    booted_b += slot == Slot::kB;
    // The device is not stuck: from wherever it is, confirmed by its firmware, the update goes through.
    if (cut % 16 == 0 && slot == Slot::kA) {
      Update(flash, new_.package);
      ASSERT_EQ(MustBoot(flash, when + ", updated again"), Slot::kB);
    }
    ASSERT_FALSE(HasFailure()) << when;
  }
  EXPECT_GT(booted_b, 0u);
  RecordProperty("cuts", static_cast<int>(operations));
}

TEST_P(PowerCut, AtEveryOperationOfARevertTheDeviceBootsSomethingSigned) {
  FakeFlash trial = FlashWith(old_);
  {
    Running running(trial, Slot::kA);
    ASSERT_EQ(running.Install(new_.package), Status::kOk);
    ASSERT_EQ(running.installer.Apply(), Status::kOk);
  }
  // Three starts without a confirmation, the fourth reverts.
  const auto revert = [](FakeFlash& flash) {
    for (int start = 0; start <= kMaxTrialStarts; ++start) {
      if (!flash.dead()) (void)Boot(flash);
    }
  };
  FakeFlash whole = trial;
  revert(whole);
  ASSERT_EQ(MustBoot(whole, "no cut"), Slot::kA);
  const uint64_t operations = whole.operations() - trial.operations();
  ASSERT_GT(operations, 20u);
  for (uint64_t cut = 0; cut < operations; ++cut) {
    const std::string when = "cut at " + std::to_string(cut);
    FakeFlash flash = trial;
    flash.CutAfter(cut, GetParam());
    revert(flash);
    flash.Restore();
    // Whatever was counted, after at most four more starts the device is back.
    for (int start = 0; start <= kMaxTrialStarts; ++start) MustBoot(flash, when);
    ASSERT_EQ(MustBoot(flash, when), Slot::kA) << when;
  }
}

INSTANTIATE_TEST_SUITE_P(Tears, PowerCut,
                         testing::Values(FakeFlash::Tear::kBefore, FakeFlash::Tear::kPartial, FakeFlash::Tear::kScatter,
                                         FakeFlash::Tear::kAfter));

}  // namespace
}  // namespace linnet::boot
