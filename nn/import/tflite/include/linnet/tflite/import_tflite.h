// A TensorFlow Lite file (.tflite, schema version 3) becomes graph::Graph. Bytes from outside: whatever they hold, the
// answer is a graph that graph::Verify accepts or an Error; never a crash, and never more memory than the limits below
// allow. Host only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"

namespace linnet::tflite {

struct Options {
  std::string name = "model";        // of the graph
  std::vector<std::string> outputs;  // layers whose answer is wanted, by their name in the graph; empty: the file's own
  size_t max_file_bytes = size_t{64} << 20;
  size_t max_constant_bytes = size_t{64} << 20;  // of all constants and their scales, after DEQUANTIZE was done on them
  size_t max_operators = 20000;
  size_t max_edges = 100000;  // inputs and outputs of all operators together
};

// True when the bytes say of themselves that they are TensorFlow Lite ("TFL3" at byte 4).
bool IsTflite(std::span<const uint8_t> file);

// The graph: NHWC, weights [kh,kw,in,out] and [in,out], shapes and paddings resolved, constants with the file's bytes and
// scales. Arithmetic is kTflite when any activation is int8. Weights that have one scale for all channels keep that one
// (TensorFlow Lite computes a fully-connected layer's multiplier differently then). Shapes are the file's; a batch that
// the file leaves open is 1. Layers are named like the tensor they make, shortened; names are unique.
//   kDataLoss: cut short or damaged
//   kInvalidArgument: not a TensorFlow Lite file; an index, shape or number that makes no sense
//   kUnimplemented: an operator, type or option outside README.md's list; the message names the layer, what was found,
//     what is supported and the way out
//   kResourceExhausted: beyond the limits of Options
Outcome<graph::Graph> ImportTflite(std::span<const uint8_t> file, const Options& options = {});

// The operators that become layers, sorted: "ADD, ARG_MAX, ...", and those that are worked out when all they read is
// known ("CAST, GATHER, ..."): what Keras computes shapes with.
std::string SupportedOperators();
std::string FoldedOperators();

}  // namespace linnet::tflite
