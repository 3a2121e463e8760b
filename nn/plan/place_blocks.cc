#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

#include "linnet/plan/plan.h"

namespace linnet::plan {
namespace {

size_t Aligned(size_t bytes) { return (bytes + kAlignmentBytes - 1) / kAlignmentBytes * kAlignmentBytes; }

bool Meet(const Block& a, const Block& b) { return a.first <= b.last && b.first <= a.last; }

// The smallest key first; equal keys by index, so that every standard library gives the same order.
template <typename Key>
void SortBy(std::vector<size_t>& order, Key key) {
  std::ranges::sort(order, [&](size_t a, size_t b) { return std::pair(key(a), a) < std::pair(key(b), b); });
}

// Places blocks in `order`, each at the lowest gap between those it meets.
Layout FirstFit(std::span<const Block> blocks, const std::vector<size_t>& order) {
  Layout layout{.offsets = std::vector<size_t>(blocks.size())};
  std::vector<size_t> placed;
  for (const size_t i : order) {
    std::vector<std::pair<size_t, size_t>> taken;  // offset, end
    for (const size_t j : placed) {
      if (Meet(blocks[i], blocks[j]))
        taken.emplace_back(layout.offsets[j], layout.offsets[j] + Aligned(blocks[j].bytes));
    }
    std::ranges::sort(taken);
    size_t offset = 0;
    for (const auto& [from, to] : taken) {
      if (offset + Aligned(blocks[i].bytes) <= from) break;
      offset = std::max(offset, to);
    }
    layout.offsets[i] = offset;
    layout.peak_bytes = std::max(layout.peak_bytes, offset + Aligned(blocks[i].bytes));
    placed.push_back(i);
  }
  return layout;
}

// Blocks in the order of their births, each second one hung from `ceiling`: neighbours in a chain stand at opposite ends.
// Empty if two that meet would overlap.
Layout OppositeEnds(std::span<const Block> blocks, std::vector<size_t> order, size_t ceiling) {
  SortBy(order, [&](size_t i) { return blocks[i].first; });
  Layout layout{.offsets = std::vector<size_t>(blocks.size()), .peak_bytes = ceiling};
  bool top = false;
  for (const size_t i : order) {
    layout.offsets[i] = top ? ceiling - Aligned(blocks[i].bytes) : 0;
    top = !top;
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const bool apart = layout.offsets[i] + Aligned(blocks[i].bytes) <= layout.offsets[j] ||
                         layout.offsets[j] + Aligned(blocks[j].bytes) <= layout.offsets[i];
      if (Meet(blocks[i], blocks[j]) && !apart) return {};
    }
  }
  return layout;
}

}  // namespace

size_t LowerBoundBytes(std::span<const Block> blocks) {
  size_t most = 0;
  for (const Block& at : blocks) {  // the peak falls on some block's birth
    size_t live = 0;
    for (const Block& b : blocks) {
      if (b.first <= at.first && at.first <= b.last) live += Aligned(b.bytes);
    }
    most = std::max(most, live);
  }
  return most;
}

Layout PlaceBlocks(std::span<const Block> blocks) {
  const size_t bound = LowerBoundBytes(blocks);
  std::vector<size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), size_t{0});

  Layout best = OppositeEnds(blocks, order, bound);
  if (!best.offsets.empty() || blocks.empty()) return best;

  const auto consider = [&](Layout layout) {
    if (best.offsets.empty() || layout.peak_bytes < best.peak_bytes) best = std::move(layout);
    return best.peak_bytes == bound;
  };
  auto by_birth = order;
  SortBy(by_birth, [&](size_t i) { return blocks[i].first; });
  auto by_size = order;
  SortBy(by_size, [&](size_t i) { return std::pair(-static_cast<int64_t>(blocks[i].bytes), blocks[i].first); });
  auto by_area = order;
  SortBy(by_area,
         [&](size_t i) { return -static_cast<int64_t>(blocks[i].bytes) * (blocks[i].last - blocks[i].first + 1); });
  if (consider(FirstFit(blocks, by_size)) || consider(FirstFit(blocks, by_birth)) ||
      consider(FirstFit(blocks, by_area))) {
    return best;
  }
  // Swaps in the order by size, kept when they help: a fixed generator, so that a build repeats.
  auto current = by_size;
  uint32_t state = 1;
  const auto next = [&state, &blocks] {
    state = state * 1664525U + 1013904223U;
    return (state >> 8) % blocks.size();
  };
  for (int round = 0; round < 300; ++round) {
    auto candidate = current;
    std::swap(candidate[next()], candidate[next()]);
    Layout layout = FirstFit(blocks, candidate);
    if (layout.peak_bytes > best.peak_bytes) continue;
    current = std::move(candidate);
    if (consider(std::move(layout))) break;
  }
  return best;
}

}  // namespace linnet::plan
