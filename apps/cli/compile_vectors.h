// Golden vectors: inputs and what the reference interpreter answers to them. Private to apps/cli.
#pragma once

#include "compile_data.h"
#include "linnet/base/error.h"
#include "linnet/emit/emit.h"
#include "linnet/graph/graph.h"

namespace linnet::cli {

// As many as fit 32 KB, at least one and at most eight: they travel with the model.
int DefaultVectorCount(const graph::Graph& graph);

// From a data set: the first test image of each class, then further ones; from rows: the first ones, again from the start where
// there are too few; else random: int8 inputs uniform over all of int8, float inputs from 0 to 1.
Outcome<emit::GoldenVectors> MakeVectors(const graph::Graph& graph, const CompileData& data, int count, uint32_t seed);

}  // namespace linnet::cli
