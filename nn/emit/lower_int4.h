// Layers with 4-bit weights. Private to nn/emit.
#pragma once

#include <cstdint>
#include <vector>

#include "linnet/kernels/unpack_int4.h"
#include "lower.h"
#include "weighted.h"

namespace linnet::emit {

// A matrix-vector product; with so many zeros that it pays they are left out instead. REQUIRES: the stage's text is settled, all weights in -7..7.
Outcome<void> LowerVectorInt4(const graph::Node& node, const Weighted& w, Layer& layer);

// A convolution's weights as its kernel unpacks them.
std::vector<int8_t> PackInt4Conv(const kernels::ConvWeightView& view);

}  // namespace linnet::emit
