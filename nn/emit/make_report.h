// What is known of a network when its code is written. Private to nn/emit.
#pragma once

#include <span>

#include "linnet/emit/emit.h"
#include "linnet/plan/plan.h"
#include "lower.h"

namespace linnet::emit {

// `layers` stand in the order in which they run.
//   kUnimplemented: an input or output of another type than float32, int8, int16, int32 and int64, or too many of them
Outcome<Report> MakeReport(const graph::Graph& graph, std::span<const Layer> layers, const plan::Plan& plan,
                           const GoldenVectors& vectors, const Options& options);

}  // namespace linnet::emit
