// Shapes and paddings of operators whose window slides: convolutions, pools, transposed convolutions. Private to nn/graph.
#pragma once

#include "linnet/graph/graph.h"

namespace linnet::graph {

bool IsConvolution(OpKind op);  // kConv2D, kDepthwiseConv2D
bool HasWindow(OpKind op);

// The output's shape. REQUIRES: the node has its inputs and the attributes of its kind.
//   kInvalidArgument: the window doesn't fit; the message names the layer
Outcome<Shape> ConvolutionShape(const Graph& graph, const Node& node);
Outcome<Shape> TransposeConvShape(const Graph& graph, const Node& node);
Outcome<Shape> PoolShape(const Graph& graph, const Node& node);

// Sets pad_* and kernel_* of a node that has a window. REQUIRES and errors as above.
Outcome<void> SetPadding(const Graph& graph, Node& node);

}  // namespace linnet::graph
