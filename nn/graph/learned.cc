#include "linnet/graph/learned.h"

#include <algorithm>
#include <cmath>

namespace linnet::graph {

Steps StepsOf(const Learned& learned, size_t i) {
  Steps steps;
  steps.first_step = learned.narrow_range ? 1 : 0;
  steps.last_step = (1 << learned.bits) - 1;
  const float first = static_cast<float>(steps.first_step);
  const float last = static_cast<float>(steps.last_step);
  const float min = learned.min[i];
  steps.scale = (learned.max[i] - min) / (last - first);
  steps.zero_step = 1 << (learned.bits - 1);
  if (!(steps.scale > 0)) return steps;
  steps.zero_step = static_cast<int>(std::clamp(std::round(first - min / steps.scale), first, last));
  return steps;
}

float FakeQuantize(float value, const Steps& steps) {
  if (!(steps.scale > 0)) return 0;
  const float lowest = static_cast<float>(steps.first_step - steps.zero_step) * steps.scale;
  const float highest = static_cast<float>(steps.last_step - steps.zero_step) * steps.scale;
  const float above = std::clamp(value, lowest, highest) - lowest;
  const float step = std::floor(above / steps.scale + 0.5F);
  return (step - static_cast<float>(steps.zero_step - steps.first_step)) * steps.scale;
}

Outcome<void> CheckLearned(const Learned& learned) {
  const auto wrong = [](const std::string& what) { return Fail(Status::kInvalidArgument, "a learned range " + what); };
  if (learned.bits < kLearnedBitsMin || learned.bits > kLearnedBitsMax)
    return wrong("of " + std::to_string(learned.bits) + " bits; supported: 2 to 16");
  if (learned.min.empty() || learned.min.size() != learned.max.size())
    return wrong("with " + std::to_string(learned.min.size()) + " minima and " + std::to_string(learned.max.size()) +
                 " maxima");
  for (size_t i = 0; i < learned.min.size(); ++i) {
    const float min = learned.min[i];
    const float max = learned.max[i];
    if (std::isfinite(max - min) && (min < max || (min == 0 && max == 0))) continue;
    return wrong("from " + std::to_string(min) + " to " + std::to_string(max) +
                 "; the minimum must be below the maximum, or both zero");
  }
  return {};
}

}  // namespace linnet::graph
