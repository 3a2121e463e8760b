// Layers without int8 arithmetic in an int8 graph.
#pragma once

#include "linnet/graph/graph.h"

namespace linnet::quantize {

// Whether the layer of a float graph must be computed in float: a division by what isn't constant, and a log-softmax in single
// rounding, for which there are no integers defined that code is made for.
bool StaysFloat(const graph::Graph& graph, const graph::Node& node, graph::Arithmetic arithmetic);

// Puts a Dequantize before and a Quantize after each node of `graph` that is `in_float`, by node; its tensors' ids stay those of the
// int8 values. Before: the node reads and writes int8 tensors and float constants. After: they are read and written by the two.
void WrapInFloat(graph::Graph& graph, const std::vector<bool>& in_float);

}  // namespace linnet::quantize
