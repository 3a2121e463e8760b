#include "linnet/data/csv.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace linnet::data {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

Outcome<Images> Parse(std::string_view text, int width = 0, int height = 0) {
  return ParseCsv("digits.csv", AsBytes(text), width, height);
}

std::string ErrorOf(std::string_view text, int width = 0, int height = 0) {
  const auto images = Parse(text, width, height);
  return images ? "no error" : images.error().message;
}

TEST(Csv, LineIsALabelAndASquareOfPixels) {
  const auto images = Parse("7,0,1,2,3\n9,252,253,254,255\n");
  ASSERT_TRUE(images) << images.error().message;
  EXPECT_EQ(images->count, 2);
  EXPECT_EQ(images->width, 2);
  EXPECT_EQ(images->height, 2);
  EXPECT_EQ(images->channels, 1);
  EXPECT_THAT(images->labels, ElementsAre(7, 9));
  EXPECT_THAT(images->pixels, ElementsAre(0, 1, 2, 3, 252, 253, 254, 255));
}

TEST(Csv, HeaderSpacesBlankLinesCarriageReturnsAndByteOrderMark_ArePassedOver) {
  const auto images = Parse("\xef\xbb\xbflabel, 1x1, 1x2, 2x1, 2x2\r\n\r\n 3 ,\t10, 20,30 , 40\r\n \t\r\n4,1,2,3,4");
  ASSERT_TRUE(images) << images.error().message;
  EXPECT_THAT(images->labels, ElementsAre(3, 4));
  EXPECT_THAT(images->pixels, ElementsAre(10, 20, 30, 40, 1, 2, 3, 4));
}

TEST(Csv, SizeThatIsSaid_NeedNotBeASquare) {
  const auto images = Parse("1,5,6,7,8,9,10\n", 3, 2);
  ASSERT_TRUE(images) << images.error().message;
  EXPECT_EQ(images->width, 3);
  EXPECT_EQ(images->height, 2);
}

TEST(Csv, WrongField_IsNamedByLineAndColumn) {
  EXPECT_EQ(ErrorOf("label,a,b,c,d\n\n1,2,3,4,5\n1,2,x3,4,5\n"),
            "digits.csv: line 4, column 3: a pixel, a whole number of 0 to 255, was expected, found `x3`");
  EXPECT_EQ(ErrorOf("1,2,3,4,256\n"),
            "digits.csv: line 1, column 5: a pixel, a whole number of 0 to 255, was expected, found `256`");
  EXPECT_EQ(ErrorOf("1,2,,4,5\n"),
            "digits.csv: line 1, column 3: a pixel, a whole number of 0 to 255, was expected, found ``");
  EXPECT_EQ(ErrorOf("1,0,0,0,0\nfour,0,0,0,0\n"),
            "digits.csv: line 2, column 1: a label, a whole number of 0 to 255, was expected, found `four`");
}

TEST(Csv, NumbersThatAreNoPixels_AreRefused) {
  for (const char* field :
       {"-1", "+1", "0.5", "1e1", "99999999", "4294967297", "18446744073709551617", "1 2", "\"1\""}) {
    EXPECT_FALSE(Parse("1,0,0,0," + std::string(field))) << field;
  }
  EXPECT_TRUE(Parse("1,0,0,0,007"));
}

TEST(Csv, TooFewOrTooManyColumns_SaysBothNumbers) {
  EXPECT_EQ(ErrorOf("1,0,0,0,0\n1,0,0,0\n"),
            "digits.csv: line 2: 5 columns, a label and 2x2 pixels, were expected, found 4");
  EXPECT_EQ(ErrorOf("1,0,0,0,0\n1,0,0,0,0,\n"),
            "digits.csv: line 2: 5 columns, a label and 2x2 pixels, were expected, found 6");
  EXPECT_EQ(ErrorOf("1,0,0,0,0\n", 28, 28),
            "digits.csv: line 1: 785 columns, a label and 28x28 pixels, were expected, found 5");
}

