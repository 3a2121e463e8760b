// Random graphs made of what the passes look for, for the test that they keep the answer.
#pragma once

#include <cmath>
#include <cstring>
#include <random>

#include "linnet/base/check.h"
#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"

namespace linnet::passes {

class RandomGraph {
 public:
  RandomGraph(uint32_t seed, bool int8, graph::Arithmetic arithmetic) : int8_(int8), rng_(seed) {
    graph_.arithmetic = arithmetic;
    last_ = graph::AddInput(graph_, "x", {1, Pick(3, 6), Pick(3, 6), Pick(1, 4)}, Type());
    Scaled(last_, 0.05F);
  }

  graph::Graph Build(int steps) {
    std::vector<graph::TensorId> made;
    for (int i = 0; i < steps; ++i) {
      Step();
      made.push_back(last_);
    }
    graph_.outputs = {last_};
    const graph::TensorId other = made[static_cast<size_t>(Pick(0, steps - 1))];
    if (other != last_ && Pick(0, 2) == 0) graph_.outputs.push_back(other);
    const auto sound = graph::Verify(graph_);
    LINNET_CHECK(sound.has_value());
    return graph_;
  }

 private:
  using OpKind = graph::OpKind;
  int Pick(int lo, int hi) { return std::uniform_int_distribution<int>(lo, hi)(rng_); }
  float Real(float spread) { return std::uniform_real_distribution<float>(-spread, spread)(rng_); }
  graph::DType Type() const { return int8_ ? graph::DType::kInt8 : graph::DType::kFloat32; }
  const graph::Shape& shape() const { return graph_.tensor(last_).shape; }
  bool IsPicture() const { return shape().size() == 4; }

  void Scaled(graph::TensorId id, float scale) {
    if (int8_) graph_.tensor(id).quantization = {{scale}, {Pick(0, 3) == 0 ? -128 : Pick(-60, 60)}, -1};
  }

  // Another scale, or the one before.
  void Add(OpKind op, std::vector<graph::TensorId> inputs, graph::Attributes attributes, float rescale = 0,
           graph::Shape target = {}) {
    const graph::Quantization before = graph_.tensor(last_).quantization;
    const std::string name = std::string(graph::Name(op)) + std::to_string(graph_.nodes.size());
    const auto id = graph::AddNode(graph_, op, name, std::move(inputs), std::move(attributes), std::move(target));
    LINNET_CHECK(id.has_value());
    last_ = *id;
    graph_.tensor(last_).type = Type();
    graph_.tensor(last_).quantization = before;
    if (rescale > 0 && int8_) Scaled(last_, before.scales[0] * rescale);
  }

  graph::TensorId Constant(graph::Shape shape, int axis, int64_t channels) {
    const auto count = static_cast<size_t>(graph::ElementCount(shape));
    if (!int8_) {
      std::vector<float> values(count);
      for (float& v : values) v = Real(1);
      return graph::AddConstant(graph_, "c", std::move(shape), values);
    }
    graph::Tensor tensor;
    tensor.name = "c";
    tensor.type = graph::DType::kInt8;
    tensor.shape = std::move(shape);
    tensor.constant = true;
    for (size_t i = 0; i < count; ++i) tensor.data.push_back(static_cast<uint8_t>(Pick(-127, 127)));
    for (int64_t c = 0; c < channels; ++c) tensor.quantization.scales.push_back(0.01F + 0.001F * Pick(0, 9));
    tensor.quantization.zero_points.assign(static_cast<size_t>(channels), 0);
    tensor.quantization.axis = axis;
    graph_.tensors.push_back(std::move(tensor));
    return static_cast<graph::TensorId>(graph_.tensors.size() - 1);
  }
  graph::TensorId Bias(int64_t channels) {
    if (!int8_) return Constant({channels}, -1, 1);
    graph::Tensor tensor;
    tensor.name = "bias";
    tensor.type = graph::DType::kInt32;
    tensor.shape = {channels};
    tensor.constant = true;
    for (int64_t c = 0; c < channels; ++c) {
      const int32_t value = Pick(-2000, 2000);
      uint8_t bytes[4];
      std::memcpy(bytes, &value, 4);
      tensor.data.insert(tensor.data.end(), bytes, bytes + 4);
    }
    graph_.tensors.push_back(std::move(tensor));
    return static_cast<graph::TensorId>(graph_.tensors.size() - 1);
  }
  graph::Activation PickActivation() {
    return Pick(0, 2) > 0 ? graph::Activation::kNone : static_cast<graph::Activation>(Pick(1, 3));
  }

