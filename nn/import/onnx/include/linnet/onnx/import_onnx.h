// ONNX files (github.com/onnx/onnx, opset 9 to 18; float or QDQ int8) become graph::Graph. Bytes from outside: whatever they
// hold, the answer is a graph that graph::Verify accepts or an Error; never a crash, and never more memory than the limits
// below allow. Host only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"

namespace linnet::onnx {

inline constexpr int kOldestOpset = 9;
inline constexpr int kNewestOpset = 18;

struct ImportOptions {
  std::string name = "model";        // of the graph
  std::vector<std::string> outputs;  // values whose answer is wanted; empty: what the file calls its outputs
  // By input, in ONNX's order; "" for every input. Only dimensions that the file leaves open are taken from it.
  std::map<std::string, graph::Shape> input_shapes;
  size_t max_file_bytes = size_t{64} << 20;
  size_t max_constant_bytes = size_t{64} << 20;  // of all constants together
  size_t max_nodes = 20000;
};

// The graph is channels-last: an input or output of 4 dimensions [n,c,h,w] is [n,h,w,c] here, images are given that way.
// (One that the file itself holds channels-last, transposed first thing or last thing, stays as it is.) All other tensors have
// ONNX's dimensions in ONNX's order. An unknown batch becomes 1. Only what the outputs need is read.
// In a file with QuantizeLinear and DequantizeLinear, an operator between them becomes int8; uint8 is int8 with 128 taken off.
// Inputs and outputs keep the file's type: where that is float, kQuantize stands first and kDequantize last.
//   kDataLoss: cut short, or a constant holds fewer bytes than its shape says
//   kInvalidArgument: not an ONNX model; a node reads what nothing makes; shapes that don't fit
//   kUnimplemented: an operator set, operator, form or type outside README.md; the message names node, operator and way out
//   kResourceExhausted: beyond the limits of ImportOptions
Outcome<graph::Graph> ImportOnnx(std::span<const uint8_t> file, const ImportOptions& options = {});
inline Outcome<graph::Graph> ImportOnnx(std::span<const uint8_t> file, std::string name) {
  ImportOptions options;
  options.name = std::move(name);
  return ImportOnnx(file, options);
}

// Whether the bytes are a protobuf message with ONNX's outermost fields, an ir_version and a graph among them. ONNX files have
// no magic number; this is how one is told from other files. Reads the outermost fields only.
bool LooksLikeOnnx(std::span<const uint8_t> file);

// The operators of ImportOnnx, sorted: "Add, AveragePool, ...".
std::string SupportedOperators();

}  // namespace linnet::onnx
