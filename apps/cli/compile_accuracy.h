// How many test images a network gets right, before and after it became integers.
#pragma once

#include "linnet/base/error.h"
#include "linnet/data/dataset.h"
#include "linnet/graph/graph.h"

namespace linnet::cli {

// Share of `images` that the network answers with their label: by an ArgMax's index, or by its greatest output.
// Errors of the interpreters' Create.
Outcome<double> FloatAccuracy(const graph::Graph& graph, const data::Images& images);
Outcome<double> Int8Accuracy(const graph::Graph& graph, const data::Images& images);

}  // namespace linnet::cli
