// What every backend must do. Built once for each: crypto_test runs OpenSSL's, crypto_mbedtls_test the board's.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "linnet/crypto/ecdsa_p256.h"

namespace linnet::crypto {
namespace {

std::vector<uint8_t> Hex(std::string_view hex) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

std::vector<uint8_t> DigestOf(std::string_view text) {
  const Sha256Digest digest = HashSha256(AsBytes(text));
  return {digest.begin(), digest.end()};
}

// FIPS 180-4 examples.
TEST(Sha256, StandardVectors) {
  EXPECT_EQ(DigestOf(""), Hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
  EXPECT_EQ(DigestOf("abc"), Hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  EXPECT_EQ(DigestOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            Hex("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
  EXPECT_EQ(DigestOf(std::string(1000000, 'a')),
            Hex("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
}

TEST(Sha256, AnySplitGivesTheSameDigest) {
  const std::string text(200, 'x');
  for (size_t first = 0; first <= text.size(); ++first) {
    Sha256 hash;
    hash.Update(AsBytes(text).first(first));
    Sha256 copy = hash;
    hash.Update(AsBytes(text).subspan(first));
    copy.Update(AsBytes(text).subspan(first));
    ASSERT_EQ(hash.Finish(), HashSha256(AsBytes(text))) << first;
    ASSERT_EQ(copy.Finish(), HashSha256(AsBytes(text))) << first;
  }
}

// RFC 6979, A.2.5: P-256 with SHA-256.
const char kPublic[] =
    "04"
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const char kSampleR[] = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
const char kSampleS[] = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
const char kTestR[] = "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367";
const char kTestS[] = "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083";
const char kZero[] = "0000000000000000000000000000000000000000000000000000000000000000";
const char kOrder[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const char kOnes[] = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

P256PublicKey Key(std::string_view hex = kPublic) {
  P256PublicKey key{};
  const auto bytes = Hex(hex);
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

Status Verify(std::string_view r, std::string_view s, std::string_view message = "sample",
              const P256PublicKey& key = Key()) {
  return VerifyEs256(key, HashSha256(AsBytes(message)), Hex(std::string(r) + std::string(s)));
}

TEST(VerifyEs256, AcceptsTheStandardsSignatures) {
  EXPECT_EQ(Verify(kSampleR, kSampleS), Status::kOk);
  EXPECT_EQ(Verify(kTestR, kTestS, "test"), Status::kOk);
}

TEST(VerifyEs256, RefusesAnotherMessage) { EXPECT_EQ(Verify(kSampleR, kSampleS, "samplf"), Status::kUnauthenticated); }

TEST(VerifyEs256, RefusesAnotherKey) {
  // The generator itself, the public key of the private key 1.
  const auto other =
      Key("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
          "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
  EXPECT_EQ(Verify(kSampleR, kSampleS, "sample", other), Status::kUnauthenticated);
}

TEST(VerifyEs256, RefusesNumbersOutsideOneToOrder) {
  for (const char* bad : {kZero, kOrder, kOnes}) {
    EXPECT_EQ(Verify(bad, kSampleS), Status::kUnauthenticated) << bad;
    EXPECT_EQ(Verify(kSampleR, bad), Status::kUnauthenticated) << bad;
    EXPECT_EQ(Verify(bad, bad), Status::kUnauthenticated) << bad;
  }
}

TEST(VerifyEs256, RefusesEveryFlippedBit) {
  const auto good = Hex(std::string(kSampleR) + kSampleS);
  const auto digest = HashSha256(AsBytes("sample"));
  for (size_t byte = 0; byte < good.size(); byte += 7) {
    for (int bit = 0; bit < 8; bit += 3) {
      auto bad = good;
      bad[byte] = static_cast<uint8_t>(bad[byte] ^ 1u << bit);
      EXPECT_EQ(VerifyEs256(Key(), digest, bad), Status::kUnauthenticated) << byte << "." << bit;
    }
  }
}

TEST(VerifyEs256, RefusesSignaturesOfAnotherSize) {
  const auto digest = HashSha256(AsBytes("sample"));
  auto bytes = Hex(std::string(kSampleR) + kSampleS);
  EXPECT_EQ(VerifyEs256(Key(), digest, ByteSpan(bytes).first(63)), Status::kUnauthenticated);
  bytes.push_back(0);
  EXPECT_EQ(VerifyEs256(Key(), digest, bytes), Status::kUnauthenticated);
  EXPECT_EQ(VerifyEs256(Key(), digest, {}), Status::kUnauthenticated);
}

TEST(VerifyEs256, RefusesKeysThatAreNoPointOfTheCurve) {
  auto off_curve = Key();
  off_curve[64] ^= 1;
  EXPECT_EQ(Verify(kSampleR, kSampleS, "sample", off_curve), Status::kInvalidArgument);
  auto hybrid = Key();
  hybrid[0] = 0x07;  // x9.62 hybrid form of an odd y
  EXPECT_EQ(Verify(kSampleR, kSampleS, "sample", hybrid), Status::kInvalidArgument);
  EXPECT_EQ(Verify(kSampleR, kSampleS, "sample", P256PublicKey{}), Status::kInvalidArgument);
  P256PublicKey zero{};
  zero[0] = 0x04;
  EXPECT_EQ(Verify(kSampleR, kSampleS, "sample", zero), Status::kInvalidArgument);
  P256PublicKey too_large;
  too_large.fill(0xFF);
  too_large[0] = 0x04;
  EXPECT_EQ(Verify(kSampleR, kSampleS, "sample", too_large), Status::kInvalidArgument);
}

}  // namespace
}  // namespace linnet::crypto
