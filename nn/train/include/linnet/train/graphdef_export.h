// A trained network as a frozen TensorFlow GraphDef, as TensorFlow 1.x writes it.
#pragma once

#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/train/architecture.h"
#include "linnet/train/trainer.h"

namespace linnet::train {

// Placeholder `input` ([-1, height*width], or [-1, height, width, 1] when the first layer is a convolution; pixels / 255),
// then Const, Conv2D, DepthwiseConv2dNative, BiasAdd, Relu, MaxPool, Mean, Reshape, MatMul, and Softmax `output`. Dropout leaves
// no trace.
// Where quantisation was learned, FakeQuantWithMinMaxVars stands after the input and after every layer that makes new values,
// and FakeQuantWithMinMaxVarsPerChannel after the weights, with narrow_range and num_bits 8 or 4, as TensorFlow's own
// quantisation-aware training leaves them. It works on the last dimension, so depthwise weights are a constant of
// [height, width, 1, channels] that a Reshape follows.
// The same network gives the same bytes.
//   kInvalidArgument: `parameters` or `learned` are not those that the architecture has, or it has batch normalisation left
Outcome<std::string> ExportGraphDef(const Architecture& architecture, const std::vector<Parameter>& parameters,
                                    const Learned& learned = {});

}  // namespace linnet::train
