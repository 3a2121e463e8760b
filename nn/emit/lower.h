// From a node of an int8 graph to the C++ of its layer. Private to nn/emit.
#pragma once

#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"

namespace linnet::emit {

// One function of the generated code: a node, or several that are computed together (a convolution and the pool behind it).
struct Layer {
  const graph::Node* node = nullptr;          // the first of them
  graph::TensorId output = graph::kNoTensor;  // what the last of them makes
  std::string function;                       // "run_conv1"; unique in the network
  std::string body;  // constants and the kernel call; names its parameters input, other, scratch, state, output
  std::vector<graph::TensorId> operands;  // what `input` and `other` are (of a concatenation: input0, input1, ...)
  bool copies = false;                    // reshape, identity: nothing to do where input and output share memory
  std::vector<size_t> in_place;  // operands at whose address the output may begin: the kernel reads before it writes
  int64_t macs = 0;
  size_t weight_bytes = 0;
  size_t scratch_bytes = 0;  // working memory during the call, contents arbitrary
  size_t state_bytes = 0;    // kept from run to run (LSTM, SVDF); zero when the network starts
};

// One layer a node, in order.
//   kUnimplemented: no kernel for an operator, type or shape | kInvalidArgument: quantisation is missing or does not fit
Outcome<std::vector<Layer>> LowerGraph(const graph::Graph& graph);

}  // namespace linnet::emit
