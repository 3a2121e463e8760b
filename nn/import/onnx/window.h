// The sliding window of convolutions and pools, in one or two dimensions.
#pragma once

#include <array>

#include "conversion.h"

namespace linnet::onnx {

struct WindowSpec {
  size_t rank = 2;  // 1: over the width of images one pixel high
  std::array<int64_t, 2> kernel{1, 1}, stride{1, 1}, dilation{1, 1}, before{0, 0}, after{0, 0};
};

// kernel_shape, strides, dilations, pads and auto_pad for an input [n,c,spatial...]. `kernel` is that of a convolution's
// weights and must agree with kernel_shape; empty for a pool.
Outcome<WindowSpec> ReadWindow(const Layer& layer, const graph::Shape& input, std::vector<int64_t> kernel);

graph::Window GraphWindow(const WindowSpec& spec);

// [n,c,length] as [n,c,1,length] or [n,c,h,w] as it is, channels last in the graph; and back.
Outcome<Value> AsImage(Layer& layer, const Value& value);
Outcome<Value> FromImage(Layer& layer, const Value& image, const WindowSpec& spec);

}  // namespace linnet::onnx
