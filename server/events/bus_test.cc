#include "linnet/events/bus.h"

#include <gtest/gtest.h>

namespace linnet::events {
namespace {

Event GoneOf(const char* endpoint) { return Gone{endpoint, GoneReason::kExpired}; }

TEST(Bus, DeliversInOrderToEveryListener) {
  Bus bus(8);
  std::string first, second;
  bus.Subscribe([&](const Event& e) { first += std::get<Gone>(e).endpoint; });
  bus.Subscribe([&](const Event& e) { second += std::get<Gone>(e).endpoint; });
  ASSERT_EQ(bus.Publish(GoneOf("a")), Status::kOk);
  ASSERT_EQ(bus.Publish(GoneOf("b")), Status::kOk);
  EXPECT_EQ(first, "") << "publishing must not call listeners";
  bus.Drain();
  EXPECT_EQ(first, "ab");
  EXPECT_EQ(second, "ab");
}

TEST(Bus, Full_RefusesAndCounts) {
  Bus bus(1);
  ASSERT_EQ(bus.Publish(GoneOf("a")), Status::kOk);
  EXPECT_EQ(bus.Publish(GoneOf("b")), Status::kResourceExhausted);
  EXPECT_EQ(bus.dropped_count(), 1u);
}

TEST(Bus, ListenerThatAlwaysPublishes_DrainStillReturns) {
  Bus bus(4);
  int calls = 0;
  bus.Subscribe([&](const Event& e) {
    ++calls;
    (void)bus.Publish(e);
  });
  ASSERT_EQ(bus.Publish(GoneOf("a")), Status::kOk);
  bus.Drain();
  EXPECT_EQ(calls, 4);
  EXPECT_EQ(bus.waiting_count(), 1u);
}

}  // namespace
}  // namespace linnet::events
