// One float node at a time.
#pragma once

#include <span>
#include <vector>

#include "linnet/graph/graph.h"

namespace linnet::reference {

using FloatValues = std::vector<std::span<float>>;  // by tensor id

// Whether there is a float kernel for the node.
//   kUnimplemented: an operator that is defined in int8 only
Outcome<void> CheckFloatNode(const graph::Node& node);

// A kArgMax makes the index as a float.
// REQUIRES: Verify accepts the graph, CheckFloatNode the node; the node's inputs and its output are sized, the inputs set.
void RunFloatNode(const graph::Graph& graph, const graph::Node& node, const FloatValues& values);

}  // namespace linnet::reference
