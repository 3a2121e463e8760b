// Constants: TensorProto -> values, and what is done to them before they become part of the graph. A constant is a
// graph::Tensor of float32, int8, int32, int64, uint8 or bool in ONNX's order; unlike in a graph a dimension may be 0. One that
// carries a quantization stands for the real values scale * (q - zero_point).
#pragma once

#include <memory>
#include <span>
#include <string>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"
#include "linnet_onnx/onnx.pb.h"

namespace linnet::onnx {

using Constant = std::shared_ptr<const graph::Tensor>;

inline constexpr size_t kMaxRank = 8;

std::string TypeName(int data_type);  // "float16": of TensorProto::DataType

// `who` begins the messages: "initializer 'w'". float16 and double become float32. Takes its bytes from `budget_bytes`.
//   kDataLoss: not as many values as the shape says | kUnimplemented: another type, external data
//   kResourceExhausted: over the budget
Outcome<graph::Tensor> DecodeTensor(const proto::TensorProto& source, const std::string& who, size_t& budget_bytes);

// The elements; real values of one that is quantised. Integers REQUIRES a type other than float32.
std::vector<float> Floats(const graph::Tensor& tensor);
std::vector<int64_t> Integers(const graph::Tensor& tensor);

graph::Tensor FloatTensor(graph::Shape shape, std::span<const float> values);
graph::Tensor IntegerTensor(graph::Shape shape, std::span<const int64_t> values);  // int64

// Elements moved: dimension i of the result is dimension permutation[i]. Quantisation goes along.
graph::Tensor Permuted(const graph::Tensor& tensor, std::span<const int> permutation);

// Elements picked: index i of a result's dimension d is begin + i * step of ranges[d] in the source. Quantisation goes along.
graph::Tensor Picked(const graph::Tensor& tensor, const graph::SliceAttributes& slice);

// The number of elements of a constant's shape, in which 0 is allowed.
int64_t CountOf(const graph::Shape& shape);

}  // namespace linnet::onnx
