#include "linnet/train/checkpoint.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "linnet/crypto/sha256.h"

namespace linnet::train {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Checkpoint Small() { return {"dnn", {{"fc1/weights", {2, 1}, {1.0f, -2.0f}}, {"fc1/bias", {1}, {0.5f}}}, "{}"}; }

TEST(Checkpoint, BytesAreAsTheFormatPageSays) {
  const std::string bytes = SerializeCheckpoint(Small());
  EXPECT_EQ(bytes.substr(0, bytes.size() - 32),
            std::string("LNCK"
                        "\x02\x00\x00\x00"  // version
                        "\x03\x00\x00\x00"
                        "dnn"  // architecture
                        "\x02\x00\x00\x00"
                        "{}"                // notes
                        "\x02\x00\x00\x00"  // tensors
                        "\x0b\x00\x00\x00"
                        "fc1/weights"
                        "\x02\x00\x00\x00"  // rank
                        "\x02\x00\x00\x00\x01\x00\x00\x00"
                        "\x00\x00\x80\x3f\x00\x00\x00\xc0"  // 1.0, -2.0
                        "\x08\x00\x00\x00"
                        "fc1/bias"
                        "\x01\x00\x00\x00\x01\x00\x00\x00"
                        "\x00\x00\x00\x3f",  // 0.5
                        84));
}

TEST(Checkpoint, ReadsBackWhatWasWritten) {
  const auto read = ParseCheckpoint("c", AsBytes(SerializeCheckpoint(Small())));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->architecture, "dnn");
  EXPECT_EQ(read->notes, "{}");
  ASSERT_EQ(read->parameters.size(), 2u);
  EXPECT_EQ(read->parameters[0].name, "fc1/weights");
  EXPECT_THAT(read->parameters[0].shape, ElementsAre(2, 1));
  EXPECT_THAT(read->parameters[0].values, ElementsAre(1.0f, -2.0f));
  EXPECT_THAT(read->parameters[1].values, ElementsAre(0.5f));
}

TEST(Checkpoint, CutShortAnywhere_OrOneBitChanged_IsAnError) {
  const std::string bytes = SerializeCheckpoint(Small());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ParseCheckpoint("c", AsBytes(bytes.substr(0, size)))) << size;
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 4);
    EXPECT_FALSE(ParseCheckpoint("c", AsBytes(changed))) << i;
  }
}

TEST(Checkpoint, EmptyTensorAtTheEnd_IsReadBack) {
  Checkpoint checkpoint = Small();
  checkpoint.parameters.push_back({":ranges", {0, 2}, {}});
  const auto read = ParseCheckpoint("c", AsBytes(SerializeCheckpoint(checkpoint)));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(read->parameters.at(2).shape, ElementsAre(0, 2));
}

// Version 1 had no notes.
TEST(Checkpoint, OfVersion1_IsRead) {
  std::string bytes = SerializeCheckpoint(Small());
  bytes.resize(bytes.size() - crypto::kSha256Bytes);
  bytes[4] = 1;
  bytes.erase(15, 6);
  bytes.append(AsText(crypto::HashSha256(AsBytes(bytes))));
  const auto read = ParseCheckpoint("c", AsBytes(bytes));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->notes, "");
  EXPECT_THAT(read->parameters.at(1).values, ElementsAre(0.5f));
}

TEST(Checkpoint, OfALaterVersion_SaysSo) {
  std::string bytes = SerializeCheckpoint(Small());
  bytes[4] = 3;
  const auto read = ParseCheckpoint("c", AsBytes(bytes));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().status, Status::kUnimplemented);
  EXPECT_THAT(read.error().message, HasSubstr("version 3"));
}

TEST(Checkpoint, OfAnotherArchitecture_IsRefused) {
  const std::string path = testing::TempDir() + "linnet_checkpoint_test_" + std::to_string(getpid());
  std::ofstream(path, std::ios::binary) << SerializeCheckpoint(Small());
  Architecture dnn;
  ASSERT_TRUE(MakeArchitecture("dnn", 28, 28, 1.0, &dnn));
  const auto read = ReadCheckpoint(path, dnn);
  std::remove(path.c_str());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().status, Status::kFailedPrecondition);
}

}  // namespace
}  // namespace linnet::train
