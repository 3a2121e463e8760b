#pragma once

#include <vector>

#include "linnet/quantize/quantize.h"
#include "ranges.h"

namespace linnet::quantize {

// Runs both graphs, whose tensors have the same ids, on the first `count` inputs and compares layer by layer.
Outcome<std::vector<LayerError>> MeasureErrors(const graph::Graph& real, const graph::Graph& int8,
                                               const std::vector<Range>& ranges, const Calibration& calibration,
                                               size_t count);

}  // namespace linnet::quantize
