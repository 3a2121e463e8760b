#include "boot_test_device.h"

namespace linnet::boot {
namespace {

using namespace testing_device;

class InstallerTest : public testing::Test {
 protected:
  const Firmware old_{1024, 1, "dnn-1", 1};
  const Firmware new_{1536, 2, "dnn-2", 2};
};

TEST_F(InstallerTest, TakesThePackageInPiecesOfAnySize) {
  for (const Slot running_slot : {Slot::kA, Slot::kB}) {
    for (size_t chunk : {size_t{1}, size_t{3}, size_t{7}, size_t{64}, size_t{255}, size_t{1024}, new_.package.size()}) {
      FakeFlash flash = FlashWith(old_);
      Place(flash, Slot::kB, old_);
      Running running(flash, running_slot);
      ASSERT_EQ(running.state.FallBack(running_slot, ""), Status::kOk);
      const Slot target = platform::OtherSlot(running_slot);
      ASSERT_EQ(running.Install(new_.package, chunk), Status::kOk) << chunk;
      EXPECT_TRUE(Equal(ImageIn(flash, target, 1536), new_.image(target)));
      EXPECT_EQ(VerifySlot(flash, target, running.identity)->version.text(), "dnn-2");
      EXPECT_EQ(running.installer.received_bytes(), new_.package.size());
      EXPECT_EQ(running.installer.reason(), "");
    }
  }
}

TEST_F(InstallerTest, WritesNothingBeforeTheSignatureIsVerified) {
  const Firmware forged(1536, 2, "dnn-2", 2, crypto::PrivateKey::Generate().value());
  FakeFlash flash = FlashWith(old_);
  Place(flash, Slot::kB, old_);
  Running running(flash, Slot::kA);
  EXPECT_EQ(running.Install(forged.package, 10), Status::kUnauthenticated);
  EXPECT_EQ(running.installer.reason(), "the signature does not verify or its key is not trusted");
  EXPECT_EQ(running.installer.Write(forged.package), Status::kUnauthenticated) << "until Begin";
  EXPECT_EQ(running.installer.Finish(), Status::kUnauthenticated);
  EXPECT_EQ(running.installer.Apply(), Status::kFailedPrecondition);
  EXPECT_EQ(flash.operations(), 0u);
  EXPECT_TRUE(VerifySlot(flash, Slot::kB, running.identity)) << "what stood there still stands";
  EXPECT_EQ(running.Install(new_.package), Status::kOk) << "and a good one is taken after it";
}

TEST_F(InstallerTest, RefusesAPackageForAnotherBoard) {
  FakeFlash flash = FlashWith(old_);
  Running running(flash, Slot::kA);
  running.identity.class_id = package::ClassIdOf("disco-f413zh");
  EXPECT_EQ(running.Install(new_.package), Status::kFailedPrecondition);
  EXPECT_EQ(running.installer.reason(), "it was made for another board");
  EXPECT_EQ(flash.operations(), 0u);
}

// Every byte of the package, for both target slots: never installed, and the running slot starts.
TEST_F(InstallerTest, RefusesEveryFlippedByte) {
  for (const Slot running_slot : {Slot::kA, Slot::kB}) {
    FakeFlash flash = FlashWith(old_);
    Place(flash, Slot::kB, old_);
    Running running(flash, running_slot);
    ASSERT_EQ(running.state.FallBack(running_slot, ""), Status::kOk);
    for (size_t at = 0; at < new_.package.size(); ++at) {
      Bytes bad = new_.package;
      bad[at] = static_cast<uint8_t>(bad[at] ^ 1u << at % 8);
      const Status status = running.Install(bad, 512);
      ASSERT_TRUE(status == Status::kUnauthenticated || status == Status::kDataLoss ||
                  status == Status::kInvalidArgument || status == Status::kResourceExhausted)
          << "byte " << at << ": " << ToString(status);
      ASSERT_NE(running.installer.reason(), "") << at;
      ASSERT_EQ(running.installer.Apply(), Status::kFailedPrecondition);
      if (at % 50 == 0) {
        ASSERT_EQ(Boot(flash)->slot, running_slot);
      }
    }
  }
}

TEST_F(InstallerTest, RefusesWhatIsCutShortOrTooLong) {
  FakeFlash flash = FlashWith(old_);
  Running running(flash, Slot::kA);
  for (size_t cut = 0; cut < new_.package.size(); cut += 37) {
    ASSERT_EQ(running.Install(ByteSpan(new_.package).first(cut)), Status::kDataLoss) << cut;
  }
  Bytes longer = new_.package;
  longer.push_back(0xFF);
  EXPECT_EQ(running.Install(longer), Status::kInvalidArgument);
  EXPECT_EQ(running.Install(AsBytes("GIF89a, not a package")), Status::kInvalidArgument);
  ASSERT_EQ(running.Install(new_.package), Status::kOk);
  EXPECT_EQ(running.installer.Write(Bytes{0}), Status::kInvalidArgument) << "after Finish";
}

TEST_F(InstallerTest, CallsInTheWrongOrderAreRefused) {
  FakeFlash flash = FlashWith(old_);
  Running running(flash, Slot::kA);
  EXPECT_EQ(running.installer.Write(new_.package), Status::kFailedPrecondition);
  EXPECT_EQ(running.installer.Finish(), Status::kFailedPrecondition);
  EXPECT_EQ(running.installer.Apply(), Status::kFailedPrecondition);
  EXPECT_EQ(flash.operations(), 0u);
}

TEST_F(InstallerTest, FlashThatFailsIsDataLoss) {
  FakeFlash flash = FlashWith(old_);
  Running running(flash, Slot::kA);
  for (const uint64_t operation : {0, 2, 3, 10, 300}) {
    flash.CutAfter(operation, FakeFlash::Tear::kPartial);
    EXPECT_EQ(running.Install(new_.package), Status::kDataLoss) << operation;
    EXPECT_NE(running.installer.reason().find("flash failed"), std::string_view::npos);
    flash.Restore();
  }
  EXPECT_EQ(running.Install(new_.package), Status::kOk);
}

// The package builder refuses these; a signer with another builder could still make them.
TEST_F(InstallerTest, RefusesAnImageLargerThanTheSlot) {
  const auto sign = [&](uint32_t image_size, uint32_t words_size) {
    package::Manifest manifest;
    manifest.vendor_id = package::kVendorId;
    manifest.class_id = package::ClassIdOf(kBoard);
    EXPECT_EQ(manifest.version.Assign("big"), Status::kOk);
    manifest.image_size_bytes = image_size;
    std::array<uint8_t, package::kMaxManifestBytes> buffer;
    const ByteSpan encoded = package::EncodeManifest(manifest, buffer).value();
    Bytes item{0x59, static_cast<uint8_t>(encoded.size() >> 8), static_cast<uint8_t>(encoded.size())};
    item.insert(item.end(), encoded.begin(), encoded.end());
    const auto digest = crypto::HashSha256(item);
    Bytes digest_item{0x82, 0x2F, 0x58, 0x20};
    digest_item.insert(digest_item.end(), digest.begin(), digest.end());
    const auto signature = SigningKey().Sign(package::SignedDigest(Bytes{0xA1, 0x01, 0x26}, digest_item)).value();
    const auto id = SigningKey().id();
    Bytes sign1{0xD2, 0x84, 0x43, 0xA1, 0x01, 0x26, 0xA1, 0x04, 0x48};
    sign1.insert(sign1.end(), id.begin(), id.end());
    for (const uint8_t byte : {0xF6, 0x58, 0x40}) sign1.push_back(byte);
    sign1.insert(sign1.end(), signature.begin(), signature.end());
    Bytes authentication{0x82, 0x58, static_cast<uint8_t>(digest_item.size())};
    authentication.insert(authentication.end(), digest_item.begin(), digest_item.end());
    for (const uint8_t byte : {uint8_t{0x58}, static_cast<uint8_t>(sign1.size())}) authentication.push_back(byte);
    authentication.insert(authentication.end(), sign1.begin(), sign1.end());
    Bytes head{0xD8, 0x6B, 0xA4, 0x02, 0x58, static_cast<uint8_t>(authentication.size())};
    head.insert(head.end(), authentication.begin(), authentication.end());
    head.push_back(0x03);
    head.insert(head.end(), item.begin(), item.end());
    for (const uint8_t byte : {0x62, 0x23, 0x62, 0x5A}) head.push_back(byte);
    for (int shift = 24; shift >= 0; shift -= 8) head.push_back(static_cast<uint8_t>(words_size >> shift));
    return head;
  };
  FakeFlash flash = FlashWith(old_);
  Running running(flash, Slot::kA);
  EXPECT_EQ(running.Install(sign(0x60000 - 0x1000 + 4, 4)), Status::kResourceExhausted);
  EXPECT_EQ(running.installer.reason(), "it is larger than the slot");
  EXPECT_EQ(running.Install(sign(0x60000 - 0x1000, 4)), Status::kResourceExhausted) << "the list has no room";
  EXPECT_EQ(running.Install(sign(4, 0xFFFFFFFC)), Status::kResourceExhausted);
  EXPECT_EQ(running.Install(sign(4, 3)), Status::kInvalidArgument);
  EXPECT_EQ(flash.operations(), 0u);
}

}  // namespace
}  // namespace linnet::boot