TEST(Csv, PixelsThatAreNoSquare_SayHowASizeIsGiven) {
  EXPECT_EQ(
      ErrorOf("1,0,0,0,0,0\n"),
      "digits.csv: line 1: a label and the pixels of a square were expected, found 6 columns; images of another form "
      "need csv:FILE,WIDTHxHEIGHT");
  EXPECT_EQ(
      ErrorOf("5;0;0;0;0\n"),
      "digits.csv: line 1: a label and the pixels of a square were expected, found 1 columns; images of another form "
      "need csv:FILE,WIDTHxHEIGHT");
}

TEST(Csv, NoImageAtAll_IsAnError) {
  for (const char* text : {"", "\n\r\n", "label,a,b,c,d\n"}) {
    EXPECT_EQ(ErrorOf(text), "digits.csv: no line with an image") << text;
  }
}

// 70 images of 2x1 whose pixels are the image's number and its label.
class CsvFile : public testing::Test {
 protected:
  CsvFile() : path_(testing::TempDir() + "linnet_csv_test_" + std::to_string(getpid()) + ".csv") {
    std::ofstream file(path_);
    for (int i = 0; i < 70; ++i) file << i % 3 << "," << i << "," << i % 3 << "\n";
  }
  ~CsvFile() override { fs::remove(path_); }

  const std::string path_;
};

TEST_F(CsvFile, IsDividedInThree_AndNoImageIsInTwoParts) {
  const auto set = Load("csv:" + path_ + ",2x1");
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->name, "csv:" + path_ + ",2x1");
  EXPECT_EQ(set->class_count, 3);
  EXPECT_THAT(set->class_names, ElementsAre());
  EXPECT_EQ(set->test.count, 11);       // 70 / 6
  EXPECT_EQ(set->validation.count, 4);  // 59 / 12
  EXPECT_EQ(set->train.count, 55);
  std::set<int> seen;
  for (const Images* part : {&set->train, &set->validation, &set->test}) {
    for (int i = 0; i < part->count; ++i) {
      seen.insert(part->image(i)[0]);
      EXPECT_EQ(part->image(i)[1], part->labels[static_cast<size_t>(i)]);
    }
  }
  EXPECT_EQ(seen.size(), 70u);
  EXPECT_EQ(Load("csv:" + path_ + ",2x1")->test.pixels, set->test.pixels) << "the same every time";
}

TEST_F(CsvFile, WithATestFile_KeepsItWhole) {
  const auto set = Load("csv:" + path_ + ",test=" + path_ + ",2x1");
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->test.count, 70);
  EXPECT_EQ(set->validation.count, 5);
  EXPECT_EQ(set->train.count, 65);
}

TEST_F(CsvFile, SizeOfNothingOrBeyondAnyImage_IsRefused) {
  for (const std::string size : {"0x1", "4097x1", "2x99999999999"}) {
    const auto set = Load("csv:" + path_ + "," + size);
    ASSERT_FALSE(set) << size;
    EXPECT_EQ(set.error().status, Status::kInvalidArgument);
    EXPECT_EQ(set.error().message,
              "csv:" + path_ + "," + size + ": a size of 1x1 to 4096x4096 was expected, found " + size);
  }
}

TEST_F(CsvFile, TooShortToDivide_IsAnError) {
  std::ofstream(path_) << "1,0,0,0,0\n2,0,0,0,0\n";
  EXPECT_EQ(Load("csv:" + path_).error().message,
            path_ + ": at least 14 images were expected, so that some are left for validation and test, found 2");
}

TEST(CsvSource, FileThatIsNotThere_IsNamed) {
  const auto set = Load("csv:/no/such/file.csv");
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().status, Status::kNotFound);
  EXPECT_EQ(set.error().message, "/no/such/file.csv: cannot be opened");
}

}  // namespace
}  // namespace linnet::data
