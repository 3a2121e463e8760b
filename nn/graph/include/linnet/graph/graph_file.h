// A graph as a file: what a compiled model's directory keeps of the network that it was made from, so that `linnet prove`
// can run it again. Our own format, version 2; a file of another version is refused and the model compiled anew.
//
//   "LNGR" version(1)  then the fields of Graph in order: integers as LEB128 (signed ones zigzag), floats as four bytes,
//   little-endian, texts and data as length and bytes, lists as count and elements, attributes as the variant's index and fields.
#pragma once

#include <cstdint>
#include <vector>

#include "linnet/base/bytes.h"
#include "linnet/base/error.h"
#include "linnet/graph/graph.h"

namespace linnet::graph {

std::vector<uint8_t> ToFile(const Graph& graph);

// The graph is verified.
//   kInvalidArgument: not such a file, of another version, or a graph that Verify refuses | kDataLoss: it ends early
Outcome<Graph> FromFile(ByteSpan file);

}  // namespace linnet::graph
