#include "linnet/data/png.h"

#include <gmock/gmock.h>
#include <png.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace linnet::data {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A gray PNG of 2x2 pixels 0, 100, 200, 255, byte by byte.
const std::string kGray(
    "\x89PNG\r\n\x1a\n"                           // signature
    "\0\0\0\x0dIHDR\0\0\0\2\0\0\0\2\x08\0\0\0\0"  // 2x2, 8 bits, gray, deflate, no interlace
    "\x57\xdd\x52\xf8"                            // CRC of the chunk
    "\0\0\0\x11IDAT\x78\x01\x01\x06\0\xf9\xff"    // zlib, one stored block of 6 bytes
    "\0\0\x64\0\xc8\xff"                          // each row: filter none, two pixels
    "\x04\x25\x02\x2c"                            // Adler-32
    "\x0d\x2a\xf1\xf7"                            // CRC of the chunk
    "\0\0\0\0IEND\xae\x42\x60\x82",
    74);

// What libpng writes of `samples` in one of its formats.
std::string Encode(int width, int height, unsigned format, const void* samples) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = format;
  std::string bytes(1 << 16, '\0');
  png_alloc_size_t size = bytes.size();
  EXPECT_NE(png_image_write_to_memory(&image, bytes.data(), &size, 0, samples, 0, nullptr), 0) << image.message;
  bytes.resize(size);
  return bytes;
}

// A chunk is 4 bytes of length, the type, that many bytes, and 4 of CRC.
std::string WithoutChunk(std::string bytes, const std::string& type) {
  const size_t at = bytes.find(type);
  EXPECT_NE(at, bytes.npos);
  return bytes.erase(at - 4, 12 + LoadBe32(AsBytes(bytes).data() + at - 4));
}

std::vector<uint8_t> PixelsOf(const std::string& bytes) {
  const auto image = DecodePng("a.png", AsBytes(bytes));
  EXPECT_TRUE(image) << image.error().message;
  return image ? image->pixels : std::vector<uint8_t>();
}

TEST(Png, Gray_KeepsItsBytes) {
  const auto image = DecodePng("a.png", AsBytes(kGray));
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->width, 2);
  EXPECT_EQ(image->height, 2);
  EXPECT_THAT(image->pixels, ElementsAre(0, 100, 200, 255));

  std::vector<uint8_t> all(256);
  for (int i = 0; i < 256; ++i) all[static_cast<size_t>(i)] = static_cast<uint8_t>(i);
  EXPECT_EQ(PixelsOf(Encode(16, 16, PNG_FORMAT_GRAY, all.data())), all);
}

TEST(Png, Colour_BecomesItsLuminance) {
  const uint8_t colours[] = {255, 255, 255, 0, 0, 0, 70, 70, 70, 255, 0, 0, 0, 255, 0, 0, 0, 255};
  const std::vector<uint8_t> gray = PixelsOf(Encode(6, 1, PNG_FORMAT_RGB, colours));
  ASSERT_EQ(gray.size(), 6u);
  EXPECT_EQ(gray[0], 255);
  EXPECT_EQ(gray[1], 0);
  EXPECT_NEAR(gray[2], 70, 1);
  // 0.2126, 0.7152 and 0.0722 of the light (ITU-R BT.709), in sRGB's encoding.
  EXPECT_NEAR(gray[3], 127, 2);
  EXPECT_NEAR(gray[4], 220, 2);
  EXPECT_NEAR(gray[5], 76, 2);
}

TEST(Png, Transparency_IsOnBlack) {
  const uint8_t samples[] = {255, 255, 255, 0, 200, 200, 200, 255};
  EXPECT_THAT(PixelsOf(Encode(2, 1, PNG_FORMAT_RGBA, samples)), ElementsAre(0, 200));
}

TEST(Png, SixteenBits_BecomeEight) {
  const uint16_t samples[] = {0, 14147, 65535};
  // libpng says that it writes linear light: 14147 / 65535 is sRGB's 128, by its tables 127.
  const std::string linear = Encode(3, 1, PNG_FORMAT_LINEAR_Y, samples);
  EXPECT_THAT(PixelsOf(linear), ElementsAre(0, AnyOf(127, 128), 255));
  // Most programs write sRGB and say nothing: 14147 / 257 is 55.
  EXPECT_THAT(PixelsOf(WithoutChunk(linear, "gAMA")), ElementsAre(0, 55, 255));
}

TEST(Png, CutShortAnywhereInItsPixels_IsAnErrorThatNamesIt) {
  const size_t end_of_pixels = kGray.size() - 12 - 4;  // IEND and the last CRC hold none
  for (size_t size = 0; size < end_of_pixels; ++size) {
    const auto image = DecodePng("cut.png", AsBytes(kGray.substr(0, size)));
    ASSERT_FALSE(image) << size;
    EXPECT_EQ(image.error().status, Status::kDataLoss);
    EXPECT_THAT(image.error().message, StartsWith("cut.png: not a whole PNG file: libpng says `"));
  }
}

TEST(Png, FlippedBit_IsAnError) {
  std::string flipped = kGray;
  flipped[kGray.size() - 12 - 4 - 4 - 2] ^= 1;
  EXPECT_FALSE(DecodePng("a.png", AsBytes(flipped)));
}

