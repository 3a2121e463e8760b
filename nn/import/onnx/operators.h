// One ONNX node -> nodes of the graph. Each gives a value for every output that is supported; the inputs are converted.
#pragma once

#include <optional>
#include <string_view>

#include "conversion.h"

namespace linnet::onnx {

// By the table of operators.cc. kUnimplemented for an operator outside it.
Outcome<Values> ConvertNode(Layer& layer);
std::vector<std::string_view> OperatorNames();  // sorted

// The answer of a node whose inputs are all constants (fold.cc), no value if the operator isn't one that is folded.
Outcome<std::optional<Values>> Fold(Layer& layer);
Outcome<Values> FoldOnly(Layer& layer);  // Shape, Cast and others that are supported only so

// conv.cc, pool.cc
Outcome<Values> ConvertConv(Layer& layer);
Outcome<Values> ConvertPool(Layer& layer);
Outcome<Values> ConvertGlobalPool(Layer& layer);
// matrix.cc
Outcome<Values> ConvertGemm(Layer& layer);
Outcome<Values> ConvertMatMul(Layer& layer);
// elementwise.cc
Outcome<Values> ConvertUnary(Layer& layer);
Outcome<Values> ConvertLeakyRelu(Layer& layer);
Outcome<Values> ConvertClip(Layer& layer);
Outcome<Values> ConvertBinary(Layer& layer);
Outcome<Values> ConvertBatchNormalization(Layer& layer);
Outcome<Values> ConvertDropout(Layer& layer);
Outcome<Values> ConvertIdentity(Layer& layer);
// reduce.cc
Outcome<Values> ConvertReduce(Layer& layer);
Outcome<Values> ConvertArgMax(Layer& layer);
Outcome<Values> ConvertSoftmax(Layer& layer);
// reshape.cc
Outcome<Values> ConvertReshape(Layer& layer);
Outcome<Values> ConvertFlatten(Layer& layer);
Outcome<Values> ConvertSqueeze(Layer& layer);
Outcome<Values> ConvertUnsqueeze(Layer& layer);
Outcome<Values> ConvertTranspose(Layer& layer);
// pieces.cc
Outcome<Values> ConvertConcat(Layer& layer);
Outcome<Values> ConvertSlice(Layer& layer);
Outcome<Values> ConvertSplit(Layer& layer);
Outcome<Values> ConvertGather(Layer& layer);
Outcome<Values> ConvertPad(Layer& layer);

// What reshape.cc and pieces.cc say of shapes, for constants and tensors alike.
Outcome<graph::Shape> ReshapeTarget(Layer& layer, const graph::Shape& from);
Outcome<graph::Shape> FlattenTarget(Layer& layer, const graph::Shape& from);
Outcome<std::vector<int>> SqueezeAxes(Layer& layer, const graph::Shape& from);
Outcome<std::vector<int>> UnsqueezeAxes(Layer& layer, size_t rank);  // ascending, of the result
Outcome<Order> TransposeOrder(Layer& layer, size_t rank);
Outcome<graph::SliceAttributes> SliceRanges(Layer& layer, const graph::Shape& from);  // a count may be 0
Outcome<std::vector<graph::SliceAttributes>> SplitRanges(Layer& layer, const graph::Shape& from);

}  // namespace linnet::onnx
