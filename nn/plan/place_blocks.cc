#include <algorithm>
#include <cstdint>
#include <numeric>
#include <set>
#include <utility>

#include "linnet/plan/place.h"

namespace linnet::plan {
namespace {

size_t RoundUp(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }
size_t Aligned(size_t bytes) { return RoundUp(bytes, kAlignmentBytes); }

bool Meet(const Piece& a, const Piece& b) { return a.first <= b.last && b.first <= a.last; }

// From the block's beginning to the end of its highest piece.
size_t Extent(const Block& block) {
  size_t extent = 0;
  for (const Piece& p : block.pieces) extent = std::max(extent, p.offset + Aligned(p.bytes));
  return RoundUp(extent, block.alignment);
}

int Birth(const Block& block) {
  int birth = block.pieces.empty() ? 0 : block.pieces[0].first;
  for (const Piece& p : block.pieces) birth = std::min(birth, p.first);
  return birth;
}

// The smallest key first; equal keys by index, so that every standard library gives the same order.
template <typename Key>
std::vector<size_t> OrderBy(size_t count, Key key) {
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, [&](size_t a, size_t b) { return std::pair(key(a), a) < std::pair(key(b), b); });
  return order;
}

// Blocks one after the other, each at the lowest offset where it meets none of those before it.
class FirstFit {
 public:
  explicit FirstFit(std::span<const Block> blocks) : blocks_(blocks), layout_{std::vector<size_t>(blocks.size()), 0} {}

  size_t Place(size_t i) {
    std::vector<std::pair<int64_t, int64_t>> forbidden;  // the block may not begin between the two
    for (const size_t j : placed_) {
      for (const Piece& mine : blocks_[i].pieces) {
        for (const Piece& theirs : blocks_[j].pieces) {
          if (!Meet(mine, theirs)) continue;
          const auto at = static_cast<int64_t>(layout_.offsets[j] + theirs.offset);
          forbidden.emplace_back(at - static_cast<int64_t>(mine.offset + Aligned(mine.bytes)),
                                 at + static_cast<int64_t>(Aligned(theirs.bytes)) - static_cast<int64_t>(mine.offset));
        }
      }
    }
    std::ranges::sort(forbidden);
    int64_t offset = 0;
    for (const auto& [from, to] : forbidden) {
      if (offset <= from) break;
      if (offset < to) offset = static_cast<int64_t>(RoundUp(static_cast<size_t>(to), blocks_[i].alignment));
    }
    layout_.offsets[i] = static_cast<size_t>(offset);
    layout_.peak_bytes = std::max(layout_.peak_bytes, layout_.offsets[i] + Extent(blocks_[i]));
    placed_.push_back(i);
    return layout_.offsets[i];
  }
  void Undo(size_t peak_before) {
    placed_.pop_back();
    layout_.peak_bytes = peak_before;
  }
  const Layout& layout() const { return layout_; }

 private:
  std::span<const Block> blocks_;
  Layout layout_;
  std::vector<size_t> placed_;
};

Layout FitInOrder(std::span<const Block> blocks, const std::vector<size_t>& order) {
  FirstFit fit(blocks);
  for (const size_t i : order) fit.Place(i);
  return fit.layout();
}

bool Legal(std::span<const Block> blocks, const Layout& layout) {
  for (size_t i = 0; i < blocks.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      for (const Piece& a : blocks[i].pieces) {
        for (const Piece& b : blocks[j].pieces) {
          const size_t at_a = layout.offsets[i] + a.offset, at_b = layout.offsets[j] + b.offset;
          if (Meet(a, b) && at_a < at_b + Aligned(b.bytes) && at_b < at_a + Aligned(a.bytes)) return false;
        }
      }
    }
  }
  return true;
}

// Blocks in the order of their births, each second one hung from `ceiling`: neighbours in a chain stand at opposite ends.
// No offsets if two that meet would overlap.
Layout OppositeEnds(std::span<const Block> blocks, size_t ceiling, bool top) {
  Layout layout{.offsets = std::vector<size_t>(blocks.size()), .peak_bytes = ceiling};
  for (const size_t i : OrderBy(blocks.size(), [&](size_t b) { return Birth(blocks[b]); })) {
    const size_t extent = Extent(blocks[i]);
    if (extent > ceiling) return {};
    layout.offsets[i] = top ? (ceiling - extent) / blocks[i].alignment * blocks[i].alignment : 0;
    top = !top;
  }
  return Legal(blocks, layout) ? layout : Layout{};
}

