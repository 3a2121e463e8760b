#include <gtest/gtest.h>

#include "linnet/base/bytes.h"
#include "linnet/base/check.h"
#include "linnet/base/error.h"
#include "linnet/base/fixed.h"
#include "linnet/base/status.h"
#include "linnet/base/text.h"
#include "linnet/base/time.h"

namespace linnet {
namespace {

Result<int> Half(int x) {
  if (x % 2 != 0) return Fail(Status::kInvalidArgument);
  return x / 2;
}

Result<int> Quarter(int x) {
  LINNET_ASSIGN(const int half, Half(x));
  return Half(half);
}

Status CheckQuarter(int x) {
  LINNET_TRY(Quarter(x) ? Status::kOk : Status::kOutOfRange);
  return Status::kOk;
}

TEST(Status, AssignAndTryHandTheFirstErrorOn) {
  EXPECT_EQ(*Quarter(12), 3);
  EXPECT_EQ(Quarter(6).error(), Status::kInvalidArgument);
  EXPECT_EQ(CheckQuarter(8), Status::kOk);
  EXPECT_EQ(CheckQuarter(7), Status::kOutOfRange);
}

TEST(Error, WithinPutsTheContextFirstAndKeepsTheStatus) {
  const Error error(Status::kDataLoss, "cut short at byte 7");
  EXPECT_EQ(error.Within("graph.pb").message, "graph.pb: cut short at byte 7");
  EXPECT_EQ(error.Within("graph.pb").status, Status::kDataLoss);
}

TEST(Bytes, LoadsAndStoresInBothOrders) {
  uint8_t b[8];
  StoreBe32(b, 0x01020304);
  EXPECT_EQ(b[0], 1);
  EXPECT_EQ(LoadLe32(b), 0x04030201u);
  StoreBe64(b, 0x1122334455667788ull);
  EXPECT_EQ(LoadBe64(b), 0x1122334455667788ull);
  EXPECT_EQ(LoadLe16(b), 0x2211);
}

TEST(Text, SliceEndsWhereTheTextEnds) {
  EXPECT_EQ(Slice("abcdef", 2, 3), "cde");
  EXPECT_EQ(Slice("abc", 1), "bc");
  EXPECT_EQ(Slice("abc", 3), "");
  EXPECT_EQ(Slice("abc", 9, 9), "");
}

TEST(FixedVector, SaysNoWhenFullAndKeepsItsOrderWhenErased) {
  FixedVector<int, 3> v;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(v.Append(i), Status::kOk);
  EXPECT_EQ(v.Append(3), Status::kResourceExhausted);
  v.Erase(0);
  ASSERT_EQ(v.size(), 2u);
  EXPECT_EQ(v[0], 1);
  EXPECT_EQ(v[1], 2);
}

TEST(FixedBytes, TooLongLeavesTheOldValue) {
  FixedBytes<4> b;
  EXPECT_EQ(b.Assign("abcd"), Status::kOk);
  EXPECT_EQ(b.Assign("abcde"), Status::kResourceExhausted);
  EXPECT_EQ(b.text(), "abcd");
}

TEST(Time, ArithmeticKeepsUnits) {
  const Instant t = Instant::FromMilliseconds(500) + Duration::Seconds(2);
  EXPECT_EQ(t.milliseconds(), 2500);
  EXPECT_EQ((t - Instant()).seconds(), 2);
  EXPECT_LT(t, Instant::Never());
  EXPECT_EQ(Earlier(t, Instant::Never()), t);
}

TEST(CheckDeathTest, StopsTheProgram) { EXPECT_DEATH(LINNET_CHECK(1 + 1 == 3), ""); }

}  // namespace
}  // namespace linnet
