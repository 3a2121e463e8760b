// Int8 networks with random weights, for tests: what nn/quantize would hand to nn/emit.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <string>

#include "linnet/base/check.h"
#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/graph/graph.h"

namespace linnet::profile {

class RandomNetwork {
 public:
  RandomNetwork(uint32_t seed, graph::Shape input, float scale, int32_t zero_point) : rng_(seed) {
    graph_.name = "random-" + std::to_string(seed);
    last_ = graph::AddInput(graph_, "input", std::move(input), graph::DType::kInt8);
    Quantize(last_, scale, zero_point);
  }

  // Weights of the layers from here on: of 4 or 8 bits.
  RandomNetwork& WithBits(int bits) {
    bits_ = bits;
    return *this;
  }

  RandomNetwork& FullyConnected(const std::string& name, int64_t outputs,
                                graph::Activation activation = graph::Activation::kNone) {
    const int64_t inputs = shape().back();
    const auto weights = Weights(name + "/weights", {inputs, outputs}, 1, outputs);
    const auto bias = Bias(name + "/bias", outputs);
    return Add(graph::OpKind::kFullyConnected, name, {last_, weights, bias},
               graph::FullyConnectedAttributes{activation}, Spread(inputs));
  }
  RandomNetwork& Conv2D(const std::string& name, int64_t kernel, int64_t channels, int stride, graph::Padding padding,
                        graph::Activation activation) {
    const int64_t in = shape()[3];
    const auto weights = Weights(name + "/weights", {kernel, kernel, in, channels}, 3, channels);
    const auto bias = Bias(name + "/bias", channels);
    return Add(graph::OpKind::kConv2D, name, {last_, weights, bias}, Conv(stride, padding, activation),
               Spread(kernel * kernel * in));
  }
  RandomNetwork& Depthwise(const std::string& name, int64_t kernel, int64_t multiplier, int stride,
                           graph::Padding padding) {
    const int64_t in = shape()[3];
    const auto weights = Weights(name + "/weights", {kernel, kernel, in, multiplier}, 3, in * multiplier);
    return Add(graph::OpKind::kDepthwiseConv2D, name, {last_, weights, graph::kNoTensor},
               Conv(stride, padding, graph::Activation::kRelu6), Spread(kernel * kernel));
  }
  RandomNetwork& Pool(const std::string& name, graph::OpKind op, int size, int stride, graph::Padding padding) {
    graph::PoolAttributes pool;
    pool.window.kernel_h = pool.window.kernel_w = size;
    pool.window.stride_h = pool.window.stride_w = stride;
    pool.window.padding = padding;
    return Same(op, name, pool);
  }
  RandomNetwork& Mean(const std::string& name) {
    return Same(graph::OpKind::kMean, name, graph::ReduceAttributes{{1, 2}, false});
  }
  RandomNetwork& Relu(const std::string& name) { return Same(graph::OpKind::kRelu, name, graph::NoAttributes{}); }
  RandomNetwork& Pad(const std::string& name) {
    return Same(graph::OpKind::kPad, name, graph::PadAttributes{{{0, 0}, {1, 2}, {0, 1}, {0, 0}}});
  }
  RandomNetwork& Flatten(const std::string& name) {
    return Same(graph::OpKind::kReshape, name, graph::NoAttributes{}, {1, graph::ElementCount(shape())});
  }
  RandomNetwork& Softmax(const std::string& name) {
    Append(graph::OpKind::kSoftmax, name, {last_}, graph::NoAttributes{});
    Quantize(last_, graph::kSoftmaxOutputScale, graph::kSoftmaxOutputZeroPoint);
    return *this;
  }
  RandomNetwork& Sigmoid(const std::string& name) {
    Append(graph::OpKind::kSigmoid, name, {last_}, graph::NoAttributes{});
    Quantize(last_, graph::kSigmoidOutputScale, graph::kSigmoidOutputZeroPoint);
    return *this;
  }
  // With an earlier tensor of the same shape, or with a random constant a channel.
  RandomNetwork& Combine(const std::string& name, graph::OpKind op, graph::TensorId other) {
    const float other_scale = graph_.tensor(other).quantization.scales[0];
    const float output_scale =
        op == graph::OpKind::kMul ? scale() * other_scale * 90 : 1.3F * std::max(scale(), other_scale);
    return Add(op, name, {last_, other}, graph::NoAttributes{}, output_scale / scale());
  }
  graph::TensorId ChannelConstant(const std::string& name) {
    bits_ = 8;
    const auto id = Weights(name, {shape().back()}, -1, 1);
    Quantize(id, 0.02F, Pick(-50, 50));
    return id;
  }

