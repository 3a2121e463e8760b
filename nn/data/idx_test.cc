#include "linnet/data/idx.h"

#include <gmock/gmock.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace linnet::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Two images of 1 x 3 pixels.
const std::string kImages(
    "\x00\x00\x08\x03"  // magic: unsigned bytes, three dimensions
    "\x00\x00\x00\x02"  // 2 images
    "\x00\x00\x00\x01"  // of 1 row
    "\x00\x00\x00\x03"  // and 3 columns
    "\x01\x02\x03"
    "\xfd\xfe\xff",
    22);

TEST(Idx, WholeFile_GivesShapeAndBytes) {
  const auto array = ParseIdx("a", AsBytes(kImages), 3);
  ASSERT_TRUE(array) << array.error().message;
  EXPECT_THAT(array->shape, ElementsAre(2, 1, 3));
  EXPECT_THAT(array->values, ElementsAre(1, 2, 3, 253, 254, 255));
}

TEST(Idx, CutShortAnywhere_SaysWhatWasExpectedAndFound) {
  for (size_t size = 0; size < kImages.size(); ++size) {
    const auto array = ParseIdx("train-images", AsBytes(kImages.substr(0, size)), 3);
    ASSERT_FALSE(array) << size;
    EXPECT_EQ(array.error().status, Status::kDataLoss);
    EXPECT_THAT(array.error().message, StartsWith("train-images: cut short"));
  }
  const auto array = ParseIdx("train-images", AsBytes(kImages.substr(0, 20)), 3);
  EXPECT_EQ(array.error().message, "train-images: cut short: 2x1x3 = 6 bytes after the header were expected, found 4");
}

TEST(Idx, BytesAfterTheEnd_AreAnError) {
  const auto array = ParseIdx("a", AsBytes(kImages + "x"), 3);
  ASSERT_FALSE(array);
  EXPECT_THAT(array.error().message, HasSubstr("bytes after the end"));
}

TEST(Idx, WrongMagic_NamesBoth) {
  const auto array = ParseIdx("labels", AsBytes(kImages), 1);
  ASSERT_FALSE(array);
  EXPECT_EQ(array.error().message,
            "labels: not an IDX file of bytes in 1 dimensions: magic number 0x00000801 was expected, found 0x00000803");
}

TEST(Idx, SizesBeyondSixtyFourBits_AreRefusedWithoutAllocating) {
  const std::string huge("\x00\x00\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16);
  const auto array = ParseIdx("huge", AsBytes(huge), 3);
  ASSERT_FALSE(array);
  EXPECT_THAT(array.error().message, HasSubstr("beyond any file"));
}

class PackedFile : public testing::Test {
 protected:
  PackedFile() : path_(testing::TempDir() + "linnet_idx_test_" + std::to_string(getpid()) + ".gz") {
    gzFile file = gzopen(path_.c_str(), "wb");
    gzwrite(file, kImages.data(), static_cast<unsigned>(kImages.size()));
    gzclose(file);
  }
  ~PackedFile() override { std::remove(path_.c_str()); }

  const std::string path_;
};

TEST_F(PackedFile, IsUnpacked) {
  const auto bytes = ReadFileUnpacked(path_);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(AsText(*bytes), kImages);
}

TEST_F(PackedFile, CutShort_IsAnErrorThatNamesTheFile) {
  std::ifstream in(path_, std::ios::binary);
  std::string packed((std::istreambuf_iterator<char>(in)), {});
  in.close();
  std::ofstream(path_, std::ios::binary) << packed.substr(0, packed.size() / 2);
  const auto bytes = ReadFileUnpacked(path_);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().status, Status::kDataLoss);
  EXPECT_THAT(bytes.error().message, StartsWith(path_));
}

TEST_F(PackedFile, LargerThanTheLimit_IsRefused) {
  const auto bytes = ReadFileUnpacked(path_, 10);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().status, Status::kDataLoss);
}

TEST(ReadFile, NotThere_IsNotFound) { EXPECT_EQ(ReadFileUnpacked("/no/such/file").error().status, Status::kNotFound); }

}  // namespace
}  // namespace linnet::data
