// The text of the emitted files. Private to nn/emit.
#pragma once

#include <span>
#include <string>

#include "linnet/emit/emit.h"
#include "linnet/plan/plan.h"
#include "lower.h"

namespace linnet::emit {

// `layers` stand in the order in which they run.
std::string RenderModel(const graph::Graph& graph, std::span<const Layer> layers, const plan::Plan& plan,
                        const Report& report);
std::string RenderVectors(const GoldenVectors& vectors, const Report& report);

}  // namespace linnet::emit
