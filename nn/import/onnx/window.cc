#include "window.h"

#include <algorithm>

namespace linnet::onnx {
namespace {

constexpr int64_t kLargest = 1 << 20;

// A list of `count` numbers, at least `least` each; `otherwise` if the attribute is missing.
Outcome<std::vector<int64_t>> NumberList(const Layer& layer, const char* name, size_t count, int64_t least,
                                         int64_t otherwise) {
  const std::vector<int64_t> list = layer.Ints(name);
  if (list.empty()) return std::vector<int64_t>(count, otherwise);
  if (list.size() != count)
    return layer.Wrong(std::string("'") + name + "' must hold " + std::to_string(count) + " numbers, it holds " +
                       std::to_string(list.size()));
  for (const int64_t v : list) {
    if (v < least || v > kLargest)
      return layer.Wrong(std::string("'") + name + "' holds " + std::to_string(v) + "; expected " +
                         std::to_string(least) + " or more");
  }
  return list;
}

// SAME_UPPER and SAME_LOWER: as many outputs as strides in the input, what is needed for that around it.
void PadSame(WindowSpec& spec, size_t d, int64_t extent, bool upper) {
  const int64_t outputs = (extent + spec.stride[d] - 1) / spec.stride[d];
  const int64_t window = (spec.kernel[d] - 1) * spec.dilation[d] + 1;
  const int64_t total = std::max<int64_t>(0, (outputs - 1) * spec.stride[d] + window - extent);
  spec.before[d] = upper ? total / 2 : total - total / 2;
  spec.after[d] = total - spec.before[d];
}

}  // namespace

Outcome<WindowSpec> ReadWindow(const Layer& layer, const graph::Shape& input, std::vector<int64_t> kernel) {
  WindowSpec spec;
  spec.rank = input.size() - 2;
  const size_t first = 2 - spec.rank;  // 1-D is the width of a 2-D window
  LINNET_ASSIGN(const auto stated, NumberList(layer, "kernel_shape", spec.rank, 1, 0));
  if (stated[0] == 0 && kernel.empty()) return layer.Wrong("has no kernel_shape");
  if (kernel.empty()) kernel = stated;
  if (stated[0] != 0 && stated != kernel)
    return layer.Wrong("kernel_shape " + graph::ToString(stated) + " differs from that of the weights, " +
                       graph::ToString(kernel));
  LINNET_ASSIGN(const auto strides, NumberList(layer, "strides", spec.rank, 1, 1));
  LINNET_ASSIGN(const auto dilations, NumberList(layer, "dilations", spec.rank, 1, 1));
  LINNET_ASSIGN(const auto pads, NumberList(layer, "pads", 2 * spec.rank, 0, 0));
  const std::string auto_pad = layer.Text("auto_pad");
  const bool same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
  if (!same && !auto_pad.empty() && auto_pad != "NOTSET" && auto_pad != "VALID")
    return layer.Unsupported("auto_pad '" + auto_pad + "'; supported: NOTSET, VALID, SAME_UPPER, SAME_LOWER");
  for (size_t i = 0; i < spec.rank; ++i) {
    const size_t d = first + i;
    if (kernel[i] < 1 || kernel[i] > kLargest)
      return layer.Wrong("a kernel of " + graph::ToString(kernel) + " makes no sense");
    spec.kernel[d] = kernel[i];
    spec.stride[d] = strides[i];
    spec.dilation[d] = dilations[i];
    if (same) {
      PadSame(spec, d, input[2 + i], auto_pad == "SAME_UPPER");
    } else if (auto_pad != "VALID") {
      spec.before[d] = pads[i];
      spec.after[d] = pads[spec.rank + i];
    }
    if (spec.before[d] > kLargest || spec.after[d] > kLargest)
      return layer.Wrong("a kernel of " + graph::ToString(kernel) + " with these dilations makes no sense");
  }
  return spec;
}

graph::Window GraphWindow(const WindowSpec& spec) {
  graph::Window window;
  window.kernel_h = static_cast<int>(spec.kernel[0]);
  window.kernel_w = static_cast<int>(spec.kernel[1]);
  window.stride_h = static_cast<int>(spec.stride[0]);
  window.stride_w = static_cast<int>(spec.stride[1]);
  window.dilation_h = static_cast<int>(spec.dilation[0]);
  window.dilation_w = static_cast<int>(spec.dilation[1]);
  window.pad_top = static_cast<int>(std::min(spec.before[0], kLargest));
  window.pad_bottom = static_cast<int>(std::min(spec.after[0], kLargest));
  window.pad_left = static_cast<int>(std::min(spec.before[1], kLargest));
  window.pad_right = static_cast<int>(std::min(spec.after[1], kLargest));
  const bool padded = window.pad_top + window.pad_bottom + window.pad_left + window.pad_right > 0;
  window.padding = padded ? graph::Padding::kExplicit : graph::Padding::kValid;
  return window;
}

Outcome<Value> AsImage(Layer& layer, const Value& value) {
  Value image = value;
  if (value.shape.size() == 3) {
    LINNET_ASSIGN(image, layer.WithOne(value, 2));
  }
  return layer.InOrder(image, ChannelsLastOrder(4));
}

Outcome<Value> FromImage(Layer& layer, const Value& image, const WindowSpec& spec) {
  if (spec.rank == 2) return image;
  return layer.WithoutOne(image, 2);
}

}  // namespace linnet::onnx
