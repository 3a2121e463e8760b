#include "linnet/telemetry/inference.h"

#include <gtest/gtest.h>

namespace linnet::telemetry {
namespace {

TEST(Inference, RecordsOfInstancesMayBeMixed) {
  const auto rows = InferencesOf({"b",
                                  0,
                                  {{"/26241/1/1", int64_t{7}},
                                   {"/26241/0/1", int64_t{3}},
                                   {"/26241/0/2", int64_t{3}},
                                   {"/26241/1/2", int64_t{1}},
                                   {"/26241/1/0", std::string("m")}}});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].image, 1);
  EXPECT_EQ(rows[0].label, 7);
  EXPECT_EQ(rows[0].version, "m");
  EXPECT_EQ(rows[1].version, "m");
  EXPECT_FALSE(rows[0].margin_milli);
  EXPECT_EQ(rows[1].answer, 3);
}

TEST(Inference, ModelOfTheFirstHoldsForAll) {
  const auto rows = InferencesOf({"b",
                                  0,
                                  {{"/26241/4/0", std::string("dnn-1")},
                                   {"/26241/4/1", int64_t{1}},
                                   {"/26241/4/2", int64_t{1}},
                                   {"/26241/5/1", int64_t{2}},
                                   {"/26241/5/2", int64_t{2}}}});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].version, "dnn-1");
}

TEST(Inference, TimeIsOfTheRecordAsFarAsItCanBeBelieved) {
  const auto time_of = [](std::optional<double> time_s) {
    return InferencesOf({"b", 1'700'000'000'000, {{"/26241/0/1", int64_t{1}, time_s}, {"/26241/0/2", int64_t{1}}}})
        .at(0)
        .unix_ms;
  };
  EXPECT_EQ(time_of({}), 1'700'000'000'000);
  EXPECT_EQ(time_of(-3.0), 1'699'999'997'000);
  EXPECT_EQ(time_of(1'699'999'000.5), 1'699'999'000'500);
  EXPECT_EQ(time_of(-1e6), 1'700'000'000'000) << "eleven days ago";
  EXPECT_EQ(time_of(5e9), 1'700'000'000'000);
}

TEST(Inference, IncompleteWrongOrForeignRecordsAreLeftOut) {
  EXPECT_TRUE(InferencesOf({"b", 0, {{"/26241/1/1", int64_t{7}}}}).empty());
  EXPECT_TRUE(InferencesOf({"b", 0, {{"/26241/1/1", std::string("7")}, {"/26241/1/2", int64_t{7}}}}).empty());
  EXPECT_TRUE(InferencesOf({"b", 0, {{"/3/0/1", int64_t{7}}, {"/3/0/2", int64_t{7}}}}).empty());
  for (const char* path :
       {"", "/", "26241/1/1", "/26241", "/26241/1", "/26241/1/1/1", "/26241/-1/1", "/26241/x/1", "/99999999999/1/1"}) {
    EXPECT_TRUE(InferencesOf({"b", 0, {{path, int64_t{1}}}}).empty()) << path;
  }
  EXPECT_TRUE(InferencesOf({"b", 0, {{"/26241/0/1", 1e300}, {"/26241/0/2", 0.5}}}).empty());
}

TEST(Inference, IntegersMayArriveAsFloats) {
  EXPECT_EQ(InferencesOf({"b", 0, {{"/26241/0/1", 4.0}, {"/26241/0/2", 9.0}}}).at(0).answer, 9);
}

TEST(CleanText, KeepsCharactersReplacesTheRest) {
  EXPECT_EQ(CleanText("d\xC3\xA9j\xC3\xA0", 64), "d\xC3\xA9j\xC3\xA0");
  EXPECT_EQ(CleanText("a\xFFz", 64), "a?z");
  EXPECT_EQ(CleanText("\xED\xA0\x80", 64), "???");  // a surrogate
  EXPECT_EQ(CleanText("\xC0\x80", 64), "??");       // an overlong zero
  EXPECT_EQ(CleanText("\xF0\x9F\x98", 64), "???");  // cut short
  EXPECT_EQ(CleanText(std::string_view("a\0b", 3), 64), "a?b");
  EXPECT_EQ(CleanText("\xC3\xA9\xC3\xA9", 3), "\xC3\xA9");  // never half a character
}

}  // namespace
}  // namespace linnet::telemetry
