// A frozen TensorFlow 1.x GraphDef becomes a graph::Graph. Bytes from outside: whatever they hold, the answer is a graph that
// graph::Verify accepts or an Error; never a crash, and never more memory than the limits below allow. Host only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"

namespace linnet::graphdef {

struct ImportOptions {
  std::string name = "model";  // of the graph
  std::vector<std::string>
      outputs;  // layers whose answer is wanted; "name" or "name:1"; empty: the last layer that nothing reads
  // For a Placeholder of that name; "": for every Placeholder that leaves open more than its batch.
  std::map<std::string, graph::Shape> input_shapes;
  size_t max_file_bytes = size_t{64} << 20;
  size_t max_constant_bytes = size_t{64} << 20;  // of all constants, after a single value was spread over its shape
  size_t max_nodes = 20000;
};

// A frozen TensorFlow 1.x GraphDef. The batch becomes 1. What is computed from constants and shapes is computed here. Dropout as
// it stands in a frozen training graph becomes an Identity, so do Identity layers; passes remove them. Batch normalisation
// becomes a product and a sum. Channels-first layers (NCHW) run channels last between transpositions. Of a tf.cond on a bool
// input the branch for false is taken (no training). Only what the outputs need is read.
//   kDataLoss: cut short, or a constant holds fewer bytes than its shape says
//   kInvalidArgument: not a GraphDef; a layer reads one that doesn't exist; a cycle; shapes that don't fit
//   kUnimplemented: an operator, data format or type outside the list in README.md; the message names layer and operator
//   kResourceExhausted: beyond the limits of ImportOptions
Outcome<graph::Graph> ImportGraphDef(std::span<const uint8_t> bytes, const ImportOptions& options = {});

enum class OperatorUse : uint8_t {
  kData,       // of what the network computes, and of constants
  kConstants,  // of constants and of shapes, computed while the file is read
  kFlags,      // choices whose flag is known
};

// The operators of ImportGraphDef, sorted: "Abs, Add, AddN, ...".
std::string SupportedGraphDefOperators(OperatorUse use = OperatorUse::kData);

}  // namespace linnet::graphdef
