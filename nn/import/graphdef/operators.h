// One TensorFlow layer -> nodes of the graph.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "view.h"
#include "linnet/graph/graph.h"
#include "linnet/graphdef/import_graphdef.h"

namespace linnet::graphdef {

// What a conversion reads and fills.
struct Conversion {
  const GraphDefView& view;
  const ImportOptions& options;
  graph::Graph& graph;
  std::vector<graph::TensorId> tensors;  // by layer: its answer, kNoTensor while not converted
  size_t constant_budget_bytes;
};

// Converts layer `index`, whose inputs are converted. kUnimplemented for an operator outside the table.
Outcome<graph::TensorId> ConvertLayer(Conversion& conversion, int index);

std::vector<std::string_view> SupportedOperators();  // sorted

}  // namespace linnet::graphdef
