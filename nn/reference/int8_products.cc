// Convolutions and fully-connected layers: int8 products summed in int32.
#include <algorithm>
#include <cstring>

#include "dot.h"
#include "layer.h"
#include "linnet/graph/tflite_arithmetic.h"
#include "window.h"

namespace linnet::reference {
namespace {

using graph::Graph;
using graph::Node;
using graph::OpKind;

// What the four have in common: bias, multipliers and clamp of each output channel.
struct Requantizer {
  std::vector<int32_t> bias;
  Scale in, out;
  bool tflite;
  std::vector<graph::Multiplier> multipliers;  // kSingleRounding
  graph::ClampRange clamp;
  graph::tflite::ProductParameters twice;  // kTflite

  Requantizer(const Graph& graph, const Node& node)
      : in(ScaleOf(graph, node.inputs[0])),
        out(ScaleOf(graph, node.outputs[0])),
        tflite(graph.arithmetic == graph::Arithmetic::kTflite) {
    const auto channels = static_cast<size_t>(graph.tensor(node.outputs[0]).shape.back());
    bias.assign(channels, 0);
    if (node.inputs.size() > 2 && node.inputs[2] != graph::kNoTensor) {
      std::memcpy(bias.data(), graph.tensor(node.inputs[2]).data.data(), channels * sizeof(int32_t));
    }
    if (tflite) {
      twice = graph::tflite::ProductParametersOf(graph, node);
      return;
    }
    clamp = graph::ActivationRange(graph::ActivationOf(node), out.scale, out.zero_point);
    const std::vector<float>& scales = graph.tensor(node.inputs[1]).quantization.scales;
    for (size_t c = 0; c < channels; ++c) {
      const double weight_scale = scales[scales.size() == 1 ? 0 : c];
      multipliers.push_back(
          graph::QuantizeMultiplier(static_cast<double>(in.scale) * weight_scale / static_cast<double>(out.scale)));
    }
  }

  int8_t operator()(int32_t acc, size_t channel) const {
    if (!tflite) return graph::Requantize(acc, multipliers[channel], out.zero_point, clamp.lo, clamp.hi);
    const int32_t scaled = graph::tflite::MultiplyByQuantizedMultiplier(acc, twice.multipliers[channel]);
    return static_cast<int8_t>(std::clamp(out.zero_point + scaled, twice.clamp.lo, twice.clamp.hi));
  }
};

// Weights [taps][out] as int16 [out][taps], so that a sum runs over neighbours.
std::vector<int16_t> OutputMajor(const std::vector<uint8_t>& data, size_t outputs) {
  std::vector<int16_t> result(data.size());
  const size_t taps = data.size() / outputs;
  for (size_t k = 0; k < taps; ++k) {
    for (size_t c = 0; c < outputs; ++c) result[c * taps + k] = static_cast<int8_t>(data[k * outputs + c]);
  }
  return result;
}

class FullyConnected : public Layer {
 public:
  FullyConnected(const Graph& graph, const Node& node)
      : node_(node),
        requantize_(graph, node),
        inputs_(static_cast<size_t>(graph.tensor(node.inputs[1]).shape[0])),
        weights_(OutputMajor(graph.tensor(node.inputs[1]).data, requantize_.bias.size())) {}

  void Run(Tensors& tensors) override {
    const std::span<const int8_t> in = tensors.as<int8_t>(node_.inputs[0]);
    const std::span<int8_t> out = tensors.as<int8_t>(node_.outputs[0]);
    std::vector<int16_t> x(inputs_);
    size_t at = 0;
    for (size_t row = 0; row < in.size(); row += inputs_) {
      for (size_t k = 0; k < inputs_; ++k) x[k] = static_cast<int16_t>(in[row + k] - requantize_.in.zero_point);
      for (size_t c = 0; c < requantize_.bias.size(); ++c) {
        out[at++] = requantize_(requantize_.bias[c] + Dot(x.data(), &weights_[c * inputs_], inputs_), c);
      }
    }
  }

 private:
  Node node_;
  Requantizer requantize_;
  size_t inputs_;
  std::vector<int16_t> weights_;
};

class Conv2D : public Layer {
 public:
  Conv2D(const Graph& graph, const Node& node)
      : node_(node),
        sizes_(SizesOf(graph, node)),
        window_(std::get<graph::ConvAttributes>(node.attributes).window),
        requantize_(graph, node),
        weights_(OutputMajor(graph.tensor(node.inputs[1]).data, requantize_.bias.size())) {}

  void Run(Tensors& tensors) override {
    const size_t channels = requantize_.bias.size();
    const size_t taps = weights_.size() / channels;
    std::vector<int16_t> patch(taps);
    int8_t* out = tensors.as<int8_t>(node_.outputs[0]).data();
    const auto zero_point = static_cast<int16_t>(requantize_.in.zero_point);
    for (int64_t b = 0; b < sizes_.batch; ++b) {
      const int8_t* image = tensors.as<int8_t>(node_.inputs[0]).data() + b * sizes_.in_h * sizes_.in_w * sizes_.in_c;
      for (int64_t y = 0; y < sizes_.out_h; ++y) {
        for (int64_t x = 0; x < sizes_.out_w; ++x) {
          GatherPatch(sizes_, window_, image, y, x, patch.data(),
                      [=](int8_t v) { return static_cast<int16_t>(v - zero_point); });
          for (size_t c = 0; c < channels; ++c)
            *out++ = requantize_(requantize_.bias[c] + Dot(patch.data(), &weights_[c * taps], taps), c);
        }
      }
    }
  }

