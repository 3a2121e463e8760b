#include "orders.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace linnet::plan {
namespace {

constexpr int kTriesMax = 400;

bool WaitsFor(const Dependencies& dependencies, size_t layer, size_t other) {
  return std::ranges::find(dependencies[layer], other) != dependencies[layer].end();
}

// Layers one after the other: nothing can change places with its neighbour.
bool IsChain(const Dependencies& dependencies) {
  for (size_t i = 1; i < dependencies.size(); ++i) {
    if (!WaitsFor(dependencies, i, i - 1)) return false;
  }
  return true;
}

class Search {
 public:
  Search(const Dependencies& dependencies, const std::function<size_t(const std::vector<size_t>&)>& cost)
      : dependencies_(dependencies), cost_(cost), best_(dependencies.size()) {
    std::iota(best_.begin(), best_.end(), size_t{0});
    least_ = cost_(best_);
  }

  std::vector<size_t> Run() {
    if (IsChain(dependencies_)) return best_;
    const std::vector<size_t> given = best_;
    std::vector<size_t> order;
    std::vector<bool> done(dependencies_.size());
    if (!TryAll(order, done)) {
      tries_ = 0;
      best_ = given;
      least_ = cost_(given);
      while (Improved()) {
      }
    }
    return best_;
  }

 private:
  bool Try(const std::vector<size_t>& order) {
    ++tries_;
    const size_t cost = cost_(order);
    if (cost >= least_) return false;
    least_ = cost;
    best_ = order;
    return true;
  }

  // False when there are too many.
  bool TryAll(std::vector<size_t>& order, std::vector<bool>& done) {
    if (order.size() == dependencies_.size()) {
      Try(order);
      return tries_ <= kTriesMax;
    }
    for (size_t i = 0; i < dependencies_.size(); ++i) {
      const bool ready = !done[i] && std::ranges::all_of(dependencies_[i], [&](size_t d) { return done[d]; });
      if (!ready) continue;
      done[i] = true;
      order.push_back(i);
      const bool few = TryAll(order, done);
      order.pop_back();
      done[i] = false;
      if (!few) return false;
    }
    return true;
  }

  // Moves one layer to an earlier or later step, the first time that it helps.
  bool Improved() {
    for (size_t from = 0; from < best_.size(); ++from) {
      std::vector<size_t> order = best_;
      for (size_t at = from; at > 0 && !WaitsFor(dependencies_, order[at], order[at - 1]); --at) {
        std::swap(order[at], order[at - 1]);
        if (tries_ >= kTriesMax) return false;
        if (Try(order)) return true;
      }
      order = best_;
      for (size_t at = from; at + 1 < order.size() && !WaitsFor(dependencies_, order[at + 1], order[at]); ++at) {
        std::swap(order[at], order[at + 1]);
        if (tries_ >= kTriesMax) return false;
        if (Try(order)) return true;
      }
    }
    return false;
  }

  const Dependencies& dependencies_;
  const std::function<size_t(const std::vector<size_t>&)>& cost_;
  std::vector<size_t> best_;
  size_t least_ = 0;
  int tries_ = 0;
};

}  // namespace

Dependencies FindDependencies(std::span<const LayerUse> layers) {
  std::map<graph::TensorId, size_t> makers;
  Dependencies dependencies(layers.size());
  for (size_t i = 0; i < layers.size(); ++i) {
    for (const graph::TensorId id : layers[i].operands) {
      const auto maker = makers.find(id);
      if (maker != makers.end()) dependencies[i].push_back(maker->second);
    }
    makers[layers[i].output] = i;
  }
  return dependencies;
}

std::vector<size_t> CheapestOrder(const Dependencies& dependencies,
                                  const std::function<size_t(const std::vector<size_t>&)>& cost) {
  return Search(dependencies, cost).Run();
}

}  // namespace linnet::plan
