// Which row or column of the input a kResizeNearest reads, as TensorFlow Lite chooses it. Host only; pure.
#pragma once

#include <cstdint>

#include "linnet/graph/graph.h"

namespace linnet::graph {

// REQUIRES: 0 <= out < out_extent; extents 1 or more, below 2^24.
int64_t NearestSource(int64_t out, int64_t in_extent, int64_t out_extent, const ResizeAttributes& attributes);

}  // namespace linnet::graph
