// Blocks of memory that are in use at some times, put at offsets so that the whole needs few bytes. Knows nothing of
// networks. Host only; pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace linnet::plan {

inline constexpr size_t kAlignmentBytes = 4;  // of every block: kernels read whole words

// Bytes that are in use from step `first` to step `last`, both included, `offset` bytes behind the block's beginning.
struct Piece {
  size_t offset = 0;
  size_t bytes = 0;
  int first = 0;
  int last = 0;
  bool operator==(const Piece&) const = default;
};

// Pieces that keep their distances: tensors that share memory. Pieces of one block may overlap each other.
struct Block {
  std::vector<Piece> pieces;
  size_t alignment = kAlignmentBytes;
};

struct Layout {
  std::vector<size_t> offsets;  // one a block, multiples of its alignment
  size_t peak_bytes = 0;        // the end of the highest piece
};

// How hard to look: kQuick is a few orders of first fit, kThorough searches all orders of few blocks and improves the order
// of many.
enum class Effort { kQuick, kThorough };

// Pieces of two blocks that are ever in use together never overlap. Never below LowerBoundBytes. Deterministic.
Layout PlaceBlocks(std::span<const Block> blocks, Effort effort = Effort::kThorough);

// The most bytes in use at any one step: no layout of these blocks can be smaller.
size_t LowerBoundBytes(std::span<const Block> blocks);

}  // namespace linnet::plan
