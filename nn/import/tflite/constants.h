// Tensors of the file as constants of the graph: bytes, scales, and their dimensions in the graph's order.
#pragma once

#include <cstddef>
#include <vector>

#include "file_view.h"
#include "linnet/graph/graph.h"

namespace linnet::tflite {

// Scale and zero point; empty where the file has none. Per-channel scales keep the axis they have in the file.
//   kInvalidArgument: numbers that don't belong together, aren't finite or are negative
//   kUnimplemented: blockwise and custom schemes
Outcome<graph::Quantization> ReadQuantization(const schema::Tensor& tensor, const graph::Shape& shape);

// float32, int8, int16, int32, int64, bool, uint8; kUnimplemented for others.
Outcome<graph::DType> ReadType(schema::TensorType type);

// The tensor with its data. `budget_bytes` shrinks by what is taken.
//   kInvalidArgument: as many bytes as the shape says are not there
//   kUnimplemented: sparse; a type the graph hasn't got
//   kResourceExhausted: beyond the budget
Outcome<graph::Tensor> ReadConstant(const FileView& file, int index, size_t& budget_bytes);

// Output dimension i is input dimension permutation[i]; scales go along.
// REQUIRES: a constant that Verify accepts, a permutation of its dimensions.
graph::Tensor Transposed(const graph::Tensor& tensor, const std::vector<int>& permutation);

// The values of an int8 constant with scales; float16's bits as float.
graph::Tensor Dequantized(const graph::Tensor& tensor);
float HalfToFloat(uint16_t half);

}  // namespace linnet::tflite
