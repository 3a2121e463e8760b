// Weights and bias of a convolution or fully-connected layer as integers.
#pragma once

#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"

namespace linnet::quantize {

// Steps of 4 or 8 bits either side of zero: 7 or 127.
inline int WeightSteps(int bits) { return bits == 4 ? 7 : 127; }

struct QuantizedWeights {
  std::vector<int8_t> weights;  // in the order of the float weights; the output channel is the fastest index
  std::vector<float> scales;    // one an output channel, all positive
  std::vector<int32_t> bias;    // one an output channel, scale in_scale * scales[c]
  int bits = 8;                 // 4: no weight beyond -7..7
  bool learned = false;         // the scales are those of `learned`
};

// A weight is weight / scale rounded, halves away from zero. A scale is the largest weight of the channel / 127 (7 for 4 bits), or
// with `learned` the step that training learned: what lies on q steps becomes q. Learned steps of 2 to 4 bits make 4-bit weights.
// A learned range is not taken, and the weights get scales of their own, where it allows weights beyond that many steps from zero
// and one is there, as in ranges that are not symmetric.
// No scale is ever 0: a channel of zeros gets one that its bias fits.
// `bias` may be empty. `in_scale` and `out_scale` are those of the layer's input and output. `bits` is 4 or 8.
//   kUnimplemented: a sum could leave 32 bits
Outcome<QuantizedWeights> QuantizeWeights(const std::vector<float>& weights, const std::vector<float>& bias,
                                          size_t channels, float in_scale, float out_scale, int bits = 8,
                                          const graph::Learned& learned = {});

}  // namespace linnet::quantize
