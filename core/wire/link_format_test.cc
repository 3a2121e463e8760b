#include "linnet/wire/link_format.h"

#include <gtest/gtest.h>

namespace linnet::link_format {
namespace {

TEST(LinkFormat, ReadsARegistrationOfARealClient) {
  Reader reader(R"(</>;rt="oma.lwm2m";ct="112 110",</1/1>,</10>;ver=1.1;x,</3/0>)");
  auto link = reader.Next();
  ASSERT_TRUE(link);
  EXPECT_EQ(link->target, "/");
  EXPECT_EQ(link->Attribute("rt"), "oma.lwm2m");
  EXPECT_EQ(link->Attribute("ct"), "112 110");
  EXPECT_EQ(link->Attribute("ver"), std::nullopt);
  EXPECT_EQ(reader.Next()->target, "/1/1");
  link = reader.Next();
  EXPECT_EQ(link->Attribute("ver"), "1.1");
  EXPECT_EQ(link->Attribute("x"), "");
  EXPECT_EQ(reader.Next()->target, "/3/0");
  EXPECT_EQ(reader.Next().error(), Status::kOutOfRange);
}

TEST(LinkFormat, CommasAndQuotesWithinAQuotedValueDoNotEndTheLink) {
  Reader reader(R"(</a>;t="x,\"</b>\";y",</c>)");
  EXPECT_EQ(reader.Next()->Attribute("t"), R"(x,\"</b>\";y)");
  EXPECT_EQ(reader.Next()->target, "/c");
}

TEST(LinkFormat, MalformedTextIsDataLoss) {
  for (const char* bad :
       {"x", "</a", "</a>x", "</a>;", "</a>;t=\"open", ",</a>", "</a>,", "</a>;t=\"a\"b", "</a>;=1"}) {
    Reader reader(bad);
    auto link = reader.Next();
    if (link) link = reader.Next();
    EXPECT_FALSE(link) << bad;
    if (std::string_view(bad) == "</a>,") continue;
    EXPECT_EQ(link.error(), Status::kDataLoss) << bad;
  }
}

}  // namespace
}  // namespace linnet::link_format