 private:
  Node node_;
  Sizes sizes_;
  graph::Window window_;
  Requantizer requantize_;
  std::vector<int16_t> weights_;
};

class DepthwiseConv2D : public Layer {
 public:
  DepthwiseConv2D(const Graph& graph, const Node& node)
      : node_(node),
        sizes_(SizesOf(graph, node)),
        window_(std::get<graph::ConvAttributes>(node.attributes).window),
        requantize_(graph, node) {
    for (const uint8_t byte : graph.tensor(node.inputs[1]).data) weights_.push_back(static_cast<int8_t>(byte));
  }

  void Run(Tensors& tensors) override {
    const size_t channels = requantize_.bias.size();
    const size_t multiplier = channels / static_cast<size_t>(sizes_.in_c);
    std::vector<int32_t> sums(channels);
    int8_t* out = tensors.as<int8_t>(node_.outputs[0]).data();
    for (int64_t b = 0; b < sizes_.batch; ++b) {
      const int8_t* image = tensors.as<int8_t>(node_.inputs[0]).data() + b * sizes_.in_h * sizes_.in_w * sizes_.in_c;
      for (int64_t y = 0; y < sizes_.out_h; ++y) {
        for (int64_t x = 0; x < sizes_.out_w; ++x) {
          sums = requantize_.bias;
          ForEachTap(sizes_, window_, image, y, x, [&](const int8_t* tap, int64_t ky, int64_t kx) {
            const int8_t* w = &weights_[static_cast<size_t>(ky * window_.kernel_w + kx) * channels];
            for (size_t c = 0; c < channels; ++c) sums[c] += (tap[c / multiplier] - requantize_.in.zero_point) * w[c];
          });
          for (size_t c = 0; c < channels; ++c) *out++ = requantize_(sums[c], c);
        }
      }
    }
  }

 private:
  Node node_;
  Sizes sizes_;
  graph::Window window_;
  Requantizer requantize_;
  std::vector<int8_t> weights_;
};

// The gradient of a convolution: each input pixel is added, times the kernel, to the window over the output it belongs to.
class TransposeConv : public Layer {
 public:
  TransposeConv(const Graph& graph, const Node& node)
      : node_(node),
        sizes_(SizesOf(graph, node)),
        window_(std::get<graph::TransposeConvAttributes>(node.attributes).window),
        requantize_(graph, node),
        weights_(OutputMajor(graph.tensor(node.inputs[1]).data, requantize_.bias.size())) {}

  void Run(Tensors& tensors) override {
    const size_t channels = requantize_.bias.size();
    const auto pixels = static_cast<size_t>(sizes_.out_h * sizes_.out_w);
    const auto depth = static_cast<size_t>(sizes_.in_c);
    int8_t* out = tensors.as<int8_t>(node_.outputs[0]).data();
    const int8_t* in = tensors.as<int8_t>(node_.inputs[0]).data();
    std::vector<int16_t> pixel(depth);
    for (int64_t b = 0; b < sizes_.batch; ++b) {
      std::vector<int32_t> sums(pixels * channels, 0);
      for (int64_t y = 0; y < sizes_.in_h; ++y) {
        for (int64_t x = 0; x < sizes_.in_w; ++x) {
          for (int16_t& value : pixel) value = static_cast<int16_t>(*in++ - requantize_.in.zero_point);
          Scatter(y, x, pixel, sums);
        }
      }
      for (size_t i = 0; i < sums.size(); ++i)
        *out++ = requantize_(requantize_.bias[i % channels] + sums[i], i % channels);
    }
  }

 private:
  void Scatter(int64_t y, int64_t x, const std::vector<int16_t>& pixel, std::vector<int32_t>& sums) const {
    const size_t channels = requantize_.bias.size();
    const size_t taps = weights_.size() / channels;
    for (int64_t ky = 0; ky < window_.kernel_h; ++ky) {
      const int64_t oy = y * window_.stride_h - window_.pad_top + ky * window_.dilation_h;
      for (int64_t kx = 0; kx < window_.kernel_w; ++kx) {
        const int64_t ox = x * window_.stride_w - window_.pad_left + kx * window_.dilation_w;
        if (oy < 0 || oy >= sizes_.out_h || ox < 0 || ox >= sizes_.out_w) continue;
        const auto tap = static_cast<size_t>(ky * window_.kernel_w + kx) * pixel.size();
        int32_t* sum = &sums[static_cast<size_t>(oy * sizes_.out_w + ox) * channels];
        for (size_t c = 0; c < channels; ++c) sum[c] += Dot(pixel.data(), &weights_[c * taps + tap], pixel.size());
      }
    }
  }

  Node node_;
  Sizes sizes_;
  graph::Window window_;
  Requantizer requantize_;
  std::vector<int16_t> weights_;
};

}  // namespace

std::unique_ptr<Layer> MakeProductLayer(const Graph& graph, const Node& node) {
  if (node.op == OpKind::kConv2D) return std::make_unique<Conv2D>(graph, node);
  if (node.op == OpKind::kDepthwiseConv2D) return std::make_unique<DepthwiseConv2D>(graph, node);
  if (node.op == OpKind::kTransposeConv) return std::make_unique<TransposeConv>(graph, node);
  return std::make_unique<FullyConnected>(graph, node);
}

}  // namespace linnet::reference
