#include "linnet/train/output_folder.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace linnet::train {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class OutputFolder : public testing::Test {
 protected:
  OutputFolder() : root_(testing::TempDir() + "linnet_output_test_" + std::to_string(getpid())) {
    fs::create_directories(root_);
  }
  ~OutputFolder() override { fs::remove_all(root_); }

  static std::vector<std::string> Names(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
    return names;
  }
  static std::string Content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const std::string root_;
};

TEST_F(OutputFolder, NewFolder_HoldsTheFilesAndNothingLiesBeside) {
  ASSERT_TRUE(WriteOutputFolder(root_ + "/a/b", {{kGraphFile, "g"}, {kReportFile, "r"}}));
  EXPECT_THAT(Names(root_ + "/a/b"), UnorderedElementsAre("graph.pb", "train.json"));
  EXPECT_THAT(Names(root_ + "/a"), UnorderedElementsAre("b"));
}

TEST_F(OutputFolder, FolderOfAnEarlierRun_IsReplaced_AndOtherFilesStay) {
  fs::create_directories(root_ + "/out");
  std::ofstream(root_ + "/out/notes.txt") << "mine";
  ASSERT_TRUE(WriteOutputFolder(root_ + "/out/", {{kGraphFile, "1"}}));
  ASSERT_TRUE(WriteOutputFolder(root_ + "/out", {{kGraphFile, "2"}}));
  EXPECT_EQ(Content(root_ + "/out/graph.pb"), "2");
  EXPECT_THAT(Names(root_ + "/out"), UnorderedElementsAre("graph.pb", "notes.txt"));
  EXPECT_THAT(Names(root_), UnorderedElementsAre("out"));
}

TEST_F(OutputFolder, AnotherPb_IsRefusedBeforeTraining) {
  std::ofstream(root_ + "/other.pb") << "x";
  const auto ok = CheckOutputFolder(root_);
  ASSERT_FALSE(ok);
  EXPECT_THAT(ok.error().message, HasSubstr("other.pb: in the way"));
}

TEST_F(OutputFolder, FileOfThatName_IsRefused) {
  std::ofstream(root_ + "/file") << "x";
  EXPECT_EQ(CheckOutputFolder(root_ + "/file").error().status, Status::kAlreadyExists);
  EXPECT_FALSE(CheckOutputFolder(root_ + "/file/below"));
  EXPECT_FALSE(WriteOutputFolder(root_ + "/file/below", {{kGraphFile, "g"}}));
  EXPECT_THAT(Names(root_), UnorderedElementsAre("file"));
}

}  // namespace
}  // namespace linnet::train
