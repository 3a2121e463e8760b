#include "linnet/data/dataset.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "linnet/data/split.h"

namespace linnet::data {
namespace {

namespace fs = std::filesystem;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string BigEndian(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

// A folder with the four files: `count` 2x2 training images whose pixels are the image's index, and 3 test images.
class Folder : public testing::Test {
 protected:
  Folder() : path_(testing::TempDir() + "linnet_dataset_test_" + std::to_string(getpid())) {
    fs::create_directories(path_);
    WriteSet("train", 24);
    WriteSet("t10k", 3);
  }
  ~Folder() override { fs::remove_all(path_); }

  void WriteSet(const std::string& prefix, uint32_t count) const {
    std::string images = BigEndian(0x803) + BigEndian(count) + BigEndian(2) + BigEndian(2);
    std::string labels = BigEndian(0x801) + BigEndian(count);
    for (uint32_t i = 0; i < count; ++i) {
      images.append(4, static_cast<char>(i));
      labels.push_back(static_cast<char>(i % 4));
    }
    Write(prefix + "-images-idx3-ubyte", images);
    Write(prefix + "-labels-idx1-ubyte", labels);
  }
  void Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << bytes;
  }

  const std::string path_;
};

TEST_F(Folder, IsSplitOneInTwelve_AndEveryImageKeepsItsLabel) {
  const auto set = Load("idx:" + path_);
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->class_count, 4);
  EXPECT_EQ(set->train.count, 22);
  EXPECT_EQ(set->validation.count, 2);
  EXPECT_EQ(set->test.count, 3);
  std::set<int> seen;
  for (const Images* part : {&set->train, &set->validation}) {
    for (int i = 0; i < part->count; ++i) {
      seen.insert(part->image(i)[0]);
      EXPECT_EQ(part->image(i)[0] % 4, part->labels[static_cast<size_t>(i)]);
    }
  }
  EXPECT_EQ(seen.size(), 24u) << "no image may be in both parts";
}

TEST_F(Folder, SplitIsTheSameEveryTime) {
  const auto first = Load("idx:" + path_);
  const auto second = Load("idx:" + path_);
  EXPECT_EQ(first->train.pixels, second->train.pixels);
  EXPECT_EQ(first->validation.labels, second->validation.labels);
}

TEST_F(Folder, KeepClasses_KeepsOnlyThem) {
  const auto set = Load("idx:" + path_);
  const Images kept = KeepClasses(set->test, 1, 2);
  EXPECT_THAT(kept.labels, ElementsAre(1, 2));
  EXPECT_THAT(kept.image(1), Each(2));
}

TEST_F(Folder, FileCutShort_IsNamedWithBothSizes) {
  fs::resize_file(path_ + "/t10k-images-idx3-ubyte", 20);
  const auto set = Load("idx:" + path_);
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().status, Status::kDataLoss);
  EXPECT_EQ(set.error().message, path_ +
                                     "/t10k-images-idx3-ubyte: cut short: 3x2x2 = 12 bytes after the header were "
                                     "expected, found 4");
}

TEST_F(Folder, FewerLabelsThanImages_IsAnError) {
  Write("train-labels-idx1-ubyte", BigEndian(0x801) + BigEndian(1) + "\x01");
  EXPECT_THAT(Load("idx:" + path_).error().message, HasSubstr("24 labels were expected, one an image, found 1"));
}

TEST_F(Folder, MissingFile_IsNamed) {
  fs::remove(path_ + "/train-labels-idx1-ubyte");
  const auto set = Load("idx:" + path_);
  EXPECT_EQ(set.error().status, Status::kNotFound);
  EXPECT_THAT(set.error().message, HasSubstr("train-labels-idx1-ubyte (or .gz): not there"));
}

TEST_F(Folder, ThatPretendsToBeMnist_FailsItsDigest) {
  const std::string root = path_ + "_root";
  fs::create_directories(root);
  fs::create_directory_symlink(path_, root + "/mnist");
  const char* before = std::getenv("LINNET_DATA");
  const std::string kept = before == nullptr ? "" : before;
  setenv("LINNET_DATA", root.c_str(), 1);
  const auto set = Load("mnist");
  kept.empty() ? unsetenv("LINNET_DATA") : setenv("LINNET_DATA", kept.c_str(), 1);
  fs::remove_all(root);
  ASSERT_FALSE(set);
  EXPECT_THAT(
      set.error().message,
      HasSubstr("SHA-256 ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db was expected, found"));
}

TEST(Dataset, UnknownName_ListsTheKnownOnes) {
  const auto set = Load("minst");
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().status, Status::kNotFound);
  EXPECT_EQ(set.error().message,
            "data set `minst` is not known; known are mnist, fashion-mnist, idx:DIR, "
            "csv:FILE[,WIDTHxHEIGHT][,test=FILE], png:DIR");
}

TEST(Dataset, Mnist_Is55000And5000And10000) {
  const auto set = Load("mnist");
  if (!set && set.error().status == Status::kNotFound) GTEST_SKIP() << set.error().message;
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->train.count, 55000);
  EXPECT_EQ(set->validation.count, 5000);
  EXPECT_EQ(set->test.count, 10000);
  EXPECT_EQ(set->class_count, 10);
  EXPECT_EQ(set->train.image_bytes(), 784);
  // The well-known first test images are 7, 2, 1, 0, 4.
  EXPECT_THAT(std::vector<uint8_t>(set->test.labels.begin(), set->test.labels.begin() + 5), ElementsAre(7, 2, 1, 0, 4));
  EXPECT_EQ(KeepClasses(set->test, 0, 4).count, 5139);
}

TEST(Split, PermutationIsPinned) {
  // Changing these numbers changes which images every network of every version was trained on.
  EXPECT_THAT(Permutation(8, kSplitSeed), ElementsAre(2, 0, 3, 4, 1, 5, 7, 6));
}

}  // namespace
}  // namespace linnet::data