  graph::TensorId last() const { return last_; }
  const graph::Shape& shape() const { return graph_.tensor(last_).shape; }
  graph::Graph Build() {
    graph_.outputs = {last_};
    const auto sound = graph::Verify(graph_);
    LINNET_CHECK(sound.has_value());
    return graph_;
  }

 private:
  int Pick(int lo, int hi) { return std::uniform_int_distribution<int>(lo, hi)(rng_); }
  float scale() const { return graph_.tensor(last_).quantization.scales[0]; }

  // Keeps outputs spread over the int8 range when `products` random ones are summed.
  static float Spread(int64_t products) { return 0.01F * 55.0F * std::sqrt(static_cast<float>(products)); }

  static graph::ConvAttributes Conv(int stride, graph::Padding padding, graph::Activation activation) {
    graph::ConvAttributes conv;
    conv.window.stride_h = conv.window.stride_w = stride;
    conv.window.padding = padding;
    conv.activation = activation;
    return conv;
  }
  void Quantize(graph::TensorId id, float scale, int32_t zero_point) {
    graph_.tensor(id).quantization = {{scale}, {zero_point}, -1};
  }
  graph::TensorId Weights(const std::string& name, graph::Shape shape, int axis, int64_t channels) {
    graph::Tensor tensor;
    tensor.name = name;
    tensor.type = graph::DType::kInt8;
    tensor.shape = std::move(shape);
    tensor.constant = true;
    const int steps = bits_ == 4 ? 7 : 127;
    for (int64_t i = 0; i < graph::ElementCount(tensor.shape); ++i)
      tensor.data.push_back(static_cast<uint8_t>(Pick(-steps, steps)));
    tensor.quantization.bits = bits_;
    for (int64_t c = 0; c < channels; ++c) {
      tensor.quantization.scales.push_back((bits_ == 4 ? 0.18F : 0.01F) *
                                           (0.5F + static_cast<float>(Pick(0, 100)) / 100));
      tensor.quantization.zero_points.push_back(0);
    }
    tensor.quantization.axis = axis;
    graph_.tensors.push_back(tensor);
    return static_cast<graph::TensorId>(graph_.tensors.size() - 1);
  }
  graph::TensorId Bias(const std::string& name, int64_t channels) {
    graph::Tensor tensor;
    tensor.name = name;
    tensor.type = graph::DType::kInt32;
    tensor.shape = {channels};
    tensor.constant = true;
    for (int64_t c = 0; c < channels; ++c) {
      const int32_t value = Pick(-3000, 3000);
      uint8_t bytes[4];
      std::memcpy(bytes, &value, 4);
      tensor.data.insert(tensor.data.end(), bytes, bytes + 4);
      tensor.quantization.scales.push_back(scale() * graph_.tensors.back().quantization.scales[static_cast<size_t>(c)]);
      tensor.quantization.zero_points.push_back(0);
    }
    tensor.quantization.axis = 0;
    graph_.tensors.push_back(tensor);
    return static_cast<graph::TensorId>(graph_.tensors.size() - 1);
  }
  void Append(graph::OpKind op, const std::string& name, std::vector<graph::TensorId> inputs,
              graph::Attributes attributes, graph::Shape target = {}) {
    auto id = graph::AddNode(graph_, op, name, std::move(inputs), std::move(attributes), std::move(target));
    LINNET_CHECK(id.has_value());
    last_ = *id;
  }
  RandomNetwork& Add(graph::OpKind op, const std::string& name, std::vector<graph::TensorId> inputs,
                     graph::Attributes attributes, float spread) {
    const float output_scale = scale() * spread;
    Append(op, name, std::move(inputs), std::move(attributes));
    Quantize(last_, output_scale, Pick(-90, 40));
    return *this;
  }
  RandomNetwork& Same(graph::OpKind op, const std::string& name, graph::Attributes attributes,
                      graph::Shape target = {}) {
    const graph::Quantization q = graph_.tensor(last_).quantization;
    Append(op, name, {last_}, std::move(attributes), std::move(target));
    graph_.tensor(last_).quantization = q;
    return *this;
  }

  graph::Graph graph_;
  graph::TensorId last_ = graph::kNoTensor;
  std::mt19937 rng_;
  int bits_ = 8;
};

}  // namespace linnet::profile
