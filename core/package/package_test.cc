// clang-format off: the tables of bytes are laid out by hand, a field a line.
#include "linnet/package/build.h"
#include "linnet/package/describe.h"
#include "linnet/package/envelope.h"
#include "linnet/package/words.h"

#include <gtest/gtest.h>

#include <random>

namespace linnet::package {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes Hex(std::string_view hex) {
  Bytes bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

Bytes RandomBytes(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

// Two links of one firmware: every 64th word is an absolute address.
struct Links {
  Bytes a = RandomBytes(2000, 1);
  Bytes b = a;
  Links() {
    for (size_t at = 0; at < b.size(); at += 256) b[at + 2] ^= 0x06;
  }
};

BuildRequest Request(const Links& links) {
  return {.image_a = links.a, .image_b = links.b, .board = "mps2-an386", .version = "dnn-1", .sequence_number = 7};
}

class Package : public testing::Test {
 protected:
  void SetUp() override {
    auto key = crypto::PrivateKey::Generate();
    ASSERT_TRUE(key);
    key_.emplace(std::move(*key));
    table_.fill(0xFF);
    ASSERT_EQ(AddTrustedKey(table_, key_->id(), key_->public_key()), Status::kOk);
    auto built = Build(Request(links_), *key_);
    ASSERT_TRUE(built) << built.error().message;
    package_ = std::move(*built);
  }
  Result<Manifest> Verify(ByteSpan bytes) const {
    return VerifyHead(bytes, TrustedKeys(table_), kVendorId, ClassIdOf("mps2-an386"));
  }

  Links links_;
  std::optional<crypto::PrivateKey> key_;
  std::array<uint8_t, kTrustedKeysBytes> table_;
  Bytes package_;
};

TEST(Board, ClassIdIsAUuidOfVersion5) {
  // Computed with another implementation of RFC 9562.
  EXPECT_EQ(ToHex(kVendorId), "827d1d3ed06c5c5ca9d540af413f7d42");
  EXPECT_EQ(ToHex(ClassIdOf("mps2-an386")), "7aa023b4c5c65eea82abc3f55010febc");
  EXPECT_EQ(FindBoard("mps2-an386")->slot_bytes, 0x60000u);
  EXPECT_EQ(FindBoard("mps2-an385"), nullptr);
}

// Example 1 of draft-ietf-suit-manifest, with its signature and the public half of the draft's example key: what the
// digest covers and what the signature covers are the draft's.
TEST(Envelope, SignatureCoversWhatTheDraftsExampleCovers) {
  const Bytes digest_item = Hex("822f58201f2e7acca0dc2786f2fe4eb947f50873a6a3cfaa98866c5b02e621f42074daf2");
  const Bytes manifest_item = Hex(
      "5894a50101020103585fa202818141000458568614a40150fa6b4a53d5ad5fdfbe9de663e4d41ffe02501492af1425695e48bf429b2d51f2ab45"
      "035824822f582000112233445566778899aabbccddeeff0123456789abcdeffedcba98765432100e1987d0010f020f074382030f1458258614a1"
      "15781b687474703a2f2f6578616d706c652e636f6d2f66696c652e62696e1502030f");
  const Bytes protected_header = Hex("a10126");
  const Bytes signature = Hex("27a3d7986eddcc1bee04e1436746408c308ed3c15ac590a1ca0cf96f85671cca"
                              "c216cb9a1497fc59e21c15f33c95cf75203e25c287b31a57d6cd2ef950b27a7a");
  const Bytes point = Hex("048496811aae0baaabd26157189eecda26beaa8bf11b6f3fe6e2b5659c85dbc0ad"
                          "3b1f2a4b6c098131c0a36dacd1d78bd381dcdfb09c052db33991db7338b4a896");
  crypto::P256PublicKey key;
  std::copy(point.begin(), point.end(), key.begin());
  EXPECT_TRUE(Equal(crypto::HashSha256(manifest_item), ByteSpan(digest_item).subspan(4)));
  EXPECT_EQ(crypto::VerifyEs256(key, SignedDigest(protected_header, digest_item), signature), Status::kOk);
}

TEST(Manifest, BytesOnTheWire) {
  Manifest m;
  m.sequence_number = 300;
  m.vendor_id.fill(0x11);
  m.class_id.fill(0x22);
  ASSERT_EQ(m.version.Assign("v1"), Status::kOk);
  m.image_size_bytes = 0x1000;
  m.digest_a.fill(0xAA);
  m.digest_b.fill(0xBB);
  m.words_digest.fill(0xCC);
  const std::string a(64, 'a'), b(64, 'b'), c(64, 'c');
  const Bytes expected = Hex(
      "a7"                                    // map of 7
      "0101"                                  // manifest version 1
      "0219012c"                              // sequence number 300
      "03589e" "a2"                           // common
        "02" "81" "81" "4100"                 //   components: [[h'00']]
        "04" "5895" "88"                      //   shared sequence, 8 items
          "14" "a3"                           //     override parameters
            "0150" "11111111111111111111111111111111"  // vendor id
            "0250" "22222222222222222222222222222222"  // class id
            "0e" "191000"                     //       image size
          "01" "0f" "02" "0f"                 //     conditions: vendor, class
          "0f" "82"                           //     try each
            "5830" "86" "14" "a1" "05" "00" "05" "05" "14" "a1" "03" "5824" "822f5820" + a +   // slot A, its digest
            "5830" "86" "14" "a1" "05" "01" "05" "05" "14" "a1" "03" "5824" "822f5820" + b +   // slot B, its digest
      "0743" "82030f"                         // validate: image match
      "0943" "821702"                         // invoke
      "14" "5859" "84" "0f" "82"              // install: try each
        "53" "88" "14" "a1" "05" "00" "05" "05" "14" "a1" "15" "66" "23696d616765" "15" "02"   // A: fetch "#image"
        "583e" "8a" "14" "a1" "05" "01" "05" "05" "14" "a1" "15" "66" "23696d616765" "15" "02" // B: fetch "#image",
          "20" "5828" "82" "62" "2362" "822f5820" + c +                                        //    patch with "#b"
        "03" "0f"                             //   image match
      "17" "4d" "a1" "62656e" "a1" "814100" "a1" "06" "62" "7631");  // text: en: component: version "v1"
  std::array<uint8_t, kMaxManifestBytes> buffer;
  const auto encoded = EncodeManifest(m, buffer);
  ASSERT_TRUE(encoded);
  EXPECT_EQ(ToHex(*encoded), ToHex(expected));

  const auto back = DecodeManifest(*encoded);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->sequence_number, 300u);
  EXPECT_EQ(back->vendor_id, m.vendor_id);
  EXPECT_EQ(back->class_id, m.class_id);
  EXPECT_EQ(back->version.text(), "v1");
  EXPECT_EQ(back->image_size_bytes, 0x1000u);
  EXPECT_EQ(back->digest(0), m.digest_a);
  EXPECT_EQ(back->digest(1), m.digest_b);
  EXPECT_EQ(back->words_digest, m.words_digest);

  for (size_t cut = 0; cut < expected.size(); ++cut) {
    EXPECT_EQ(DecodeManifest(ByteSpan(expected).first(cut)).error(), Status::kInvalidArgument) << cut;
  }
  std::array<uint8_t, 100> small;
  EXPECT_EQ(EncodeManifest(m, small), Fail(Status::kResourceExhausted));
}

TEST(Manifest, WhatItSaysMustMakeSense) {
  Manifest m;
  ASSERT_EQ(m.version.Assign("v"), Status::kOk);
  std::array<uint8_t, kMaxManifestBytes> buffer;
  for (const uint32_t size : {0u, 6u}) {
    m.image_size_bytes = size;
    EXPECT_FALSE(DecodeManifest(EncodeManifest(m, buffer).value())) << size;
  }
  m.image_size_bytes = 8;
  EXPECT_TRUE(DecodeManifest(EncodeManifest(m, buffer).value()));
  ASSERT_EQ(m.version.Assign(""), Status::kOk);
  EXPECT_FALSE(DecodeManifest(EncodeManifest(m, buffer).value()));
}

TEST_F(Package, HeadVerifiesAndGivesTheManifest) {
  const auto manifest = Verify(package_);
  ASSERT_TRUE(manifest) << ToString(manifest.error());
  EXPECT_EQ(manifest->version.text(), "dnn-1");
  EXPECT_EQ(manifest->sequence_number, 7u);
  EXPECT_EQ(manifest->image_size_bytes, 2000u);
  EXPECT_EQ(manifest->digest_a, crypto::HashSha256(links_.a));
  EXPECT_EQ(manifest->digest_b, crypto::HashSha256(links_.b));
}

TEST_F(Package, HeadSizeIsKnownFromAPrefix) {
  const size_t size = ParseHead(package_)->size_bytes;
  bool known = false;
  for (size_t prefix = 0; prefix <= size; ++prefix) {
    const auto head_size = HeadSize(ByteSpan(package_).first(prefix));
    EXPECT_EQ(head_size, known || head_size ? Result<size_t>(size) : Fail(Status::kOutOfRange)) << prefix;
    EXPECT_LE(known, head_size.has_value()) << "known, then not: " << prefix;
    known = head_size.has_value();
  }
  EXPECT_TRUE(known);
  EXPECT_EQ(HeadSize(Hex("d86ba30258")), Fail(Status::kInvalidArgument));
  EXPECT_EQ(HeadSize(Hex("d86ba40259ffff")), Fail(Status::kResourceExhausted));
  EXPECT_EQ(HeadSize(Hex("d86ba4025c")), Fail(Status::kOutOfRange));
  EXPECT_EQ(HeadSize(Hex("d86ba4025c0000000000000000")), Fail(Status::kInvalidArgument));
}

TEST_F(Package, EveryFlippedBitOfTheHeadIsRefused) {
  const size_t size = ParseHead(package_)->size_bytes;
  for (size_t at = 0; at < size; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes bad(package_.begin(), package_.begin() + static_cast<ptrdiff_t>(size));
      bad[at] = static_cast<uint8_t>(bad[at] ^ 1u << bit);
      EXPECT_FALSE(Verify(bad)) << at << "." << bit;
    }
  }
}

TEST_F(Package, EveryFlippedByteOfThePackageIsNoticed) {
  for (size_t at = 0; at < package_.size(); ++at) {
    Bytes bad = package_;
    bad[at] ^= 0x10;
    EXPECT_FALSE(Describe(bad) && CheckSignature(bad, key_->public_key())) << at;
  }
  for (size_t cut = 0; cut < package_.size(); cut += 13) {
    const auto info = Describe(ByteSpan(package_).first(cut));
    ASSERT_FALSE(info);
    EXPECT_EQ(info.error().status, Status::kDataLoss) << cut;
  }
  Bytes longer = package_;
  longer.push_back(0);
  EXPECT_EQ(Describe(longer).error().status, Status::kInvalidArgument);
}

TEST_F(Package, AnotherKeyIsUnauthenticated) {
  const auto other = crypto::PrivateKey::Generate();
  const auto forged = Build(Request(links_), *other);
  EXPECT_EQ(Verify(*forged), Fail(Status::kUnauthenticated));
  EXPECT_EQ(CheckSignature(*forged, key_->public_key()).error().status, Status::kUnauthenticated);
  EXPECT_TRUE(CheckSignature(*forged, other->public_key()));

  // The other key, under the id of the trusted one.
  std::array<uint8_t, kTrustedKeysBytes> table;
  table.fill(0xFF);
  ASSERT_EQ(AddTrustedKey(table, other->id(), key_->public_key()), Status::kOk);
  EXPECT_EQ(VerifyHead(*forged, TrustedKeys(table), kVendorId, ClassIdOf("mps2-an386")), Fail(Status::kUnauthenticated));
}

TEST_F(Package, AnotherBoardIsRefusedOnlyAfterTheSignature) {
  EXPECT_EQ(VerifyHead(package_, TrustedKeys(table_), kVendorId, ClassIdOf("disco-f413zh")), Fail(Status::kFailedPrecondition));
  EXPECT_EQ(VerifyHead(package_, TrustedKeys(table_), Uuid{}, ClassIdOf("mps2-an386")), Fail(Status::kFailedPrecondition));
  EXPECT_EQ(VerifyHead(package_, TrustedKeys({}), kVendorId, ClassIdOf("disco-f413zh")), Fail(Status::kUnauthenticated));
}

TEST_F(Package, DescribeTellsWhatIsInIt) {
  const auto info = Describe(package_);
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->version, "dnn-1");
  EXPECT_EQ(info->sequence_number, 7u);
  EXPECT_EQ(info->size_bytes, package_.size());
  EXPECT_EQ(info->image_size_bytes, 2000u);
  EXPECT_EQ(info->changed_words, 8u);
  EXPECT_EQ(info->digest_a, crypto::HashSha256(links_.a));
  EXPECT_EQ(info->digest_b, crypto::HashSha256(links_.b));
  EXPECT_EQ(info->board, "mps2-an386");
  EXPECT_EQ(info->key_id, crypto::ToHex(key_->id()));
}

