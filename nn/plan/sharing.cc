#include "sharing.h"

#include <algorithm>

namespace linnet::plan {

using graph::TensorId;

Sharing::Sharing(const Lifetimes& lifetimes, std::span<const LayerUse> layers, std::span<const size_t> order,
                 std::span<const Sharable> sharables)
    : lifetimes_(lifetimes), layers_(layers), order_(order), copies_(lifetimes.size()), members_(lifetimes.size()) {
  for (size_t t = 0; t < lifetimes.size(); ++t) {
    if (!lifetimes[t]) continue;
    members_[t] = {static_cast<int>(groups_.size()), 0};
    groups_.push_back({static_cast<TensorId>(t)});
  }
  for (const Sharable& pair : sharables) {
    if (!pair.copies) continue;
    copies_[static_cast<size_t>(pair.operand)].push_back(pair);
    copies_[static_cast<size_t>(pair.output)].push_back(pair);
  }
}

bool Sharing::Accept(const Sharable& pair) {
  const Member from = member(pair.operand), to = member(pair.output);
  const int64_t shift = from.offset + pair.distance - to.offset;  // of the output's whole group
  if (from.group == to.group) return shift == 0;
  auto& kept = groups_[static_cast<size_t>(from.group)];
  auto& moved = groups_[static_cast<size_t>(to.group)];
  for (const TensorId id : moved) member(id) = {from.group, member(id).offset + shift};
  const bool sound = std::ranges::all_of(
      moved, [&](TensorId a) { return std::ranges::all_of(kept, [&](TensorId b) { return Compatible(a, b); }); });
  if (!sound) {
    for (const TensorId id : moved) member(id) = {to.group, member(id).offset - shift};
    return false;
  }
  kept.insert(kept.end(), moved.begin(), moved.end());
  moved.clear();
  return true;
}

bool Sharing::Compatible(TensorId a, TensorId b) const {
  const int64_t distance = member(a).offset - member(b).offset;
  if (distance % static_cast<int64_t>(std::max(life(a).alignment, life(b).alignment)) != 0) return false;
  const int64_t from = std::max(member(a).offset, member(b).offset);
  const int64_t to = std::min(member(a).offset + static_cast<int64_t>(life(a).bytes),
                              member(b).offset + static_cast<int64_t>(life(b).bytes));
  if (from >= to || life(a).first > life(b).last || life(b).first > life(a).last) return true;
  return ComputedInPlace(a, b) || ComputedInPlace(b, a) || SameBytes(a, b, from, to);
}

bool Sharing::ComputedInPlace(TensorId operand, TensorId output) const {
  const int step = life(output).maker;
  if (step < 0 || life(operand).last != step) return false;
  const LayerUse& layer = layers_[order_[static_cast<size_t>(step)]];
  const int64_t lead = member(operand).offset - member(output).offset;
  bool reads = false;
  for (size_t i = 0; i < layer.operands.size(); ++i) {  // every time it is read, should it be read twice
    if (layer.operands[i] != operand) continue;
    reads = true;
    const bool allowed = std::ranges::any_of(layer.in_place, [&](const InPlace& over) {
      return over.operand == i && static_cast<int64_t>(over.lead_bytes) == lead;
    });
    if (!allowed) return false;
  }
  return reads;
}

// A way from a to b over views and parts that all hold the bytes from..to and stand where they may share.
bool Sharing::SameBytes(TensorId a, TensorId b, int64_t from, int64_t to) const {
  std::vector<TensorId> reached = {a};
  for (size_t next = 0; next < reached.size(); ++next) {
    for (const Sharable& pair : copies_[static_cast<size_t>(reached[next])]) {
      const TensorId other = pair.operand == reached[next] ? pair.output : pair.operand;
      const Member &operand = member(pair.operand), &output = member(pair.output);
      if (operand.group != output.group || output.offset - operand.offset != pair.distance) continue;
      if (other == b) return true;
      const bool holds_all =
          member(other).offset <= from && to <= member(other).offset + static_cast<int64_t>(life(other).bytes);
      if (holds_all && std::ranges::find(reached, other) == reached.end()) reached.push_back(other);
    }
  }
  return false;
}

Sharing::Blocks Sharing::Result() const {
  Blocks result{.blocks = {},
                .block_of = std::vector<int>(members_.size(), -1),
                .offset_in_block = std::vector<size_t>(members_.size(), 0)};
  for (const auto& group : groups_) {
    if (group.empty()) continue;
    int64_t lowest = member(group[0]).offset;
    for (const TensorId id : group) lowest = std::min(lowest, member(id).offset);
    Block block;
    for (const TensorId id : group) {
      const auto at = static_cast<size_t>(id);
      result.block_of[at] = static_cast<int>(result.blocks.size());
      result.offset_in_block[at] = static_cast<size_t>(member(id).offset - lowest);
      block.alignment = std::max(block.alignment, life(id).alignment);
      block.pieces.push_back({result.offset_in_block[at], life(id).bytes, life(id).first, life(id).last});
    }
    result.blocks.push_back(std::move(block));
  }
  return result;
}

}  // namespace linnet::plan
