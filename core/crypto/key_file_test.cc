#include "linnet/crypto/key_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace linnet::crypto {
namespace {

class KeyFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "linnet-key-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    dir_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  size_t FilesInFolder() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(dir_), {}));
  }

  std::filesystem::path dir_;
};

TEST_F(KeyFile, WhatAKeySignsItsPublicHalfVerifies) {
  const auto key = PrivateKey::Generate();
  ASSERT_TRUE(key);
  const auto digest = HashSha256(AsBytes("firmware"));
  const auto signature = key->Sign(digest);
  ASSERT_TRUE(signature);
  EXPECT_EQ(VerifyEs256(key->public_key(), digest, *signature), Status::kOk);
  EXPECT_EQ(VerifyEs256(PrivateKey::Generate()->public_key(), digest, *signature), Status::kUnauthenticated);
}

TEST_F(KeyFile, PrivateKeyIsForItsOwnerAloneAndReadsBack) {
  const auto key = PrivateKey::Generate();
  ASSERT_TRUE(key->Save(dir_ / "dev.key"));
  struct stat info {};
  ASSERT_EQ(stat((dir_ / "dev.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(FilesInFolder(), 1u);

  const auto back = PrivateKey::Load(dir_ / "dev.key");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->public_key(), key->public_key());
  EXPECT_EQ(back->id(), key->id());
  const auto digest = HashSha256({});
  EXPECT_EQ(VerifyEs256(key->public_key(), digest, back->Sign(digest).value()), Status::kOk);
}

TEST_F(KeyFile, NeverOverwritesAPrivateKey) {
  const auto key = PrivateKey::Generate();
  ASSERT_TRUE(key->Save(dir_ / "dev.key"));
  const auto again = PrivateKey::Generate()->Save(dir_ / "dev.key");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().status, Status::kAlreadyExists);
  EXPECT_EQ(PrivateKey::Load(dir_ / "dev.key")->public_key(), key->public_key());
  EXPECT_EQ(FilesInFolder(), 1u);
}

TEST_F(KeyFile, RefusesAPrivateKeyThatOthersMayRead) {
  ASSERT_TRUE(PrivateKey::Generate()->Save(dir_ / "dev.key"));
  ASSERT_EQ(chmod((dir_ / "dev.key").c_str(), 0640), 0);
  const auto loaded = PrivateKey::Load(dir_ / "dev.key");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().status, Status::kPermissionDenied);
}

TEST_F(KeyFile, PublicKeyReadsBackAndIsReplaced) {
  const auto first = PrivateKey::Generate()->public_key();
  const auto second = PrivateKey::Generate()->public_key();
  ASSERT_TRUE(SavePublicKey(first, dir_ / "dev.pub"));
  ASSERT_TRUE(SavePublicKey(second, dir_ / "dev.pub"));
  EXPECT_EQ(LoadPublicKey(dir_ / "dev.pub"), second);
  EXPECT_EQ(FilesInFolder(), 1u);
}

TEST_F(KeyFile, NamesWhatIsWrongWithAFile) {
  EXPECT_EQ(PrivateKey::Load(dir_ / "none").error().status, Status::kNotFound);
  EXPECT_EQ(LoadPublicKey(dir_ / "none").error().status, Status::kNotFound);
  std::ofstream(dir_ / "text") << "not a key\n";
  chmod((dir_ / "text").c_str(), 0600);
  EXPECT_EQ(PrivateKey::Load(dir_ / "text").error().status, Status::kInvalidArgument);
  EXPECT_EQ(LoadPublicKey(dir_ / "text").error().status, Status::kInvalidArgument);
  EXPECT_EQ(PrivateKey::Generate()->Save(dir_ / "no" / "such.key").error().status, Status::kUnavailable);
}

TEST(KeyId, IsTheHeadOfThePointsDigest) {
  P256PublicKey key{};
  key[0] = 0x04;
  const auto digest = HashSha256(key);
  const KeyId id = KeyIdOf(key);
  EXPECT_TRUE(Equal(id, ByteSpan(digest).first(8)));
  EXPECT_EQ(ToHex({0x00, 0x1f, 0xA0, 4, 5, 6, 7, 8}), "001fa00405060708");
}

}  // namespace
}  // namespace linnet::crypto
