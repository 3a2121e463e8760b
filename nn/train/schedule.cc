#include "linnet/train/schedule.h"

#include <cmath>
#include <numeric>
#include <utility>

#include "linnet/train/random.h"

namespace linnet::train {
namespace {

constexpr double kPi = 3.14159265358979323846;

double Between(double from, double to, double x) { return to + (from - to) * (1 + std::cos(kPi * x)) / 2; }

}  // namespace

Rates ScheduleOf(const Stage& stage, double at) {
  if (!stage.one_cycle) return {stage.learning_rate, 0.9};
  constexpr double kRise = 0.25;
  const double peak = stage.learning_rate;
  if (at < kRise) return {Between(peak / 25, peak, at / kRise), Between(0.95, 0.85, at / kRise)};
  const double x = (at - kRise) / (1 - kRise);
  return {Between(peak, peak / 250000, x), Between(0.85, 0.95, x)};
}

double PrunedShare(const Stage& stage, double at) {
  if (stage.prune == 0 || at >= kPruningPart) return stage.prune;
  const double left = 1 - at / kPruningPart;
  return stage.prune * (1 - left * left * left);
}

std::vector<int> ShuffledOrder(int count, uint64_t seed, uint64_t epoch_key) {
  std::vector<int> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  Random random(seed, 2, epoch_key);
  for (size_t i = order.size(); i-- > 1;) std::swap(order[i], order[random.Below(i + 1)]);
  return order;
}

}  // namespace linnet::train