TEST_F(Package, BuildRefusesWhatNoDeviceCouldTake) {
  const auto status = [&](const BuildRequest& request) {
    const auto built = Build(request, *key_);
    return built ? Status::kOk : built.error().status;
  };
  BuildRequest request = Request(links_);
  request.board = "mps3";
  EXPECT_EQ(status(request), Status::kInvalidArgument);
  request = Request(links_);
  request.version = "";
  EXPECT_EQ(status(request), Status::kInvalidArgument);
  request.version = std::string(65, 'v');
  EXPECT_EQ(status(request), Status::kInvalidArgument);
  request.version = "a\nb";
  EXPECT_EQ(status(request), Status::kInvalidArgument);
  request = Request(links_);
  request.image_b = request.image_b.first(1000);
  EXPECT_EQ(status(request), Status::kInvalidArgument);
  request.image_a = {};
  EXPECT_EQ(status(request), Status::kInvalidArgument);

  const size_t room = 0x60000 - 0x1000;
  const Bytes large(room - 4);  // with the empty list's 4 bytes exactly a slot
  request.image_a = request.image_b = large;
  EXPECT_EQ(status(request), Status::kOk);
  const Bytes too_large(room);
  request.image_a = request.image_b = too_large;
  const auto refused = Build(request, *key_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, Status::kResourceExhausted);
  EXPECT_NE(refused.error().message.find("4 bytes larger than a slot of mps2-an386"), std::string::npos);
}

