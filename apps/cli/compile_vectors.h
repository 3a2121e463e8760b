// Golden vectors: inputs and what the reference interpreter answers to them.
#pragma once

#include "linnet/base/error.h"
#include "linnet/data/dataset.h"
#include "linnet/emit/emit.h"
#include "linnet/graph/graph.h"

namespace linnet::cli {

// As many as fit 32 KB, at least one and at most eight: they travel with the model.
int DefaultVectorCount(const graph::Graph& graph);

// The first test image of each class, then further ones.
Outcome<emit::GoldenVectors> VectorsFromImages(const graph::Graph& graph, const data::Dataset& set, int count);

// Uniform random values of the whole int8 range.
Outcome<emit::GoldenVectors> RandomVectors(const graph::Graph& graph, int count, uint64_t seed);

}  // namespace linnet::cli
