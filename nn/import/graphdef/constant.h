// TensorProto -> values.
#pragma once

#include <optional>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"
#include "linnet_graphdef/graphdef.pb.h"

namespace linnet::graphdef {

// A Const layer's value as a constant tensor: float32 (from float or double), int32, int64 or bool, spread over its shape.
// Takes its bytes from `budget_bytes`.
//   kDataLoss: fewer values than the shape says | kUnimplemented: another type | kResourceExhausted: over the budget
Outcome<graph::Tensor> DecodeConstant(const NodeDef& layer, size_t& budget_bytes);

// The number of a Const layer that holds exactly one.
std::optional<double> ScalarConstant(const NodeDef& layer);

// An int32 or int64 constant's elements. REQUIRES: it is one.
std::vector<int64_t> IntegerValues(const graph::Tensor& tensor);

}  // namespace linnet::graphdef
