#include "linnet/plan/place.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <ranges>

#include <gtest/gtest.h>

namespace linnet::plan {
namespace {

Block Simple(size_t bytes, int first, int last) { return {.pieces = {{0, bytes, first, last}}}; }

size_t RoundUp(size_t bytes) { return (bytes + 3) / 4 * 4; }

void ExpectApart(std::span<const Block> blocks, const Layout& layout) {
  for (size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(layout.offsets[i] % blocks[i].alignment, 0U);
    for (const Piece& a : blocks[i].pieces) {
      const size_t at_a = layout.offsets[i] + a.offset;
      EXPECT_LE(at_a + a.bytes, layout.peak_bytes);
      for (size_t j = 0; j < i; ++j) {
        for (const Piece& b : blocks[j].pieces) {
          if (a.first > b.last || b.first > a.last) continue;
          const size_t at_b = layout.offsets[j] + b.offset;
          EXPECT_TRUE(at_a + a.bytes <= at_b || at_b + b.bytes <= at_a) << i << " and " << j;
        }
      }
    }
  }
}

// The best there is, by trying every multiple of 4 for each block. Small cases alone.
size_t BruteForce(std::span<const Block> blocks, std::vector<size_t>& offsets, size_t best) {
  size_t peak = 0;
  for (size_t i = 0; i < offsets.size(); ++i) peak = std::max(peak, offsets[i] + RoundUp(blocks[i].pieces[0].bytes));
  if (peak >= best) return best;
  const size_t i = offsets.size();
  if (i == blocks.size()) return peak;
  const Piece& a = blocks[i].pieces[0];
  for (size_t at = 0; at + RoundUp(a.bytes) < best; at += 4) {
    const bool free = std::ranges::all_of(std::views::iota(size_t{0}, i), [&](size_t j) {
      const Piece& b = blocks[j].pieces[0];
      return a.first > b.last || b.first > a.last || at + RoundUp(a.bytes) <= offsets[j] ||
             offsets[j] + RoundUp(b.bytes) <= at;
    });
    if (!free) continue;
    offsets.push_back(at);
    best = BruteForce(blocks, offsets, best);
    offsets.pop_back();
  }
  return best;
}

TEST(PlaceBlocks, FewBlocksStandAsWellAsTheyCan) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    std::vector<Block> blocks(2 + rng() % 6);
    for (Block& b : blocks) {
      const int first = static_cast<int>(rng() % 6);
      b = Simple(1 + rng() % 24, first, first + static_cast<int>(rng() % 4));
    }
    const Layout layout = PlaceBlocks(blocks);
    ExpectApart(blocks, layout);
    std::vector<size_t> offsets;
    EXPECT_EQ(layout.peak_bytes, BruteForce(blocks, offsets, layout.peak_bytes + 4));
  }
}

TEST(PlaceBlocks, RandomBlocksNeverOverlap) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    std::vector<Block> blocks(1 + rng() % 25);
    for (Block& b : blocks) {
      const size_t pieces = 1 + rng() % 3;
      int step = static_cast<int>(rng() % 20);
      for (size_t p = 0; p < pieces; ++p) {
        const int last = step + static_cast<int>(rng() % 4);
        b.pieces.push_back({rng() % 3 * 4, 1 + rng() % 5000, step, last});
        step = last;
      }
      if (rng() % 5 == 0) b.alignment = 8;
    }
    const Layout layout = PlaceBlocks(blocks);
    ExpectApart(blocks, layout);
    EXPECT_GE(layout.peak_bytes, LowerBoundBytes(blocks));
    EXPECT_LE(layout.peak_bytes, LowerBoundBytes(blocks) * 3 / 2 + 64);
  }
}

TEST(PlaceBlocks, ChainsReachTheLowerBound) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    std::vector<Block> blocks(1 + rng() % 20);
    for (size_t i = 0; i < blocks.size(); ++i)
      blocks[i] = Simple(1 + rng() % 9000, static_cast<int>(i), static_cast<int>(i) + 1);
    const Layout layout = PlaceBlocks(blocks);
    ExpectApart(blocks, layout);
    EXPECT_EQ(layout.peak_bytes, LowerBoundBytes(blocks));
  }
}

TEST(LowerBoundBytes, BytesThatPiecesHaveInCommonCountOnce) {
  const Block grows = {.pieces = {{0, 100, 0, 1}, {0, 300, 1, 2}}};
  EXPECT_EQ(LowerBoundBytes(std::vector{grows}), 300U);
  EXPECT_EQ(LowerBoundBytes(std::vector{grows, Simple(50, 1, 1)}), 352U);
  EXPECT_EQ(LowerBoundBytes({}), 0U);
}

// What lies above the first piece of a growing block is free until it grows.
TEST(PlaceBlocks, UsesTheRoomThatABlockNeedsLaterAlone) {
  const std::vector<Block> blocks = {{.pieces = {{0, 100, 0, 1}, {0, 300, 1, 2}}}, Simple(200, 0, 0)};
  EXPECT_EQ(PlaceBlocks(blocks).peak_bytes, 300U);
}

TEST(PlaceBlocks, NothingNeedsNothing) { EXPECT_EQ(PlaceBlocks({}).peak_bytes, 0U); }

}  // namespace
}  // namespace linnet::plan
