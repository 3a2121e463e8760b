#include "console.h"

#include <gtest/gtest.h>

namespace linnet::cli {
namespace {

TEST(Table, NumbersStandRight_TextLeft_AndLinesEndWithoutSpaces) {
  EXPECT_EQ(Table({"name", "bytes", "why"}, {{"a", "5", ""}, {"bcdef", "12,345", "x"}}),
            "name    bytes  why\n"
            "a           5\n"
            "bcdef  12,345  x\n");
}

TEST(Table, WithoutRows_IsItsHeader) { EXPECT_EQ(Table({"a", "b"}, {}), "a  b\n"); }

TEST(Table, Utf8CountsCharacters) {
  EXPECT_EQ(Table({"v", "w"}, {{"\xC3\xA9", "x"}, {"ab", "y"}}), "v   w\n\xC3\xA9   x\nab  y\n");
}

TEST(Figures, AreGroupedInThousands) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(1234567), "1,234,567");
  EXPECT_EQ(Percent(0.98534), "98.53 %");
}

}  // namespace
}  // namespace linnet::cli
