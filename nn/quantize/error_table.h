#pragma once

#include <vector>

#include "linnet/quantize/quantize.h"
#include "ranges.h"

namespace linnet::quantize {

// Runs both graphs on the first `count` inputs and compares layer by layer. Tensors of `real` have the same ids in `int8`, which
// may have more.
Outcome<std::vector<LayerError>> MeasureErrors(const graph::Graph& real, const graph::Graph& int8,
                                               const std::vector<Range>& ranges, const Calibration& calibration,
                                               size_t count);

}  // namespace linnet::quantize
