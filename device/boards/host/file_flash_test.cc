#include "linnet/host/file_flash.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "linnet/platform/flash_map.h"

namespace linnet::host {
namespace {

class FileFlashTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(path_); }
  void TearDown() override { std::filesystem::remove(path_); }
  std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) / ("file_flash_test." + std::to_string(getpid()) + ".bin");
};

TEST_F(FileFlashTest, ANewFileIsErasedAndSixteenMegabytes) {
  auto flash = FileFlash::Create(path_);
  ASSERT_TRUE(flash);
  EXPECT_EQ(std::filesystem::file_size(path_), FileFlash::kFileBytes);
  for (uint8_t byte : (*flash)->memory()) ASSERT_EQ(byte, 0xFF);
  EXPECT_EQ(FileFlash::Create(path_).error().status, Status::kAlreadyExists);
}

TEST_F(FileFlashTest, WhatWasProgrammedIsThereAfterReopening) {
  constexpr std::array<uint8_t, 4> kWord = {1, 2, 3, 4};
  {
    auto flash = FileFlash::Create(path_);
    ASSERT_TRUE(flash);
    EXPECT_EQ((*flash)->Program(0x10000, kWord), Status::kOk);
  }
  auto flash = FileFlash::Open(path_);
  ASSERT_TRUE(flash);
  EXPECT_TRUE(Equal((*flash)->memory().subspan(0x10000, 4), kWord));
}

TEST_F(FileFlashTest, ProgrammingSetsNoBitAndErasingSetsASectorOnly) {
  constexpr std::array<uint8_t, 4> kZero = {0, 0, 0, 0};
  constexpr std::array<uint8_t, 4> kOne = {1, 0, 0, 0};
  auto flash = FileFlash::Create(path_);
  ASSERT_TRUE(flash);
  ASSERT_EQ((*flash)->Program(platform::FlashSector(1).offset_bytes, kZero), Status::kOk);
  ASSERT_EQ((*flash)->Program(platform::FlashSector(2).offset_bytes, kZero), Status::kOk);
  EXPECT_EQ((*flash)->Program(platform::FlashSector(1).offset_bytes, kOne), Status::kFailedPrecondition);
  ASSERT_EQ((*flash)->EraseSector(1), Status::kOk);
  EXPECT_EQ((*flash)->memory()[platform::FlashSector(1).offset_bytes], 0xFF);
  EXPECT_EQ((*flash)->memory()[platform::FlashSector(2).offset_bytes], 0x00);
}

TEST_F(FileFlashTest, AFileOfAnotherLengthIsRefused) {
  EXPECT_EQ(FileFlash::Open(path_).error().status, Status::kNotFound);
  {
    FILE* file = fopen(path_.c_str(), "w");
    fclose(file);
  }
  EXPECT_EQ(FileFlash::Open(path_).error().status, Status::kInvalidArgument);
}

}  // namespace
}  // namespace linnet::host
