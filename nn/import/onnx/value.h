// What an ONNX name stands for while a model is converted, and where its dimensions lie in the graph's tensor.
#pragma once

#include <memory>
#include <vector>

#include "linnet/graph/graph.h"

namespace linnet::onnx {

// Dimension i of the graph's tensor is dimension order[i] of the ONNX value. Channels-first images [n,c,h,w] that lie
// channels-last have the order {0,2,3,1}. A Transpose changes the order only; who needs another order transposes.
using Order = std::vector<int>;

Order PlainOrder(size_t rank);         // {0,1,2,...}
Order ChannelsLastOrder(size_t rank);  // {0,2,3,...,1}; plain below 3 dimensions
size_t PositionOf(const Order& order, int axis);

struct Value {
  graph::DType type = graph::DType::kFloat32;  // ONNX's; kUint8 lies in the graph as int8
  graph::Shape shape;                          // ONNX's

  // Either a tensor of the graph or a constant that isn't in the graph yet, its elements in ONNX's order.
  graph::TensorId tensor = graph::kNoTensor;
  Order order;
  std::shared_ptr<const graph::Tensor> constant;

  // What DequantizeLinear makes is float32 to ONNX; here it is still the int8 (a bias: int32) that it reads, with scale and
  // zero point. kDequantize nodes appear only where an operator can't use that.
  bool dequantized = false;
};

bool SameQuantization(const graph::Quantization& a, const graph::Quantization& b);

}  // namespace linnet::onnx
