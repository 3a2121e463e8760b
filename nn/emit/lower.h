// From a node of an int8 graph to the C++ of its layer. Private to nn/emit.
#pragma once

#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"

namespace linnet::emit {

struct Layer {
  const graph::Node* node = nullptr;
  std::string function;  // "run_conv1"; unique in the network
  std::string body;      // constants and the kernel call; names its parameters input, other, scratch, output
  std::vector<graph::TensorId> operands;  // what `input` and `other` are
  bool copies = false;                    // reshape, identity: nothing to do where input and output share memory
  int64_t macs = 0;
  size_t weight_bytes = 0;
  size_t scratch_bytes = 0;
};

// One layer a node, in order.
//   kUnimplemented: no kernel for an operator, type or shape | kInvalidArgument: quantisation is missing or does not fit
Outcome<std::vector<Layer>> LowerGraph(const graph::Graph& graph);

}  // namespace linnet::emit
