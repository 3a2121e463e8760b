// From a node of a graph to the C++ of its layer. Private to nn/emit.
#pragma once

#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/emit/emit.h"
#include "linnet/graph/graph.h"

namespace linnet::emit {

// An operand over which the output may be written: it begins `lead_bytes` behind the output's beginning.
struct InPlace {
  InPlace(size_t operand_index, size_t lead = 0)
      : operand(operand_index), lead_bytes(lead) {}  // NOLINT: {0} reads well
  size_t operand;
  size_t lead_bytes;  // a multiple of 4
};

// One function of the generated code: a node, or several that are computed together (a convolution and the pool behind it).
// The function's parameters have the tensors' types (int8_t, float, int32_t, int64_t): `input` and `other`, or of a
// concatenation `input0`, `input1`, ...; then `scratch` and `state` (int8_t*, 4-byte aligned) where their sizes aren't 0;
// then `output`.
struct Layer {
  const graph::Node* node = nullptr;          // the first of them
  std::vector<const graph::Node*> nodes;      // all of them, in order
  graph::TensorId output = graph::kNoTensor;  // what the last of them makes
  std::string function;                       // "run_conv1"; unique in the network
  Prefer prefer = Prefer::kInstructions;      // between kernels that the lowering may choose from
  std::string body;                           // constants and the kernel call
  std::vector<graph::TensorId> operands;      // what the input parameters are; constants stand in the body instead

  // What the planner may do with the layer's memory.
  bool copies =
      false;  // reshape, identity, slice of the outermost dimension: `output` is bytes of `input` as they are,
  size_t copies_from_bytes = 0;  // from there on; nothing to do where both share memory
  // A concatenation along the outermost dimension without any change of scale: where in `output` each operand's bytes
  // go. The body is not used, each part is copied or already there. Empty otherwise.
  std::vector<size_t> part_offsets_bytes;
  std::vector<InPlace> in_place;  // the kernel has read what it writes over

  int64_t macs = 0;
  int64_t weights = 0, zero_weights = 0;  // as LayerReport
  std::string storage;
  size_t weight_bytes = 0;
  int weight_bits = 0;       // 4 or 8 as they are stored, where the layer has weights
  size_t scratch_bytes = 0;  // working memory during the call, contents arbitrary
  // A faster body that needs more working memory; taken where the arena does not grow by it. 0 and empty: there is none.
  size_t wide_scratch_bytes = 0;
  std::string wide_body;
  size_t state_bytes = 0;  // kept from run to run (LSTM, SVDF)
  std::string reset_body;  // writes the first `state`; empty: zeros
};

// `prefer` decides where a layer has several kernels. One layer a node, in order; a convolution and the max pool behind it are one where nothing else reads what is between.
//   kUnimplemented: no kernel for an operator, type or shape | kInvalidArgument: quantisation is missing or does not fit
Outcome<std::vector<Layer>> LowerGraph(const graph::Graph& graph, Prefer prefer);

}  // namespace linnet::emit
