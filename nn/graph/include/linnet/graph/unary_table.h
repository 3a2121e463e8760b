// Operators of one int8 tensor, element by element, are a table of 256 values in graphs of either arithmetic. Host only; pure.
#pragma once

#include <array>
#include <cstdint>

#include "linnet/graph/graph.h"

namespace linnet::graph {

// Whether the node is such an operator: kSigmoid, kTanh, kRelu, kRelu6, kClamp, kLeakyRelu, kHardSwish, kIdentity or kQuantize
// whose input and output are both int8.
bool IsUnaryTable(const Graph& graph, const Node& node);

// out = table[q + 128]. kTflite: what TensorFlow Lite Micro computes. kSingleRounding: the real function of the real input,
// rounded to the output's scale, halves away from zero.
//   kUnimplemented: parameters that TensorFlow Lite Micro refuses, or a scale without an answer; the message names the layer
// REQUIRES: IsUnaryTable; both tensors have exactly one scale, above 0.
Outcome<std::array<int8_t, 256>> UnaryTable(const Graph& graph, const Node& node);

// Brings numbers of one scale to another: the table of a kQuantize between the two tensors. The identity for equal scales.
std::array<int8_t, 256> RescaleTable(Arithmetic arithmetic, const Tensor& from, const Tensor& to);

}  // namespace linnet::graph
