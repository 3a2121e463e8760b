// Time with units. An Instant counts from an arbitrary start (a board's reset, a host's boot); a Duration is signed.
// Both are 64 bits of milliseconds: they never wrap in the life of a device.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace linnet {

class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration Milliseconds(int64_t ms) { return Duration(ms); }
  static constexpr Duration Seconds(int64_t s) { return Duration(s * 1000); }
  static constexpr Duration Max() { return Duration(std::numeric_limits<int64_t>::max() / 4); }

  constexpr int64_t milliseconds() const { return ms_; }
  constexpr int64_t seconds() const { return ms_ / 1000; }

  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return Duration(a.ms_ + b.ms_); }
  friend constexpr Duration operator-(Duration a, Duration b) { return Duration(a.ms_ - b.ms_); }
  friend constexpr Duration operator*(Duration a, int64_t k) { return Duration(a.ms_ * k); }
  friend constexpr Duration operator/(Duration a, int64_t k) { return Duration(a.ms_ / k); }

 private:
  constexpr explicit Duration(int64_t ms) : ms_(ms) {}
  int64_t ms_ = 0;
};

class Instant {
 public:
  constexpr Instant() = default;
  static constexpr Instant FromMilliseconds(int64_t ms) { return Instant(ms); }
  // Later than any deadline: "nothing to wait for".
  static constexpr Instant Never() { return Instant(std::numeric_limits<int64_t>::max() / 2); }

  constexpr int64_t milliseconds() const { return ms_; }

  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Instant operator+(Instant a, Duration b) { return Instant(a.ms_ + b.milliseconds()); }
  friend constexpr Instant operator-(Instant a, Duration b) { return Instant(a.ms_ - b.milliseconds()); }
  friend constexpr Duration operator-(Instant a, Instant b) { return Duration::Milliseconds(a.ms_ - b.ms_); }

 private:
  constexpr explicit Instant(int64_t ms) : ms_(ms) {}
  int64_t ms_ = 0;
};

constexpr Instant Earlier(Instant a, Instant b) { return a < b ? a : b; }

}  // namespace linnet
