// A trained network as a frozen TensorFlow GraphDef, as TensorFlow 1.x writes it.
#pragma once

#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/train/architecture.h"

namespace linnet::train {

// Placeholder `input` ([-1, height*width], or [-1, height, width, 1] when the first layer is a convolution; pixels / 255),
// then Const, Conv2D, BiasAdd, Relu, MaxPool, Reshape, MatMul, and Softmax `output`. Dropout leaves no trace.
// The same network gives the same bytes.
//   kInvalidArgument: `parameters` are not those that the architecture has
Outcome<std::string> ExportGraphDef(const Architecture& architecture, const std::vector<Parameter>& parameters);

}  // namespace linnet::train
