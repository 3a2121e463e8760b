// From a model's file to the graph that code is made of: import, passes, quantisation, golden vectors. Private to apps/cli.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compile.h"
#include "compile_accuracy.h"
#include "linnet/emit/emit.h"
#include "linnet/graph/graph.h"
#include "linnet/passes/passes.h"
#include "linnet/quantize/quantize.h"

namespace linnet::cli {

struct CompiledNetwork {
  graph::Graph graph;
  std::optional<graph::Graph> float_graph;   // what was quantised here; kept for proofs
  std::vector<Prediction> test_predictions;  // of the int8 network, where a data set was named
  emit::GoldenVectors vectors;
  emit::Options options;
  std::vector<passes::PassReport> passes;
  std::vector<quantize::LayerError> errors;  // of quantisation here
  std::string numbers;                       // "int8, single rounding"
  std::string ranges;                        // "minmax of 500 training images of mnist"
};

// Talks about slow steps on `console`. Errors name the file and, where there is one, the layer.
Answer<CompiledNetwork> CompileNetwork(const Console& console, const CompileOptions& options);

}  // namespace linnet::cli
