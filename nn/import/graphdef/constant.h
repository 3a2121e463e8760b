// Constants of a GraphDef while it is read: what TensorProto holds, and what is computed from such before any node is made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"
#include "linnet_graphdef/graphdef.pb.h"

namespace linnet::graphdef {

inline constexpr size_t kMaxRank = 8;

// A constant of float32, int32, int64 or bool. A double holds each of them exactly, integers up to 2^53. Unlike a tensor of
// the graph it may have dimensions of 0: the shape of a scalar is an empty list.
struct Constant {
  std::string name;
  graph::DType type = graph::DType::kFloat32;
  graph::Shape shape;
  std::vector<double> numbers;
  graph::TensorId tensor = graph::kNoTensor;  // in the graph, once a node reads it
  graph::Learned learned = {};                // of a constant whose numbers a FakeQuant layer put on steps

  bool is_integer() const { return type == graph::DType::kInt32 || type == graph::DType::kInt64; }
};

// The product of the dimensions; nothing if a dimension is negative, or the product above graph::kMaxTensorElements.
std::optional<int64_t> CountOf(const graph::Shape& shape);

// Takes a constant of that shape from the budget. kResourceExhausted with the layer's name when there isn't enough.
Outcome<void> TakeBudget(const NodeDef& layer, graph::DType type, const graph::Shape& shape, size_t& budget_bytes);

// The type of the graph that stands for a type of TensorFlow's: half and double become float32, small integers int32.
std::optional<graph::DType> TypeOf(DataType type);
std::string NameOf(DataType type);  // "DT_STRING"

// The value of a Const layer, spread over its shape. Takes its bytes from `budget_bytes`.
//   kDataLoss: fewer values than the shape says | kUnimplemented: another type | kResourceExhausted: over the budget
Outcome<Constant> DecodeConstant(const NodeDef& layer, size_t& budget_bytes);

// The number of a Const layer that holds exactly one.
std::optional<double> ScalarConstant(const NodeDef& layer);

// Rounds each number to the constant's type. False if an integer is none, or out of its type's range.
bool RoundToType(Constant& constant);

}  // namespace linnet::graphdef
