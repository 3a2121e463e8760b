// Random networks of every operator, for tests: int8 in either arithmetic with all scales and zero points, or float.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "linnet/base/check.h"
#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/graph/graph.h"

namespace linnet::profile {

enum class NetworkKind : uint8_t { kOwnInt8, kTfliteInt8, kFloat };

class RandomOperators {
 public:
  using Id = graph::TensorId;
  using Op = graph::OpKind;

  RandomOperators(uint32_t seed, NetworkKind kind) : kind_(kind), rng_(seed) {
    graph_.name = "operators-" + std::to_string(seed);
    if (kind == NetworkKind::kTfliteInt8) graph_.arithmetic = graph::Arithmetic::kTflite;
    last_ = graph::AddInput(graph_, "input", {1, Pick(3, 7), Pick(3, 7), Pick(1, 9)},
                            kind == NetworkKind::kFloat ? graph::DType::kFloat32 : graph::DType::kInt8);
    Quantize(last_, Real(0.02F, 0.06F), Pick(-40, 40));
  }

  // `count` layers, each a random one of those that fit what is there.
  graph::Graph Build(int count) {
    while (static_cast<int>(graph_.nodes.size()) < count) AddLayer(Pick(0, 23));
    graph_.outputs = {last_};
    if (Pick(0, 1) == 0) {
      const Id answer = last_;
      Add(Op::kArgMax, {answer}, graph::ReduceAttributes{{static_cast<int>(shape().size()) - 1}, false});
      if (Pick(0, 1) == 0) graph_.tensor(last_).type = graph::DType::kInt32;
      graph_.outputs.push_back(last_);
    }
    const auto sound = graph::Verify(graph_);
    LINNET_CHECK(sound.has_value());
    return graph_;
  }

 private:
  bool is_float() const { return kind_ == NetworkKind::kFloat; }
  int Pick(int lo, int hi) { return std::uniform_int_distribution<int>(lo, hi)(rng_); }
  float Real(float lo, float hi) { return std::uniform_real_distribution<float>(lo, hi)(rng_); }
  const graph::Shape& shape() const { return graph_.tensor(last_).shape; }
  float scale() const { return is_float() ? 0.03F : graph_.tensor(last_).quantization.scales[0]; }
  graph::Activation AnyActivation() { return static_cast<graph::Activation>(Pick(0, 3)); }

  void Quantize(Id id, float scale, int32_t zero_point) {
    graph::Tensor& tensor = graph_.tensor(id);
    if (tensor.type == graph::DType::kInt8) tensor.quantization = {{scale}, {zero_point}, -1};
  }
  // The output gets a scale of its own, `spread` times that of the input.
  void Add(Op op, std::vector<Id> inputs, graph::Attributes attributes, float spread = 0, graph::Shape target = {}) {
    const graph::Quantization kept = graph_.tensor(last_).quantization;
    const float new_scale = scale() * spread;
    const std::string name = std::string(graph::Name(op)) + std::to_string(graph_.nodes.size());
    const auto id = graph::AddNode(graph_, op, name, std::move(inputs), std::move(attributes), std::move(target));
    LINNET_CHECK(id.has_value());
    last_ = *id;
    graph::Tensor& output = graph_.tensor(last_);
    if (output.type != graph::DType::kInt8) return;
    output.quantization = kept;
    if (spread != 0) Quantize(last_, new_scale, Pick(-60, 60));
  }
  Id Constant(graph::Shape shape, float scale, int32_t zero_point) {
    const auto count = static_cast<size_t>(graph::ElementCount(shape));
    if (is_float()) {
      std::vector<float> values(count);
      for (float& v : values) v = Real(-1.5F, 1.5F);
      return graph::AddConstant(graph_, "constant" + std::to_string(graph_.tensors.size()), shape, values);
    }
    std::vector<int8_t> values(count);
    for (auto& v : values) v = static_cast<int8_t>(Pick(-127, 127));
    return Integers(std::move(shape), graph::DType::kInt8, values, {{scale}, {zero_point}, -1});
  }
  template <typename T>
  Id Integers(graph::Shape shape, graph::DType type, const std::vector<T>& values, graph::Quantization q) {
    graph::Tensor tensor;
    tensor.name = "constant" + std::to_string(graph_.tensors.size());
    tensor.type = type;
    tensor.shape = std::move(shape);
    tensor.constant = true;
    tensor.data.resize(values.size() * sizeof(T));
    std::memcpy(tensor.data.data(), values.data(), tensor.data.size());
    tensor.quantization = std::move(q);
    graph_.tensors.push_back(std::move(tensor));
    return static_cast<Id>(graph_.tensors.size() - 1);
  }
  Id Bias(int64_t channels) {
    if (is_float()) return Constant({channels}, 0, 0);
    std::vector<int32_t> values(static_cast<size_t>(channels));
    for (auto& v : values) v = Pick(-2000, 2000);
    return Integers({channels}, graph::DType::kInt32, values, {});
  }

