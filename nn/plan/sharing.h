// Which tensors share memory, and at what distance. Private to nn/plan.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "linnet/plan/plan.h"

namespace linnet::plan {

// A tensor that lives in the arena: from the step that makes it to the one that reads it last.
struct Lifetime {
  size_t bytes = 0;
  size_t alignment = kAlignmentBytes;
  int first = 0;
  int last = 0;
  int maker = -1;  // step of the layer that writes it; -1 for inputs
};
// By TensorId; nothing for constants and for tensors that no layer touches.
using Lifetimes = std::vector<std::optional<Lifetime>>;

// `order` gives the layers' positions by step.
//   kInvalidArgument: a tensor of unknown size, or one that nothing makes
Outcome<Lifetimes> FindLifetimes(const graph::Graph& graph, std::span<const LayerUse> layers,
                                 std::span<const size_t> order);

// A pair of tensors that a layer allows to share: `output` may begin `distance` bytes behind `operand`.
struct Sharable {
  graph::TensorId operand = graph::kNoTensor;
  graph::TensorId output = graph::kNoTensor;
  int64_t distance = 0;
  bool copies = false;  // the bytes in common are equal: a view, or a part of a concatenation
};
// In the order of the layers; views first, then in place, then parts.
std::vector<Sharable> FindSharables(const graph::Graph& graph, std::span<const LayerUse> layers,
                                    const Lifetimes& lifetimes);

// Groups of tensors at fixed distances. Each accepted pair keeps the rule: two tensors whose bytes and lifetimes meet hold
// the same bytes there, or one is computed in the place of the other.
class Sharing {
 public:
  Sharing(const Lifetimes& lifetimes, std::span<const LayerUse> layers, std::span<const size_t> order,
          std::span<const Sharable> sharables);

  // False, and nothing changes, where the rule or the alignment would break.
  bool Accept(const Sharable& pair);

  // One block a group, offsets from 0; `block_of` and `offset_in_block` by TensorId, -1 where the tensor has no memory.
  struct Blocks {
    std::vector<Block> blocks;
    std::vector<int> block_of;
    std::vector<size_t> offset_in_block;
  };
  Blocks Result() const;

 private:
  struct Member {
    int group = -1;
    int64_t offset = 0;
  };
  Member& member(graph::TensorId id) { return members_[static_cast<size_t>(id)]; }
  const Member& member(graph::TensorId id) const { return members_[static_cast<size_t>(id)]; }
  const Lifetime& life(graph::TensorId id) const { return *lifetimes_[static_cast<size_t>(id)]; }
  bool Compatible(graph::TensorId a, graph::TensorId b) const;
  bool ComputedInPlace(graph::TensorId operand, graph::TensorId output) const;
  bool SameBytes(graph::TensorId a, graph::TensorId b, int64_t from, int64_t to) const;

  const Lifetimes& lifetimes_;
  std::span<const LayerUse> layers_;
  std::span<const size_t> order_;
  std::vector<std::vector<Sharable>> copies_;  // by TensorId: the pairs with equal bytes it is in
  std::vector<Member> members_;
  std::vector<std::vector<graph::TensorId>> groups_;
};

}  // namespace linnet::plan
