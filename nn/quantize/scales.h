// From ranges to a scale and zero point for every tensor.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "ranges.h"

namespace linnet::quantize {

struct Scale {
  float scale = 1;
  int32_t zero_point = 0;
  bool learned = false;  // in training
  bool operator==(const Scale& other) const { return scale == other.scale && zero_point == other.zero_point; }
};

// 255 steps over the range, zero on one of them.
Scale ChooseScale(Range range);

// By tensor, as far as no calibration is needed: what operators fix (softmax and its kind), then what training learned. Tensors
// that should share a scale do, but for those that have different ones already, and operands of a concatenation, maximum or
// minimum that have a scale of their own while others don't.
std::vector<std::optional<Scale>> KnownScales(const graph::Graph& graph);

// By tensor; where none is known from the range of those that should share it.
std::vector<Scale> ChooseScales(const graph::Graph& graph, const std::vector<Range>& ranges);

// Whether the layer's inputs and output have one scale: it only moves, chooses or averages numbers.
bool SharesScale(graph::OpKind op);

}  // namespace linnet::quantize