// All orders of first fit in which each block stands no lower than the one before it: for blocks of one piece that contains
// the best layout there is, because in one whose offsets have the smallest sum no block can be let down.
class Search {
 public:
  Search(std::span<const Block> blocks, Layout best, size_t bound)
      : blocks_(blocks), best_(std::move(best)), bound_(bound), fit_(blocks), used_(blocks.size()) {}
  Layout Run() {
    Extend(0, 0);
    return best_;
  }

 private:
  void Extend(size_t depth, size_t lowest) {
    if (depth == blocks_.size()) {
      best_ = fit_.layout();
      return;
    }
    const size_t peak = fit_.layout().peak_bytes;
    for (size_t i = 0; i < blocks_.size(); ++i) {
      if (used_[i]) continue;
      if (best_.peak_bytes == bound_ || ++tried_ > kTriesMax) return;
      const size_t offset = fit_.Place(i);
      if (offset >= lowest && fit_.layout().peak_bytes < best_.peak_bytes) {
        used_[i] = true;
        Extend(depth + 1, offset);
        used_[i] = false;
      }
      fit_.Undo(peak);
    }
  }

  static constexpr int kTriesMax = 100'000;
  std::span<const Block> blocks_;
  Layout best_;
  size_t bound_;
  FirstFit fit_;
  std::vector<bool> used_;
  int tried_ = 0;
};

// Swaps in the order, kept when they don't hurt: a fixed generator, so that a build repeats.
Layout Improve(std::span<const Block> blocks, std::vector<size_t> order, Layout best, size_t bound) {
  constexpr int kRounds = 400;
  uint32_t state = 1;
  const auto next = [&state, &blocks] {
    state = state * 1664525U + 1013904223U;
    return (state >> 8) % blocks.size();
  };
  size_t current = FitInOrder(blocks, order).peak_bytes;
  for (int round = 0; round < kRounds && best.peak_bytes != bound; ++round) {
    auto candidate = order;
    std::swap(candidate[next()], candidate[next()]);
    Layout layout = FitInOrder(blocks, candidate);
    if (layout.peak_bytes > current) continue;
    current = layout.peak_bytes;
    order = std::move(candidate);
    if (layout.peak_bytes < best.peak_bytes) best = std::move(layout);
  }
  return best;
}

}  // namespace

size_t LowerBoundBytes(std::span<const Block> blocks) {
  std::set<int> births;  // the peak falls on one of them
  for (const Block& b : blocks) {
    for (const Piece& p : b.pieces) births.insert(p.first);
  }
  size_t most = 0;
  for (const int step : births) {
    size_t live = 0;
    for (const Block& b : blocks) {
      std::vector<std::pair<size_t, size_t>> parts;  // of the block in use: offset, end
      for (const Piece& p : b.pieces) {
        if (p.first <= step && step <= p.last) parts.emplace_back(p.offset, p.offset + Aligned(p.bytes));
      }
      std::ranges::sort(parts);
      size_t end = 0;
      for (const auto& [from, to] : parts) {
        if (to > end) live += to - std::max(from, end);
        end = std::max(end, to);
      }
    }
    most = std::max(most, live);
  }
  return most;
}

Layout PlaceBlocks(std::span<const Block> blocks, Effort effort) {
  if (blocks.empty()) return {};
  const size_t bound = LowerBoundBytes(blocks);
  Layout best;
  std::vector<size_t> best_order;
  const auto consider = [&](const std::vector<size_t>& order) {
    Layout layout = FitInOrder(blocks, order);
    if (!best.offsets.empty() && layout.peak_bytes >= best.peak_bytes) return;
    best = std::move(layout);
    best_order = order;
  };
  const auto size = [&](size_t i) { return -static_cast<int64_t>(Extent(blocks[i])); };
  const auto area = [&](size_t i) {
    int64_t sum = 0;
    for (const Piece& p : blocks[i].pieces) sum += static_cast<int64_t>(p.bytes) * (p.last - p.first + 1);
    return -sum;
  };
  consider(OrderBy(blocks.size(), [&](size_t i) { return std::pair(size(i), Birth(blocks[i])); }));
  consider(OrderBy(blocks.size(), [&](size_t i) { return Birth(blocks[i]); }));
  consider(OrderBy(blocks.size(), area));
  for (const bool top : {false, true}) {
    Layout hung = OppositeEnds(blocks, bound, top);
    if (!hung.offsets.empty() && hung.peak_bytes < best.peak_bytes) best = std::move(hung);
  }
  if (effort == Effort::kQuick || best.peak_bytes == bound) return best;
  constexpr size_t kFew = 12;
  if (blocks.size() <= kFew) return Search(blocks, std::move(best), bound).Run();
  return Improve(blocks, std::move(best_order), std::move(best), bound);
}

}  // namespace linnet::plan
