// Shape inference: from the inputs' shapes to the outputs', SAME padding to rows and columns. Host only.
#pragma once

#include "linnet/graph/graph.h"

namespace linnet::graph {

// No tensor may have more elements; what runs on a microcontroller is far below, and no sum of sizes overflows.
inline constexpr int64_t kMaxTensorElements = int64_t{1} << 26;

// The shape of the node's output from its inputs' shapes and its attributes. A kReshape's own output shape is the target.
//   kInvalidArgument: the shapes don't fit the operator; the message names the layer, what was expected and found.
Outcome<Shape> InferOutputShape(const Graph& graph, const Node& node);

// Sets the node's pad_* and kernel_* numbers from its inputs' shapes; no change for nodes without a window.
Outcome<void> ResolvePadding(const Graph& graph, Node& node);

// Sets the first dimension of every graph input to `batch`, then infers every output shape and padding in order.
// A reshape keeps its target but for the batch dimension. Errors as InferOutputShape.
Outcome<void> ResolveShapes(Graph& graph, int64_t batch = 1);

}  // namespace linnet::graph
