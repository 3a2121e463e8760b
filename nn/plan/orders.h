// Other orders in which the layers of a network may run. Private to nn/plan.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "linnet/plan/plan.h"

namespace linnet::plan {

// What each layer waits for: positions of layers.
using Dependencies = std::vector<std::vector<size_t>>;
Dependencies FindDependencies(std::span<const LayerUse> layers);

// The order that costs least of those tried, the given one where no other is better. Few orders are all tried, of many those
// that moving one layer reaches, again and again. Deterministic.
std::vector<size_t> CheapestOrder(const Dependencies& dependencies,
                                  const std::function<size_t(const std::vector<size_t>&)>& cost);

}  // namespace linnet::plan