TEST(Png, WiderThanTheLimit_IsRefusedBeforeMemoryIsTaken) {
  const std::vector<uint8_t> samples(4097);
  const auto image = DecodePng("wide.png", AsBytes(Encode(4097, 1, PNG_FORMAT_GRAY, samples.data())));
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().status, Status::kResourceExhausted);
  EXPECT_EQ(image.error().message, "wide.png: images of at most 4096 pixels a side are read, found 4097x1");
}

// A folder of folders, empty at first.
class PngFolder : public testing::Test {
 protected:
  PngFolder() : path_(testing::TempDir() + "linnet_png_test_" + std::to_string(getpid())) {
    fs::create_directories(path_);
  }
  ~PngFolder() override { fs::remove_all(path_); }

  // Images 0.png, 1.png ... of one colour.
  void WriteClass(const std::string& name, int count, uint8_t gray) const {
    fs::create_directories(path_ + "/" + name);
    const uint8_t pixels[] = {gray, gray, gray, gray, gray, gray};
    for (int i = 0; i < count; ++i)
      Write(name + "/" + std::to_string(i) + ".png", Encode(3, 2, PNG_FORMAT_GRAY, pixels));
  }
  void Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << bytes;
  }
  std::string LoadError() const {
    const auto set = Load("png:" + path_);
    return set ? "no error" : set.error().message;
  }

  const std::string path_;
};

TEST_F(PngFolder, ClassIsAFolder_NumbersInTheirOrderThenNames) {
  for (const char* name : {"cat", "10", "2", "bird", "002"}) WriteClass(name, 1, 0);
  const auto classes = PngClasses(path_);
  ASSERT_TRUE(classes) << classes.error().message;
  EXPECT_THAT(*classes, ElementsAre("002", "2", "10", "bird", "cat"));
}

TEST_F(PngFolder, IsDividedInThree_AndClassesKeepTheirNames) {
  WriteClass("dark", 20, 10);
  WriteClass("light", 16, 240);
  Write("README.txt", "two classes");
  Write("dark/.hidden", "passed over");
  const auto set = Load("png:" + path_);
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_THAT(set->class_names, ElementsAre("dark", "light"));
  EXPECT_EQ(set->class_count, 2);
  EXPECT_EQ(set->train.width, 3);
  EXPECT_EQ(set->train.height, 2);
  EXPECT_EQ(set->test.count, 6);
  EXPECT_EQ(set->validation.count, 2);
  EXPECT_EQ(set->train.count, 28);
  for (const Images* part : {&set->train, &set->validation, &set->test}) {
    for (int i = 0; i < part->count; ++i) {
      EXPECT_THAT(part->image(i), Each(part->labels[static_cast<size_t>(i)] == 0 ? 10 : 240));
    }
  }
}

TEST_F(PngFolder, TrainAndTest_AreTakenAsTheyAre) {
  WriteClass("train/0", 12, 1);
  WriteClass("train/1", 12, 2);
  WriteClass("test/1", 5, 2);
  const auto set = Load("png:" + path_);
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->train.count, 22);
  EXPECT_EQ(set->validation.count, 2);
  EXPECT_THAT(set->test.labels, ElementsAre(1, 1, 1, 1, 1));

  WriteClass("test/2", 1, 3);
  EXPECT_EQ(LoadError(), path_ + "/test/2: a class that the training images don't have");
}

TEST_F(PngFolder, TestImagesOfAnotherSize_AreAnError) {
  WriteClass("train/0", 12, 1);
  fs::create_directories(path_ + "/test/0");
  Write("test/0/0.png", kGray);
  EXPECT_EQ(LoadError(), path_ + "/test: images of 3x2 were expected as in train/, found 2x2");
}

TEST_F(PngFolder, OneImageOfAnotherSize_IsNamed) {
  WriteClass("0", 12, 1);
  Write("0/9.png", kGray);
  EXPECT_EQ(LoadError(), path_ + "/0/9.png: 3x2 pixels were expected as in the first image, found 2x2");
}

TEST_F(PngFolder, FileCutShort_IsNamed) {
  WriteClass("0", 12, 1);
  fs::resize_file(path_ + "/0/5.png", 50);
  EXPECT_THAT(LoadError(), StartsWith(path_ + "/0/5.png: not a whole PNG file"));
}

TEST_F(PngFolder, WithoutImages_SaysWhatIsMissing) {
  EXPECT_EQ(LoadError(), path_ + ": a folder for each class was expected, found none");
  fs::create_directories(path_ + "/0");
  EXPECT_EQ(LoadError(), path_ + "/0: a class without images; put .png files there");
  fs::remove_all(path_);
  EXPECT_THAT(LoadError(), StartsWith(path_ + ": cannot be read: "));
}

TEST_F(PngFolder, OtherThingsAmongTheImages_AreRefused) {
  WriteClass("0", 1, 1);
  Write("0/a.jpg", "x");
  EXPECT_THAT(LoadError(), StartsWith(path_ + "/0/a.jpg: only .png files were expected in the folder of a class"));
  fs::remove(path_ + "/0/a.jpg");
  Write("stray.PNG", kGray);
  EXPECT_EQ(LoadError(), path_ + "/stray.PNG: an image outside of a class; each class needs a folder");
}

TEST_F(PngFolder, TooFewImages_AreAnError) {
  WriteClass("0", 13, 1);
  EXPECT_THAT(LoadError(), HasSubstr("at least 14 images were expected"));
}

}  // namespace
}  // namespace linnet::data
