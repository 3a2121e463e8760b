#include <algorithm>
#include <cstdint>
#include <numeric>

#include "linnet/plan/plan.h"
#include "orders.h"
#include "sharing.h"

namespace linnet::plan {
namespace {

using graph::Graph;
using graph::TensorId;

size_t RoundUp(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

// One way to run a network: an order of the layers and who shares with whom.
struct Candidate {
  std::vector<size_t> order = {};
  std::vector<bool> refused = {};  // by sharable pair: not tried
  Sharing::Blocks blocks = {};     // those of the tensors, then those of the working memory
  std::vector<int> scratch_block = {};
  Layout layout = {};
};

class Planner {
 public:
  Planner(const Graph& graph, std::span<const LayerUse> layers) : graph_(graph), layers_(layers) {
    for (const LayerUse& layer : layers) {
      scratch_bytes_.push_back(layer.scratch_bytes);
      state_bytes_ += RoundUp(layer.state_bytes, kAlignmentBytes);
    }
    state_bytes_ = RoundUp(state_bytes_, 8);
  }

  Outcome<Plan> Run() {
    Candidate best;
    best.order.resize(layers_.size());
    std::iota(best.order.begin(), best.order.end(), size_t{0});
    if (auto done = Evaluate(best, Effort::kQuick); !done) return std::unexpected(done.error());
    best.order = CheapestOrder(FindDependencies(layers_), [&](const std::vector<size_t>& order) {
      Candidate other{.order = order};
      return Evaluate(other, Effort::kQuick) ? other.layout.peak_bytes : SIZE_MAX;
    });
    if (auto done = Evaluate(best, Effort::kQuick); !done) return std::unexpected(done.error());
    if (auto done = RefuseWhatHurts(best); !done) return std::unexpected(done.error());
    if (auto done = Evaluate(best, Effort::kThorough); !done) return std::unexpected(done.error());
    std::vector<bool> wide(layers_.size());
    if (auto done = GrantWishes(best, wide); !done) return std::unexpected(done.error());
    return Finish(best, wide);
  }

 private:
  // Shares all that may be shared and is not refused, then places.
  Outcome<void> Evaluate(Candidate& c, Effort effort) const {
    LINNET_ASSIGN(const Lifetimes lives, FindLifetimes(graph_, layers_, c.order));
    const std::vector<Sharable> pairs = FindSharables(graph_, layers_, lives);
    c.refused.resize(pairs.size());
    Sharing sharing(lives, layers_, c.order, pairs);
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (!c.refused[i]) sharing.Accept(pairs[i]);
    }
    c.blocks = sharing.Result();
    c.scratch_block.assign(layers_.size(), -1);
    for (size_t step = 0; step < c.order.size(); ++step) {
      const size_t bytes = scratch_bytes_[c.order[step]];
      if (bytes == 0) continue;
      c.scratch_block[step] = static_cast<int>(c.blocks.blocks.size());
      const int at = static_cast<int>(step);
      c.blocks.blocks.push_back({.pieces = {{0, bytes, at, at}}});
    }
    c.layout = PlaceBlocks(c.blocks.blocks, effort);
    return {};
  }

  // Sharing ties tensors to one another; where that makes the arena larger the tie is cut. Of few pairs all choices are tried;
  // of many the one change that helps most, again and again, from nothing cut and from all but views cut.
  Outcome<void> RefuseWhatHurts(Candidate& best) const {
    constexpr size_t kFew = 6;
    const size_t pairs = best.refused.size();
    for (size_t choice = 1; pairs <= kFew && choice < (size_t{1} << pairs); ++choice) {
      std::vector<bool> refused(pairs);
      for (size_t i = 0; i < pairs; ++i) refused[i] = (choice >> i) % 2 != 0;
      if (auto done = Consider(refused, best); !done) return done;
    }
    if (pairs <= kFew) return {};
    Candidate cut = best;
    LINNET_ASSIGN(const Lifetimes lives, FindLifetimes(graph_, layers_, best.order));
    const std::vector<Sharable> sharables = FindSharables(graph_, layers_, lives);
    for (size_t i = 0; i < pairs; ++i) cut.refused[i] = !sharables[i].copies;
    if (auto done = Evaluate(cut, Effort::kQuick); !done) return done;
    for (Candidate* start : {&best, &cut}) {
      if (auto done = Descend(*start); !done) return done;
    }
    if (cut.layout.peak_bytes < best.layout.peak_bytes) best = std::move(cut);
    return {};
  }

  Outcome<void> Consider(const std::vector<bool>& refused, Candidate& best) const {
    Candidate other = best;
    other.refused = refused;
    if (auto done = Evaluate(other, Effort::kQuick); !done) return done;
    if (other.layout.peak_bytes < best.layout.peak_bytes) best = std::move(other);
    return {};
  }

  // Refuses or accepts the one pair whose change helps most, as long as one does.
  Outcome<void> Descend(Candidate& current) const {
    size_t tries = kTriesMax;
    while (true) {
      Candidate best = current;
      for (size_t i = 0; i < current.refused.size() && tries > 0; ++i, --tries) {
        std::vector<bool> refused = current.refused;
        refused[i] = !refused[i];
        if (auto done = Consider(refused, best); !done) return done;
      }
      if (best.layout.peak_bytes >= current.layout.peak_bytes) return {};
      current = std::move(best);
    }
  }

  Outcome<void> GrantWishes(Candidate& best, std::vector<bool>& wide) {
    for (size_t step = 0; step < best.order.size(); ++step) {
      const LayerUse& layer = layers_[best.order[step]];
      if (layer.wide_scratch_bytes <= layer.scratch_bytes) continue;
      Candidate other = best;
      scratch_bytes_[best.order[step]] = layer.wide_scratch_bytes;
      if (auto done = Evaluate(other, Effort::kThorough); !done) return done;
      if (RoundUp(other.layout.peak_bytes, 8) <= RoundUp(best.layout.peak_bytes, 8)) {
        best = std::move(other);
        wide[step] = true;
      } else {
        scratch_bytes_[best.order[step]] = layer.scratch_bytes;
      }
    }
    return {};
  }

  Outcome<Plan> Finish(const Candidate& c, const std::vector<bool>& wide) const {
    LINNET_ASSIGN(const Lifetimes lives, FindLifetimes(graph_, layers_, c.order));
    Plan plan;
    plan.order = c.order;
    plan.wide = wide;
    plan.tensors.resize(graph_.tensors.size());
    plan.scratch.resize(layers_.size());
    plan.state.resize(layers_.size());
    plan.state_bytes = state_bytes_;
    plan.arena_bytes = RoundUp(state_bytes_ + c.layout.peak_bytes, 8);
    PlaceStates(plan);
    PlaceTensors(c, lives, plan);
    PlaceScratch(c, plan);
    std::ranges::stable_sort(plan.holdings, {}, [](const Holding& h) { return std::pair(h.offset_bytes, h.first); });
    for (int step = -1; step <= static_cast<int>(layers_.size()); ++step) {
      const size_t live = LiveBytes(plan, step);
      plan.lower_bound_bytes = std::max(plan.lower_bound_bytes, live);
      if (step < 0 || step == static_cast<int>(layers_.size())) continue;
      plan.live_bytes.push_back(live);
      plan.layer_names.push_back(layers_[c.order[static_cast<size_t>(step)]].name);
    }
    return plan;
  }

  void PlaceStates(Plan& plan) const {
    size_t offset = 0;
    for (size_t step = 0; step < plan.order.size(); ++step) {
      const LayerUse& layer = layers_[plan.order[step]];
      if (layer.state_bytes == 0) continue;
      plan.state[step] = {Home::kArena, offset};
      plan.holdings.push_back(
          {Role::kState, layer.name, offset, layer.state_bytes, -1, static_cast<int>(layers_.size())});
      offset += RoundUp(layer.state_bytes, kAlignmentBytes);
    }
  }

  void PlaceTensors(const Candidate& c, const Lifetimes& lives, Plan& plan) const {
    const auto stands_in = [](const std::vector<TensorId>& list, TensorId id) {
      return std::ranges::find(list, id) != list.end();
    };
    for (size_t t = 0; t < graph_.tensors.size(); ++t) {
      const auto id = static_cast<TensorId>(t);
      if (graph_.tensors[t].constant) plan.tensors[t].home = Home::kFlash;
      if (c.blocks.block_of[t] < 0) continue;
      const size_t offset =
          state_bytes_ + c.layout.offsets[static_cast<size_t>(c.blocks.block_of[t])] + c.blocks.offset_in_block[t];
      plan.tensors[t] = {Home::kArena, offset};
      const Role role = stands_in(graph_.inputs, id)    ? Role::kInput
                        : stands_in(graph_.outputs, id) ? Role::kOutput
                                                        : Role::kTensor;
      plan.holdings.push_back({role, graph_.tensors[t].name, offset, lives[t]->bytes, lives[t]->first, lives[t]->last});
    }
  }

  void PlaceScratch(const Candidate& c, Plan& plan) const {
    for (size_t step = 0; step < layers_.size(); ++step) {
      if (c.scratch_block[step] < 0) continue;
      const size_t offset = state_bytes_ + c.layout.offsets[static_cast<size_t>(c.scratch_block[step])];
      plan.scratch[step] = {Home::kArena, offset};
      const int at = static_cast<int>(step);
      plan.holdings.push_back(
          {Role::kScratch, layers_[plan.order[step]].name, offset, scratch_bytes_[plan.order[step]], at, at});
    }
  }

  // `holdings` stand by offset: what two hold together counts once.
  static size_t LiveBytes(const Plan& plan, int step) {
    size_t live = 0, end = 0;
    for (const Holding& h : plan.holdings) {
      if (step < h.first || h.last < step) continue;
      const size_t to = h.offset_bytes + RoundUp(h.bytes, kAlignmentBytes);
      if (to > end) live += to - std::max(h.offset_bytes, end);
      end = std::max(end, to);
    }
    return live;
  }

  static constexpr size_t kTriesMax = 1500;
  const Graph& graph_;
  std::span<const LayerUse> layers_;
  std::vector<size_t> scratch_bytes_;  // by layer
  size_t state_bytes_ = 0;
};

}  // namespace

Outcome<Plan> PlanArena(const Graph& graph, std::span<const LayerUse> layers) { return Planner(graph, layers).Run(); }

}  // namespace linnet::plan
