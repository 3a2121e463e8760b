// What the lowering of each kind of operator shares. Private to nn/emit.
#pragma once

#include <string>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"
#include "lower.h"

namespace linnet::emit {

// "layer 'conv1' (Conv2D): what".
std::unexpected<Error> Unsupported(const graph::Node& node, const std::string& what);
std::unexpected<Error> Wrong(const graph::Node& node, const std::string& what);

struct PerTensor {
  float scale;
  int32_t zero_point;
};

// The one scale and zero point of an int8 tensor.
Outcome<PerTensor> QuantizationOf(const graph::Graph& graph, const graph::Node& node, graph::TensorId id);

// The input's, after checking that the output's is the same.
Outcome<PerTensor> SharedQuantization(const graph::Graph& graph, const graph::Node& node);

// ".zero_point = -128, .lo = -128, .hi = 127" of the output.
struct Stage {
  PerTensor output;
  int32_t lo;
  int32_t hi;
  std::string text;
};
Outcome<Stage> StageOf(const graph::Graph& graph, const graph::Node& node, graph::Activation activation);

// A dimension or count as an int; shapes are checked to fit before lowering.
inline int Dim(const graph::Shape& shape, size_t i) { return static_cast<int>(shape.at(i)); }

// By kind. Each fills body, operands, macs, weight_bytes and scratch_bytes.
Outcome<void> LowerFullyConnected(const graph::Graph& graph, const graph::Node& node, Layer& layer);
Outcome<void> LowerConvolution(const graph::Graph& graph, const graph::Node& node, Layer& layer);
Outcome<void> LowerPool(const graph::Graph& graph, const graph::Node& node, Layer& layer);
Outcome<void> LowerMean(const graph::Graph& graph, const graph::Node& node, Layer& layer);
Outcome<void> LowerSoftmax(const graph::Graph& graph, const graph::Node& node, Layer& layer);
Outcome<void> LowerTable(const graph::Graph& graph, const graph::Node& node, Layer& layer);
Outcome<void> LowerRelu(const graph::Graph& graph, const graph::Node& node, Layer& layer);
Outcome<void> LowerArithmetic(const graph::Graph& graph, const graph::Node& node, Layer& layer);
Outcome<void> LowerPad(const graph::Graph& graph, const graph::Node& node, Layer& layer);
Outcome<void> LowerCopy(const graph::Graph& graph, const graph::Node& node, Layer& layer);

}  // namespace linnet::emit
