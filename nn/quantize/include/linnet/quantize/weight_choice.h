// Which layers' weights become 4-bit after training. Host only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"

namespace linnet::quantize {

struct WeightChoice {
  bool all_int4 = false;
  std::vector<std::string> int4_layers = {};  // by name, or by the part of it before a slash

  bool IsInt4(std::string_view layer) const;
};

// "int8", "int4" (all layers that have weights) or "int4:fc1,fc2".
//   kInvalidArgument: anything else; the message says what there is
Outcome<WeightChoice> ParseWeightChoice(std::string_view text);

// Every named layer is one of the graph's that has weights.
//   kInvalidArgument: one isn't; the message names those that are
Outcome<void> CheckWeightChoice(const WeightChoice& choice, const graph::Graph& graph);

}  // namespace linnet::quantize