  void Conv() {
    graph::ConvAttributes conv;
    const int64_t kernel = std::min<int64_t>({Pick(1, 3), shape()[1], shape()[2]});
    conv.window.stride_h = conv.window.stride_w = Pick(1, 2);
    conv.window.padding = Pick(0, 1) == 0 ? graph::Padding::kSame : graph::Padding::kValid;
    conv.activation = PickActivation();
    const int64_t in = shape()[3];
    const bool depthwise = Pick(0, 2) == 0;
    const int64_t out = depthwise ? in : Pick(1, 5);
    const auto weights =
        depthwise ? Constant({kernel, kernel, in, 1}, 3, in) : Constant({kernel, kernel, in, out}, 3, out);
    std::vector<graph::TensorId> inputs = {last_, weights};
    if (Pick(0, 1) == 0) inputs.push_back(Bias(out));
    Add(depthwise ? OpKind::kDepthwiseConv2D : OpKind::kConv2D, inputs, conv, 1.7F);
  }
  void FlattenAndConnect() {
    const int64_t in = graph::ElementCount(shape());
    Add(OpKind::kReshape, {last_}, graph::NoAttributes{}, 0, {1, in});
    const int64_t out = Pick(1, 9);
    const auto weights = Constant({in, out}, 1, out);
    Add(OpKind::kFullyConnected, {last_, weights, Bias(out)}, graph::FullyConnectedAttributes{PickActivation()}, 2.3F);
  }
  void Pad() {
    graph::PadAttributes pad;
    for (size_t d = 0; d < shape().size(); ++d)
      pad.amounts.emplace_back(d == 0 ? 0 : Pick(0, 1), d == 0 || d == 3 ? 0 : Pick(0, 1));
    Add(OpKind::kPad, {last_}, pad);
  }
  void Pool() {
    graph::PoolAttributes pool;
    pool.window.kernel_h = pool.window.kernel_w = static_cast<int>(std::min<int64_t>({2, shape()[1], shape()[2]}));
    pool.window.stride_h = pool.window.stride_w = Pick(1, 2);
    pool.window.padding = Pick(0, 1) == 0 ? graph::Padding::kSame : graph::Padding::kValid;
    Add(Pick(0, 1) == 0 ? OpKind::kMaxPool : OpKind::kAveragePool, {last_}, pool);
  }
  void ByChannel() {
    const graph::TensorId constant = Constant({shape().back()}, -1, 1);
    constexpr OpKind kOps[] = {OpKind::kMul, OpKind::kAdd, OpKind::kSub};
    const OpKind op = kOps[Pick(0, 2)];
    const bool first = Pick(0, 3) == 0;
    Add(op, first ? std::vector{constant, last_} : std::vector{last_, constant}, graph::NoAttributes{},
        op == OpKind::kMul ? 0.8F : 1.3F);
  }
  void Activate() {
    constexpr OpKind kOps[] = {OpKind::kRelu, OpKind::kRelu6, OpKind::kClamp, OpKind::kLeakyRelu};
    const OpKind op = kOps[Pick(0, 3)];
    const float rescale = int8_ && Pick(0, 2) == 0 && op != OpKind::kRelu && op != OpKind::kRelu6 ? 0.9F : 0;
    if (op == OpKind::kClamp) {
      Add(op, {last_}, Pick(0, 1) == 0 ? graph::ClampAttributes{0, 6} : graph::ClampAttributes{-1, 1}, rescale);
    } else if (op == OpKind::kLeakyRelu) {
      Add(op, {last_}, graph::LeakyReluAttributes{0.25F}, rescale);
    } else {
      Add(op, {last_}, graph::NoAttributes{});
    }
  }
  void Transpose() {
    graph::TransposeAttributes transpose;
    for (size_t d = 0; d < shape().size(); ++d) transpose.permutation.push_back(static_cast<int>(d));
    std::shuffle(transpose.permutation.begin() + 1, transpose.permutation.end(), rng_);
    Add(OpKind::kTranspose, {last_}, transpose);
  }
  void TransposeThereAndBack() {
    if (!IsPicture()) return;
    Add(OpKind::kTranspose, {last_}, graph::TransposeAttributes{{0, 3, 1, 2}});
    if (Pick(0, 1) == 0) Activate();
    if (Pick(0, 2) == 0) Pad();
    if (Pick(0, 2) == 0) Slice();
    Add(OpKind::kTranspose, {last_}, graph::TransposeAttributes{{0, 2, 3, 1}});
  }
  void Slice() {
    graph::SliceAttributes slice;
    for (const int64_t extent : shape()) {
      const int64_t begin = Pick(0, 3) == 0 && extent > 1 ? 1 : 0;
      slice.ranges.push_back({begin, 1, extent - begin});
    }
    Add(OpKind::kSlice, {last_}, slice);
  }
  void Concat() {
    if (graph::ElementCount(shape()) > 2000) return;
    const graph::TensorId first = last_;
    if (Pick(0, 1) == 0) Activate();
    const int axis = Pick(1, static_cast<int>(shape().size()) - 1);
    Add(OpKind::kConcat, {last_, first}, graph::ConcatAttributes{axis});
    if (int8_) graph_.tensor(last_).quantization = graph_.tensor(first).quantization;
  }
  void Reduce() {
    if (!IsPicture()) return;
    const bool sum = Pick(0, 1) == 0;
    Add(sum ? OpKind::kSum : OpKind::kMean, {last_}, graph::ReduceAttributes{{1, 2}, Pick(0, 1) == 0}, sum ? 4.0F : 0);
  }
  void ThroughFloat() {
    if (!int8_) return Add(OpKind::kIdentity, {last_}, graph::NoAttributes{});
    const graph::Quantization before = graph_.tensor(last_).quantization;
    last_ = graph::AddNode(graph_, OpKind::kDequantize, "to float", {last_}).value();
    last_ = graph::AddNode(graph_, OpKind::kQuantize, "to int8", {last_}).value();
    graph_.tensor(last_).quantization = before;
    if (Pick(0, 2) == 0) graph_.tensor(last_).quantization.scales[0] *= 1.1F;
  }

  void Step() {
    switch (Pick(0, IsPicture() ? 14 : 6)) {
      case 0: return Activate();
      case 1: return ByChannel();
      case 2: return Slice();
      case 3: return Concat();
      case 4: return ThroughFloat();
      case 5: return FlattenAndConnect();
      case 6: return Transpose();
      case 7: return Pad();
      case 8: return Pool();
      case 9: return Reduce();
      case 10: return TransposeThereAndBack();
      default: return Conv();
    }
  }

  bool int8_;
  std::mt19937 rng_;
  graph::Graph graph_;
  graph::TensorId last_ = graph::kNoTensor;
};

}  // namespace linnet::passes
