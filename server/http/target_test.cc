#include "target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linnet::http {
namespace {

using ::testing::ElementsAre;

TEST(Target, IsCutAtSlashesAndDecoded) {
  EXPECT_THAT(*SegmentsOf("/api/v1/devices/board%201/resources/3/0?x=/y"),
              ElementsAre("api", "v1", "devices", "board 1", "resources", "3", "0"));
  EXPECT_THAT(*SegmentsOf("//a///b/"), ElementsAre("a", "b"));
  EXPECT_THAT(*SegmentsOf("/a%2Fb"), ElementsAre("a/b"));
  EXPECT_TRUE(SegmentsOf("/")->empty());
}

TEST(Target, BrokenEscapesAreRefused) {
  for (const char* bad : {"/%", "/%4", "/%zz", "/a%4", "/%00", "/a%0Ab"}) EXPECT_FALSE(SegmentsOf(bad)) << bad;
}

}  // namespace
}  // namespace linnet::http
