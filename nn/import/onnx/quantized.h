// QDQ: which operators become int8, and the int8 operands they get. In a QDQ file everything is float32 to ONNX;
// DequantizeLinear before an operator and QuantizeLinear behind it say that it may be computed on the integers.
#pragma once

#include <initializer_list>
#include <optional>

#include "conversion.h"

namespace linnet::onnx {

struct Int8Plan {
  graph::Quantization output;                               // of the QuantizeLinear that reads the answer
  graph::Activation activation = graph::Activation::kNone;  // of a Relu or Clip between, for operators that can fuse it
};

// How the layer is computed on int8: each of `inputs` comes from DequantizeLinear, and all that reads the answer is
// QuantizeLinear with one scale, behind any number of Relu and Clip. Empty otherwise.
std::optional<Int8Plan> PlanInt8(Layer& layer, std::initializer_list<size_t> inputs);

// The same for a convolution or matrix product, whose constant weights have one scale, or one a slice of `channel_axis`.
//   kUnimplemented: weights with a zero point other than 0
Outcome<std::optional<Int8Plan>> PlanProduct(Layer& layer, size_t input, size_t weights, int channel_axis);

// The weights input, as codes where there is a plan and as floats where there is none; in ONNX's order.
Outcome<graph::Tensor> WeightsInput(Layer& layer, size_t i, const std::optional<Int8Plan>& plan);

// Adds weights that lie as the graph wants them, with `channels` output channels. `quantization` is that of the source, one or
// `channels` scales; -128 becomes -127, as the int8 kernels want it.
Outcome<graph::TensorId> AddWeights(Layer& layer, graph::Tensor weights, int64_t channels,
                                    const std::optional<Int8Plan>& plan, const graph::Quantization& quantization);

// Adds a bias of [channels]: float, or int32 in steps of input scale times weight scale.
Outcome<graph::TensorId> AddBias(Layer& layer, const graph::Tensor& bias, const std::optional<Int8Plan>& plan,
                                 graph::TensorId input, graph::TensorId weights);

// The int8 value brought to another scale and zero point, by a kQuantize node where they differ.
Outcome<Value> Requantized(Layer& layer, const Value& value, const graph::Quantization& quantization);

Outcome<Values> ConvertQuantize(Layer& layer);
Outcome<Values> ConvertDequantize(Layer& layer);

// lo and hi of a Relu or Clip; infinite where it has none.
struct Bounds {
  float lo = 0;
  float hi = 0;
};
Outcome<Bounds> ReadBounds(Layer& layer);
graph::Activation ActivationOf(const Bounds& bounds);  // kNone where none has these bounds

}  // namespace linnet::onnx
