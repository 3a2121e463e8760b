// One float node at a time, on tensors held as vectors of float by tensor id.
#pragma once

#include <vector>

#include "linnet/graph/graph.h"

namespace linnet::reference {

// REQUIRES: Verify accepts the graph; values[id] is sized for every tensor; the inputs' values are set.
void RunFloatNode(const graph::Graph& graph, const graph::Node& node, std::vector<std::vector<float>>& values);

}  // namespace linnet::reference
