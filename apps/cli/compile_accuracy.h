// How many test images a network gets right, before and after it became integers. Private to apps/cli.
#pragma once

#include "linnet/base/error.h"
#include "linnet/data/dataset.h"
#include "linnet/graph/graph.h"

namespace linnet::cli {

// Share of `images` that the network answers with their label: by an ArgMax's index, or by the greatest of its first output.
// The graph may be float, int8 or both. REQUIRES: quantize::CheckFits accepts the images.
// Errors of the interpreters' Create.
Outcome<double> Accuracy(const graph::Graph& graph, const data::Images& images);

}  // namespace linnet::cli
