// Permutations of dimensions, for the passes that move transpositions.
#pragma once

#include <vector>

#include "linnet/graph/graph.h"

namespace linnet::passes {

using Permutation = std::vector<int>;  // output dimension i is input dimension permutation[i]

bool IsIdentity(const Permutation& permutation);
Permutation Inverse(const Permutation& permutation);

// First `first`, then `second`, as one. REQUIRES: the same number of dimensions.
Permutation Compose(const Permutation& first, const Permutation& second);

graph::Shape Permute(const graph::Shape& shape, const Permutation& permutation);

// For each element of the permuted tensor, the position of the one it was.
std::vector<size_t> SourceOfEach(const graph::Shape& shape, const Permutation& permutation);

// The constant with its dimensions permuted. REQUIRES: one scale at most.
graph::Tensor Permute(const graph::Tensor& constant, const Permutation& permutation);

}  // namespace linnet::passes
