// From ranges to a scale and zero point for every tensor.
#pragma once

#include <utility>
#include <vector>

#include "ranges.h"

namespace linnet::quantize {

struct Scale {
  float scale = 1;
  int32_t zero_point = 0;
  bool operator==(const Scale&) const = default;
};

// 255 steps over the range, zero on one of them.
Scale ChooseScale(Range range);

// By tensor. Tensors that should share a scale do, but for operands of a concatenation, maximum or minimum that have a scale of
// their own (sigmoid and its kind) while others don't.
std::vector<Scale> ChooseScales(const graph::Graph& graph, const std::vector<Range>& ranges);

// Whether the layer's inputs and output have one scale: it only moves, chooses or averages numbers.
bool SharesScale(graph::OpKind op);

}  // namespace linnet::quantize