  void AddLayer(int choice) {
    const bool image = shape().size() == 4;
    switch (choice) {
      case 0: return Binary(Op::kAdd);
      case 1: return Binary(Op::kSub);
      case 2: return Binary(Op::kMul);
      case 3: return Binary(Pick(0, 1) == 0 ? Op::kMaximum : Op::kMinimum);
      case 4: return Function();
      case 5: return Function();
      case 6: return Softmax();
      case 7: return image ? Pool() : Function();
      case 8: return image ? Pool() : Function();
      case 9: return Reduce(Op::kMean);
      case 10: return Reduce(Op::kSum);
      case 11: return Pad();
      case 12: return Concat();
      case 13: return Slice();
      case 14: return Transpose();
      case 15: return Reshape();
      case 16: return image ? Resize() : Function();
      case 17: return image ? TransposeConv() : Function();
      case 18: return Requantize();
      case 19: return image && is_float() ? Convolution() : Function();
      case 20: return image && is_float() ? Depthwise() : Function();
      case 21: return Recurrent();
      case 22: return Memory();
      default: return is_float() ? Binary(Op::kDiv) : Function();
    }
  }

  // The second operand is a constant of all kinds of shapes, or the tensor itself reduced to a channel each.
  void Binary(Op op) {
    const bool extreme = op == Op::kMaximum || op == Op::kMinimum;
    const float own = scale();
    const int32_t own_zero = is_float() ? 0 : graph_.tensor(last_).quantization.zero_points[0];
    const Id input = last_;
    graph::Shape other = shape();
    for (auto& extent : other) {
      if (Pick(0, 2) == 0) extent = 1;
    }
    if (Pick(0, 3) == 0) other = {other.back()};
    Id second = graph::kNoTensor;
    if (Pick(0, 2) == 0 && shape().size() > 1) {
      Add(Op::kMean, {input},
          graph::ReduceAttributes{{static_cast<int>(Pick(1, static_cast<int>(shape().size()) - 1))}, true});
      second = last_;
      last_ = input;
    } else {
      second = Constant(other, extreme ? own : own * Real(0.2F, 3), extreme ? own_zero : Pick(-100, 100));
    }
    const float other_scale = is_float() ? 1.0F : graph_.tensor(second).quantization.scales[0];
    const float spread = extreme          ? 0
                         : op == Op::kMul ? other_scale * 100
                                          : Real(0.6F, 1.5F) * std::max(1.0F, other_scale / own);
    std::vector<Id> inputs = {input, second};
    if (Pick(0, 1) == 0) std::swap(inputs[0], inputs[1]);
    if (extreme) return Add(op, inputs, graph::NoAttributes{}, spread);
    Add(op, inputs, graph::ActivationAttributes{AnyActivation()}, spread);
  }
  void Function() {
    switch (Pick(0, 6)) {
      case 0: Unary(Op::kSigmoid, graph::NoAttributes{}, 1.0F / 256, -128); break;
      case 1: Unary(Op::kTanh, graph::NoAttributes{}, 1.0F / 128, 0); break;
      case 2: Add(Op::kRelu, {last_}, graph::NoAttributes{}, Pick(0, 1) == 0 ? 0 : 0.7F); break;
      case 3: Add(Op::kRelu6, {last_}, graph::NoAttributes{}, Pick(0, 1) == 0 ? 0 : 0.7F); break;
      case 4: Add(Op::kLeakyRelu, {last_}, graph::LeakyReluAttributes{Real(0.01F, 0.9F)}, 0.9F); break;
      case 5: Add(Op::kHardSwish, {last_}, graph::NoAttributes{}, 0.8F); break;
      default: Add(Op::kClamp, {last_}, graph::ClampAttributes{Real(-1, 0), Real(0.1F, 2)}, 0); break;
    }
  }
  void Unary(Op op, graph::Attributes attributes, float scale, int32_t zero_point) {
    Add(op, {last_}, std::move(attributes));
    Quantize(last_, scale, zero_point);
    // Back to a scale of everyday size.
    if (!is_float()) Add(Op::kQuantize, {last_}, graph::NoAttributes{}, Real(2, 5));
  }
  void Softmax() {
    if (Pick(0, 1) == 0) return Unary(Op::kLogSoftmax, graph::NoAttributes{}, 1.0F / 16, 127);
    Unary(Op::kSoftmax, graph::SoftmaxAttributes{Pick(0, 1) == 0 ? 1.0F : Real(0.3F, 2)}, 1.0F / 256, -128);
  }
  void Pool() {
    graph::PoolAttributes pool;
    pool.window.kernel_h = Pick(1, std::min(3, static_cast<int>(shape()[1])));
    pool.window.kernel_w = Pick(1, std::min(3, static_cast<int>(shape()[2])));
    pool.window.stride_h = Pick(1, 2), pool.window.stride_w = Pick(1, 2);
    pool.window.padding = Pick(0, 1) == 0 ? graph::Padding::kSame : graph::Padding::kValid;
    pool.activation = AnyActivation();
    Add(Pick(0, 1) == 0 ? Op::kMaxPool : Op::kAveragePool, {last_}, pool);
  }
  void Reduce(Op op) {
    graph::ReduceAttributes reduce{{}, Pick(0, 3) != 0};
    for (int d = 1; d < static_cast<int>(shape().size()); ++d) {
      if (Pick(0, 2) == 0) reduce.axes.push_back(d);
    }
    if (reduce.axes.empty()) reduce.axes.push_back(static_cast<int>(shape().size()) - 1);
    if (!reduce.keep_dims && shape().size() < 3) reduce.keep_dims = true;
    Add(op, {last_}, reduce, op == Op::kSum ? Real(1, 3) : Pick(0, 1) == 0 ? 0 : Real(0.4F, 1));
  }
  void Pad() {
    graph::PadAttributes pad;
    for (size_t d = 0; d < shape().size(); ++d)
      pad.amounts.emplace_back(d == 0 ? 0 : Pick(0, 1), d == 0 ? 0 : Pick(0, 1));
    if (Pick(0, 1) == 0) pad.value = Real(-1, 1);
    if (graph::ElementCount(shape()) < 1500) Add(Op::kPad, {last_}, pad);
  }
  void Concat() {
    graph::ConcatAttributes concat{Pick(0, static_cast<int>(shape().size()) - 1)};
    graph::Shape other = shape();
    if (concat.axis == 0 || graph::ElementCount(shape()) > 1500) return;
    other[static_cast<size_t>(concat.axis)] = Pick(1, 3);
    const bool same = Pick(0, 1) == 0;
    const int32_t zero = is_float() ? 0 : graph_.tensor(last_).quantization.zero_points[0];
    const Id constant = Constant(other, same ? scale() : scale() * 1.3F, same ? zero : Pick(-30, 30));
    Add(Op::kConcat, {last_, constant, last_}, concat, Pick(0, 1) == 0 ? 0 : 1.2F);
  }
  void Slice() {
    graph::SliceAttributes slice;
    for (const int64_t extent : shape()) {
      graph::SliceAttributes::Range range{0, 1, extent};
      if (extent > 2 && Pick(0, 1) == 0) {
        range.step = Pick(0, 2) == 0 ? -Pick(1, 2) : Pick(1, 2);
        range.begin = range.step > 0 ? Pick(0, 1) : extent - 1;
        const int64_t room = range.step > 0 ? extent - range.begin : extent;
        range.count = (room + std::abs(range.step) - 1) / std::abs(range.step);
      }
      slice.ranges.push_back(range);
    }
    Add(Op::kSlice, {last_}, slice);
  }
  void Transpose() {
    graph::TransposeAttributes transpose;
    for (int d = 0; d < static_cast<int>(shape().size()); ++d) transpose.permutation.push_back(d);
    std::shuffle(transpose.permutation.begin() + 1, transpose.permutation.end(), rng_);  // the batch stays in front
    Add(Op::kTranspose, {last_}, transpose);
  }
  void Reshape() {
    graph::Shape target = shape();
    if (target.size() == 4) {
      std::swap(target[1], target[2]);
    } else {
      target.insert(target.begin() + 1, 4 - target.size(), 1);
    }
    Add(Op::kReshape, {last_}, graph::NoAttributes{}, 0, target);
  }
  void Resize() {
    graph::ResizeAttributes resize{Pick(1, 9), Pick(1, 9), Pick(0, 1) == 0, false};
    resize.half_pixel_centers = !resize.align_corners && Pick(0, 1) == 0;
    if (shape()[3] < 40) Add(Op::kResizeNearest, {last_}, resize);
  }
  void TransposeConv() {
    graph::TransposeConvAttributes a;
    const int kh = Pick(1, 4), kw = Pick(1, 4), channels = Pick(1, 11);
    a.window.stride_h = Pick(1, 3), a.window.stride_w = Pick(1, 3);
    const auto h = static_cast<int>(shape()[1]), w = static_cast<int>(shape()[2]);
    if (h * w > 60 || shape()[3] > 12) return;
    a.window.padding = Pick(0, 1) == 0 ? graph::Padding::kSame : graph::Padding::kValid;
    const bool same = a.window.padding == graph::Padding::kSame;
    a.out_h = same ? h * a.window.stride_h : (h - 1) * a.window.stride_h + kh;
    a.out_w = same ? w * a.window.stride_w : (w - 1) * a.window.stride_w + kw;
    a.activation = AnyActivation();
    const Id weights = Constant({kh, kw, shape()[3], channels}, 0.01F, 0);
    Add(Op::kTransposeConv, {last_, weights, Bias(channels)}, a, 0.6F * std::sqrt(static_cast<float>(shape()[3] * 2)));
  }
  void Convolution() {
    graph::ConvAttributes conv;
    conv.window.stride_h = Pick(1, 2), conv.window.stride_w = Pick(1, 2);
    conv.window.dilation_w = Pick(1, 2);
    conv.window.padding = graph::Padding::kSame;
    conv.activation = AnyActivation();
    const int channels = Pick(1, 19);
    if (graph::ElementCount(shape()) > 800) return;
    Add(Op::kConv2D, {last_, Constant({Pick(1, 3), Pick(1, 3), shape()[3], channels}, 0, 0), Bias(channels)}, conv);
  }
  void Depthwise() {
    graph::ConvAttributes conv;
    conv.window.padding = graph::Padding::kSame;
    conv.window.stride_h = Pick(1, 2), conv.window.stride_w = Pick(1, 2);
    conv.activation = AnyActivation();
    const int multiplier = Pick(1, 2);
    const int64_t in = shape()[3];
    if (in > 20) return;
    Add(Op::kDepthwiseConv2D, {last_, Constant({Pick(1, 3), Pick(1, 3), in, multiplier}, 0, 0), Bias(in * multiplier)},
        conv);
  }
  void Requantize() {
    if (is_float()) return FullyConnected();
    if (Pick(0, 1) == 0) return Add(Op::kQuantize, {last_}, graph::NoAttributes{}, Real(0.5F, 2));
    Add(Op::kDequantize, {last_}, graph::NoAttributes{});
    Add(Op::kTanh, {last_}, graph::NoAttributes{});
    Add(Op::kQuantize, {last_}, graph::NoAttributes{});
    Quantize(last_, 0.02F, Pick(-20, 20));
  }
  void FullyConnected() {
    const int64_t count = graph::ElementCount(shape());
    if (count > 600) return;
    Add(Op::kReshape, {last_}, graph::NoAttributes{}, 0, {1, count});
    const int outputs = Pick(2, 21);
    Add(Op::kFullyConnected, {last_, Constant({count, outputs}, 0, 0), Bias(outputs)},
        graph::FullyConnectedAttributes{AnyActivation()});
  }
  // Over the rows of what is there, as a sequence.
  void Recurrent() {
    const int64_t count = graph::ElementCount(shape()), in = shape().back();
    if (is_float() || in > 60 || count / in > 40) return;
    Add(Op::kReshape, {last_}, graph::NoAttributes{}, 0, {1, count / in, in});
    const int units = Pick(1, 7);
    graph::LstmAttributes lstm;
    lstm.cell_scale = std::ldexp(1.0F, -Pick(9, 13));
    lstm.hidden_scale = Real(0.005F, 0.01F);
    lstm.hidden_zero_point = Pick(-20, 20);
    if (Pick(0, 1) == 0) lstm.cell_clip = Real(0.2F, 2);
    std::vector<Id> inputs = {last_};
    for (int i = 0; i < 4; ++i) inputs.push_back(Constant({units, in}, Real(0.003F, 0.03F), 0));
    for (int i = 0; i < 4; ++i) inputs.push_back(Constant({units, units}, Real(0.003F, 0.03F), 0));
    for (int i = 0; i < 4; ++i) inputs.push_back(Bias(units));
    const float hidden_scale = lstm.hidden_scale;
    const int32_t hidden_zero = lstm.hidden_zero_point;
    Add(Op::kLstm, inputs, lstm);
    Quantize(last_, hidden_scale, hidden_zero);
    Add(Op::kQuantize, {last_}, graph::NoAttributes{}, 3);
  }
  void Memory() {
    const int64_t count = graph::ElementCount(shape());
    if (is_float() || count > 400) return;
    Add(Op::kReshape, {last_}, graph::NoAttributes{}, 0, {1, count});
    graph::SvdfAttributes svdf;
    svdf.rank = Pick(1, 3);
    const int units = Pick(1, 9), filters = units * svdf.rank, memory = Pick(1, 12);
    const bool wide = Pick(0, 2) != 0;
    svdf.state_type = wide ? graph::DType::kInt16 : graph::DType::kInt8;
    svdf.state_scale = wide ? 0.001F : 0.1F;
    svdf.state_zero_point = wide ? 0 : Pick(-10, 10);
    const Id features = Constant({filters, count}, 0.01F, 0);
    Id time = graph::kNoTensor;
    const graph::Shape time_shape = {filters, memory};
    if (wide) {
      std::vector<int16_t> values(static_cast<size_t>(filters * memory));
      for (auto& v : values) v = static_cast<int16_t>(Pick(-3000, 3000));
      time = Integers(time_shape, graph::DType::kInt16, values, {{0.0003F}, {0}, -1});
    } else {
      time = Constant(time_shape, 0.01F, 0);
    }
    Add(Op::kSvdf, {last_, features, time, Bias(units)}, svdf);
    Quantize(last_, 0.03F, Pick(-20, 20));
  }

  NetworkKind kind_;
  graph::Graph graph_;
  Id last_ = graph::kNoTensor;
  std::mt19937 rng_;
};

}  // namespace linnet::profile
