// A trained network as an ONNX file (github.com/onnx/onnx), for tools that read nothing of TensorFlow's.
#pragma once

#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/train/architecture.h"
#include "linnet/train/trainer.h"

namespace linnet::train {

inline constexpr int kOnnxOpset = 13;

// Float32 input `input` [N,1,height,width], pixels / 255; Conv, Relu, MaxPool, GlobalAveragePool, Flatten, Gemm; `output` [N,10]
// of a Softmax. Dropout leaves no trace. ONNX is channels-first: the rows of the dense layer behind a Flatten are put in that
// order here, so no Transpose is needed.
// Where quantisation was learned the file is in the QDQ format: a QuantizeLinear and a DequantizeLinear, int8, stand after the
// input and after every layer; weights are int8 codes with a scale for each output channel, of -7..7 where they were trained
// in 4 bits (this opset has no type of 4); biases are int32 in steps of input scale times weight scale, but for a layer whose
// biases are beyond them, which keeps floats. The Softmax answers in steps of 1/256.
// The same network gives the same bytes.
//   kInvalidArgument: `parameters` or `learned` are not those that the architecture has, or it has batch normalisation left
Outcome<std::string> ExportOnnx(const Architecture& architecture, const std::vector<Parameter>& parameters,
                                const Learned& learned = {});

}  // namespace linnet::train
