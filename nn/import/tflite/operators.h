// How each operator of the file becomes nodes of the graph. Each function REQUIRES that the operators that make its inputs
// are converted, and sets all outputs or fails.
#pragma once

#include <string_view>
#include <vector>

#include "layer.h"

namespace linnet::tflite {

// kUnimplemented for an operator outside the tables.
Outcome<void> ConvertOperator(Conversion& conversion, size_t index);

// Works the operator out if all that it reads is known and integer; false if that is not so.
Outcome<bool> FoldIntegers(Layer& layer);
std::vector<schema::BuiltinOperator> FoldableOperators();

// convert_weighted.cc
Outcome<void> ConvertConv2D(Layer& layer);
Outcome<void> ConvertDepthwiseConv2D(Layer& layer);
Outcome<void> ConvertFullyConnected(Layer& layer);
Outcome<void> ConvertTransposeConv(Layer& layer);

// convert_elements.cc
Outcome<void> ConvertBinary(Layer& layer);
Outcome<void> ConvertActivation(Layer& layer);
Outcome<void> ConvertLeakyRelu(Layer& layer);
Outcome<void> ConvertSoftmax(Layer& layer);
Outcome<void> ConvertQuantize(Layer& layer);
Outcome<void> ConvertDequantize(Layer& layer);

// convert_pools.cc
Outcome<void> ConvertPool(Layer& layer);
Outcome<void> ConvertReduce(Layer& layer);
Outcome<void> ConvertArgMax(Layer& layer);
Outcome<void> ConvertResizeNearest(Layer& layer);

// convert_shapes.cc
Outcome<void> ConvertReshape(Layer& layer);
Outcome<void> ConvertSqueeze(Layer& layer);
Outcome<void> ConvertExpandDims(Layer& layer);
Outcome<void> ConvertTranspose(Layer& layer);
Outcome<void> ConvertPad(Layer& layer);
Outcome<void> ConvertConcatenation(Layer& layer);
Outcome<void> ConvertPack(Layer& layer);

// convert_slices.cc
Outcome<void> ConvertSlice(Layer& layer);
Outcome<void> ConvertStridedSlice(Layer& layer);
Outcome<void> ConvertSplit(Layer& layer);
Outcome<void> ConvertUnpack(Layer& layer);

// convert_recurrent.cc
Outcome<void> ConvertLstm(Layer& layer);
Outcome<void> ConvertSvdf(Layer& layer);

}  // namespace linnet::tflite
