// Where every tensor of a network lives. The network's input and output are the caller's buffers, constants stay in
// flash; everything else gets an exact offset in one arena. Host only; pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"

namespace linnet::plan {

inline constexpr size_t kAlignmentBytes = 4;  // of every block: kernels read whole words

// A block of memory that is in use from node `first` to node `last`, both included.
struct Block {
  size_t bytes = 0;
  int first = 0;
  int last = 0;
  bool operator==(const Block&) const = default;
};

struct Layout {
  std::vector<size_t> offsets;  // one a block, multiples of kAlignmentBytes
  size_t peak_bytes = 0;        // the end of the highest block
};

// Two blocks that are ever in use together never overlap. Never below LowerBoundBytes; equal to it for chains of blocks where
// each meets only its neighbours. Deterministic.
Layout PlaceBlocks(std::span<const Block> blocks);

// The most bytes in use at any one node: no layout can be smaller.
size_t LowerBoundBytes(std::span<const Block> blocks);

enum class Home { kNone, kFlash, kInput, kOutput, kArena };

struct Place {
  Home home = Home::kNone;
  size_t offset_bytes = 0;  // in the arena
  bool operator==(const Place&) const = default;
};

struct Plan {
  std::vector<Place> tensors;  // by TensorId; tensors that share memory (reshape, in-place relu) have the same place
  std::vector<Place> scratch;  // by node; kNone where the node needs none
  std::vector<size_t> live_bytes;  // by node: what it and all waiting tensors hold in the arena
  size_t arena_bytes = 0;          // multiple of 8
};

// `scratch_bytes` gives the working memory of each node (as many entries as nodes).
// REQUIRES: the graph passes graph::Verify and has one input and one output.
//   kInvalidArgument: more than one input or output, a tensor of unknown size, an output that no layer makes; the message names it
Outcome<Plan> PlanArena(const graph::Graph& graph, std::span<const size_t> scratch_bytes);

// True where `node` computes its output in the memory of its first input when that input is not needed later.
bool WorksInPlace(graph::OpKind op);

}  // namespace linnet::plan