TEST_F(Package, ImagesOfOddSizeArePadded) {
  const Bytes odd{1, 2, 3, 4, 5};
  BuildRequest request = Request(links_);
  request.image_a = request.image_b = odd;
  const auto info = Describe(Build(request, *key_).value());
  ASSERT_TRUE(info);
  EXPECT_EQ(info->image_size_bytes, 8u);
  EXPECT_EQ(info->digest_a, crypto::HashSha256(Hex("0102030405ffffff")));
}

TEST(Words, ListOnTheWire) {
  EXPECT_EQ(ListWords(Hex("000102030405060708090a0b"), Hex("00010203040506ff08090a00")).value(),
            Hex("02000000"                  // two words
                "04000000" "040506ff"       // at 4
                "08000000" "08090a00"));    // at 8
  EXPECT_EQ(ListWords(Hex("00010203"), Hex("00010203")).value(), Hex("00000000"));
}

TEST(Words, PatchesTheSameWhateverTheChunks) {
  const Links links;
  const Bytes list = ListWords(links.a, links.b).value();
  for (size_t chunk : {4u, 8u, 256u, 1000u, 2000u}) {
    Bytes image = links.a;
    auto patcher = WordPatcher::Open(list, 2000);
    ASSERT_TRUE(patcher);
    for (size_t at = 0; at < image.size(); at += chunk) {
      patcher->Apply(static_cast<uint32_t>(at), MutableByteSpan(image).subspan(at, std::min(chunk, image.size() - at)));
    }
    EXPECT_EQ(image, links.b);
  }
}

