#include "network.h"

#include <algorithm>
#include <cmath>

namespace linnet::tests {
namespace {

int64_t Count(const Dims& shape) {
  int64_t count = 1;
  for (const int64_t d : shape) count *= d;
  return count;
}

}  // namespace

std::vector<float> Network::Numbers(const Dims& shape, float least, float most) {
  std::vector<float> values(static_cast<size_t>(Count(shape)));
  for (float& v : values) v = least + (most - least) * static_cast<float>(random_() >> 8) / static_cast<float>(1 << 24);
  return values;
}

void Network::Input(const Dims& shape) {
  input_shape_ = shape;
  Dims stated = shape;
  stated[0] = -1;
  if (form_ == nullptr) {
    builder.Input("x", stated);
    return;
  }
  builder.Input("input", stated);
  const float scale = 2.0F / 255;
  builder.Floats("input_scale", {}, {scale});
  if (form_->is_unsigned)
    builder.Codes("input_zero", {}, std::vector<uint8_t>{128});
  else
    builder.Codes("input_zero", {}, std::vector<int8_t>{0});
  builder.Node("QuantizeLinear", {"input", "input_scale", "input_zero"}, "input_codes");
  builder.Node("DequantizeLinear", {"input_codes", "input_scale", "input_zero"}, "x");
}

std::string Network::Answer(const std::string& x) {
  last_ = builder.model.graph().node_size() - 1;
  if (form_ == nullptr) return x;
  const Range range = form_->ranges.at(x);
  const float lo = std::min(range.lo, 0.0F);
  const float hi = std::max(range.hi, lo + 1e-3F);
  const float scale = (hi - lo) / 255;
  const int zero_point = std::clamp(static_cast<int>(std::lround(-128 - lo / scale)), -128, 127);
  return builder.Quantized(x, scale, form_->is_unsigned ? zero_point + 128 : zero_point, form_->is_unsigned);
}

std::string Network::Weights(const std::string& name, const Dims& shape, int64_t fan_in) {
  const float most = std::sqrt(3.0F / static_cast<float>(fan_in));
  const std::vector<float> values = Numbers(shape, -most, most);
  if (form_ == nullptr) {
    builder.Floats(name, shape, values);
    return name;
  }
  const size_t slices = form_->per_channel ? static_cast<size_t>(shape[0]) : 1;
  const size_t each = values.size() / slices;
  std::vector<float> scales;
  std::vector<int8_t> codes;
  for (size_t s = 0; s < slices; ++s) {
    float largest = 1e-6F;
    for (size_t i = 0; i < each; ++i) largest = std::max(largest, std::fabs(values[s * each + i]));
    scales.push_back(largest / 127);
    for (size_t i = 0; i < each; ++i)
      codes.push_back(static_cast<int8_t>(std::lround(values[s * each + i] / scales[s])));
  }
  const Dims channels = form_->per_channel ? Dims{shape[0]} : Dims{};
  builder.Floats(name + "_scale", channels, scales);
  if (form_->is_unsigned) {
    std::vector<uint8_t> shifted;
    for (const int8_t c : codes) shifted.push_back(static_cast<uint8_t>(c + 128));
    builder.Codes(name + "_codes", shape, shifted);
    builder.Codes(name + "_zero", channels, std::vector<uint8_t>(slices, 128));
  } else {
    builder.Codes(name + "_codes", shape, codes);
    builder.Codes(name + "_zero", channels, std::vector<int8_t>(slices, 0));
  }
  auto& node = builder.Node("DequantizeLinear", {name + "_codes", name + "_scale", name + "_zero"}, name);
  if (form_->per_channel) onnx::OnnxBuilder::SetInt(node, "axis", 0);
  return name;
}

std::string Network::Conv(const std::string& x, const Dims& weights, const Dims& strides, const Dims& pads,
                          int64_t group, const Dims& dilations) {
  const std::string name = Fresh("conv");
  const std::string w = Weights(name + "_w", weights, Count(weights) / weights[0]);
  builder.Floats(name + "_b", {weights[0]}, Numbers({weights[0]}, -0.5F, 0.5F));
  auto& node = builder.Node("Conv", {x, w, name + "_b"}, name);
  onnx::OnnxBuilder::SetInts(node, "strides", strides);
  if (!pads.empty()) onnx::OnnxBuilder::SetInts(node, "pads", pads);
  if (!dilations.empty()) onnx::OnnxBuilder::SetInts(node, "dilations", dilations);
  onnx::OnnxBuilder::SetInt(node, "group", group);
  return Answer(name);
}

std::string Network::Gemm(const std::string& x, int64_t in, int64_t out) {
  const std::string name = Fresh("gemm");
  const std::string w = Weights(name + "_w", {out, in}, in);
  builder.Floats(name + "_b", {out}, Numbers({out}, -0.5F, 0.5F));
  onnx::OnnxBuilder::SetInt(builder.Node("Gemm", {x, w, name + "_b"}, name), "transB", 1);
  return Answer(name);
}

std::string Network::Op(const std::string& op, const std::vector<std::string>& inputs) {
  const std::string name = Fresh(op);
  builder.Node(op, inputs, name);
  return Answer(name);
}

std::string Network::BatchNorm(const std::string& x, int64_t channels) {
  const std::string name = Fresh("norm");
  builder.Floats(name + "_scale", {channels}, Numbers({channels}, 0.5F, 1.5F));
  builder.Floats(name + "_offset", {channels}, Numbers({channels}));
  builder.Floats(name + "_mean", {channels}, Numbers({channels}));
  builder.Floats(name + "_var", {channels}, Numbers({channels}, 0.2F, 2));
  builder.Node("BatchNormalization", {x, name + "_scale", name + "_offset", name + "_mean", name + "_var"}, name);
  return Answer(name);
}

std::string Network::Pool(const std::string& op, const std::string& x, const Dims& kernel, const Dims& strides,
                          const Dims& pads, const Dims& flags) {
  const std::string name = Fresh(op);
  auto& node = builder.Node(op, {x}, name);
  onnx::OnnxBuilder::SetInts(node, "kernel_shape", kernel);
  onnx::OnnxBuilder::SetInts(node, "strides", strides);
  if (!pads.empty()) onnx::OnnxBuilder::SetInts(node, "pads", pads);
  if (flags.size() > 0 && flags[0] != 0) onnx::OnnxBuilder::SetInt(node, "ceil_mode", 1);
  if (flags.size() > 1 && flags[1] != 0) onnx::OnnxBuilder::SetInt(node, "count_include_pad", 1);
  return Answer(name);
}

std::string Network::WithInts(const std::string& op, const std::string& x, const std::string& attribute,
                              const Dims& values) {
  const std::string name = Fresh(op);
  auto& node = builder.Node(op, {x}, name);
  if (values.size() == 1 && attribute == "axis")
    onnx::OnnxBuilder::SetInt(node, attribute, values[0]);
  else
    onnx::OnnxBuilder::SetInts(node, attribute, values);
  return Answer(name);
}

std::string Network::Reshape(const std::string& x, const Dims& shape) {
  const std::string name = Fresh("reshape");
  builder.Ints(name + "_shape", {static_cast<int64_t>(shape.size())}, shape);
  builder.Node("Reshape", {x, name + "_shape"}, name);
  return Answer(name);
}

void Network::Output(const std::string& x) { builder.Output(x); }

}  // namespace linnet::tests
