// Part of the pass remove-transposes: moves transpositions behind the layers that can do without them.
#pragma once

#include "linnet/graph/graph.h"
#include "transposition.h"

namespace linnet::passes {

// A transposition whose output means what its input does.
bool IsPlainTranspose(const graph::Graph& graph, const graph::Node& node);
const Permutation& PermutationOf(const graph::Node& transpose);

// How many layers a transposition was moved behind.
int SinkTransposes(graph::Graph& graph);

}  // namespace linnet::passes