TEST(Words, RefusesListsThatAreNone) {
  for (const char* bad : {"", "000000", "01000000", "0100000000000000", "010000000000000000000000ff",  // size
                          "010000000200000000000000",                                                // misaligned
                          "010000001000000000000000",                                                // behind the image
                          "02000000040000000000000004000000ffffffff",                                // twice
                          "02000000080000000000000004000000ffffffff",                                // descending
                          "ffffffff"}) {
    EXPECT_FALSE(WordPatcher::Open(Hex(bad), 16)) << bad;
  }
  EXPECT_TRUE(WordPatcher::Open(Hex("0100000000000000ffffffff"), 16));
}

TEST(TrustedKeys, HoldsFour) {
  std::array<uint8_t, kTrustedKeysBytes> table;
  table.fill(0xFF);
  EXPECT_EQ(TrustedKeys(table).count(), 0u);
  crypto::P256PublicKey key{};
  for (uint8_t i = 1; i <= 4; ++i) {
    key[1] = i;
    EXPECT_EQ(AddTrustedKey(table, ByteSpan(&i, 1), key), Status::kOk);
    EXPECT_EQ(AddTrustedKey(table, ByteSpan(&i, 1), key), Status::kAlreadyExists);
  }
  const uint8_t fifth = 5, third = 3;
  EXPECT_EQ(AddTrustedKey(table, ByteSpan(&fifth, 1), key), Status::kResourceExhausted);
  EXPECT_EQ(TrustedKeys(table).count(), 4u);
  EXPECT_EQ(TrustedKeys(table).Find(ByteSpan(&third, 1)).value()[1], 3);
  EXPECT_EQ(TrustedKeys(table).Find(ByteSpan(&fifth, 1)), Fail(Status::kNotFound));
  EXPECT_EQ(TrustedKeys(table).Find({}), Fail(Status::kNotFound));
  EXPECT_EQ(TrustedKeys({}).Find(ByteSpan(&third, 1)), Fail(Status::kNotFound));
  EXPECT_EQ(AddTrustedKey(table, {}, key), Status::kInvalidArgument);
  EXPECT_EQ(table[128 + 1], 2);    // second record: key id
  EXPECT_EQ(table[128 + 33], 2);   // and its point
}

}  // namespace
}  // namespace linnet::package
