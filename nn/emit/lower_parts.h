// What the lowering of each kind of operator shares. Private to nn/emit.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/graph/graph.h"
#include "linnet/graph/tflite_arithmetic.h"
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

// Where a fused activation clamps the output, in the graph's arithmetic.
graph::ClampRange FusedRange(const graph::Graph& graph, const graph::Node& node, const PerTensor& output);

// A dimension or count as an int; shapes are checked to fit before lowering.
inline int Dim(const graph::Shape& shape, size_t i) { return static_cast<int>(shape.at(i)); }
inline int Count(const graph::Graph& graph, graph::TensorId id) {
  return static_cast<int>(graph::ElementCount(graph.tensor(id).shape));
}
inline bool IsTflite(const graph::Graph& graph) { return graph.arithmetic == graph::Arithmetic::kTflite; }
inline bool IsFloat(const graph::Graph& graph, graph::TensorId id) {
  return graph.tensor(id).type == graph::DType::kFloat32;
}
// "float": how generated code writes a tensor's elements.
std::string_view ElementType(graph::DType type);

// "{.multiplier = 5, .left = 0, .right = 7}": k::TwiceMultiplier.
std::string TwiceText(graph::tflite::Multiplier m);
// "{.on = true, .lo = 0, .hi = 6}": k::FloatClamp of a fused activation.
std::string FloatClampText(graph::Activation activation);
std::string FloatClampText(float lo, float hi);
// "  alignas(4) static constexpr float weights[] = {...};"
std::string FloatConstant(std::string_view name, const std::vector<float>& values);

// `node`'s input as the layer's next operand, or if it is a constant as an array of `layer.body`. Returns the name in the body.
Outcome<std::string> AddOperand(const graph::Graph& graph, const graph::Node& node, size_t index, Layer& layer);
// The output may take the place of operand `operand` if it is no larger.
void AllowInPlace(const graph::Graph& graph, size_t operand, Layer& layer);

// Over operand 0, which begins at least so many bytes behind the output.
inline InPlace Over(int64_t lead_bytes) { return {0, (static_cast<size_t>(lead_bytes) + 3) / 4 * 4}; }

// A loop over elements that lie `in_step` apart in the input and `out_step` apart in the output (or in a and b).
struct Loop {
  int64_t count = 1, in_step = 0, out_step = 0;
};
// Leaves out loops of one pass and makes one loop of two neighbours where both steps allow it. Outermost first.
std::vector<Loop> Merged(const std::vector<Loop>& loops);
// Elements between neighbours of each dimension of a row-major tensor.
std::vector<int64_t> Steps(const graph::Shape& shape);

// By kind. Each fills body, operands, in_place, macs, weight_bytes, scratch_bytes and state_bytes.
using Lowering = Outcome<void>(const graph::Graph& graph, const graph::Node& node, Layer& layer);
Lowering LowerFullyConnected, LowerConvolution;                                      // lower_weighted.cc
Lowering LowerTransposeConv;                                                         // lower_transpose_conv.cc
Lowering LowerPool, LowerReduce, LowerArgMax;                                        // lower_reduce.cc
Lowering LowerTable, LowerSoftmax, LowerLogSoftmax, LowerQuantize;                   // lower_plain.cc
Lowering LowerArithmetic;                                                            // lower_arithmetic.cc
Lowering LowerPad, LowerCopy, LowerConcat, LowerTranspose, LowerSlice, LowerResize;  // lower_move.cc
Lowering LowerLstm, LowerSvdf;                                                       // lower_recurrent.cc
Lowering LowerFloat;  // lower_float.cc: every operator with arithmetic of its own on floats

// A convolution and the max pool behind it as one layer. REQUIRES: CanFuseConvPool, and nothing else reads what is between.
bool CanFuseConvPool(const graph::Graph& graph, const graph::Node& conv, const graph::Node& pool);
Outcome<void> LowerConvPool(const graph::Graph& graph, const graph::Node& conv, const graph::Node& pool, Layer& layer);

}  // namespace linnet::emit
