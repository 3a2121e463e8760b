// From calibration to a scale and zero point for every tensor.
#pragma once

#include <optional>
#include <vector>

#include "linnet/quantize/quantize.h"

namespace linnet::quantize {

struct Range {
  float min = 0;  // zero is always inside
  float max = 0;
  void Include(float value) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
};

struct Scale {
  float scale = 1;
  int32_t zero_point = 0;
};

// 255 steps over the range, zero on one of them.
Scale ChooseScale(Range range);

// By tensor: what it reached over all calibration inputs; constants over their elements.
Outcome<std::vector<Range>> MeasureRanges(const graph::Graph& graph, const Calibration& calibration);

// By tensor, shared among tensors that must share. kUnimplemented: two demands on one scale can't both be met.
Outcome<std::vector<Scale>> ChooseScales(const graph::Graph& graph, const std::vector<Range>& ranges);

}  // namespace linnet::quantize
