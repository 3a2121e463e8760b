// Weights and bias of a convolution or fully-connected layer as integers.
#pragma once

#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"

namespace linnet::quantize {

struct QuantizedWeights {
  std::vector<int8_t> weights;  // in the order of the float weights; the output channel is the fastest index
  std::vector<float> scales;    // one an output channel, all positive
  std::vector<int32_t> bias;    // one an output channel, scale in_scale * scales[c]
};

// `bias` may be empty. `in_scale` and `out_scale` are those of the layer's input and output.
//   kUnimplemented: a sum could leave 32 bits
Outcome<QuantizedWeights> QuantizeWeights(const std::vector<float>& weights, const std::vector<float>& bias,
                                          size_t channels, float in_scale, float out_scale);

}  // namespace linnet::quantize
