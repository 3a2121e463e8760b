// Convolutions and fully-connected layers: int8 products summed in int32.
#include <cstring>

#include "int8_kernels.h"
#include "int8_layer.h"
#include "window.h"

namespace linnet::reference {
namespace {

using graph::Graph;
using graph::Node;
using graph::OpKind;

// What the three have in common: bias, multipliers and clamp of each output channel.
struct Requantizer {
  std::vector<int32_t> bias;
  std::vector<graph::Multiplier> multipliers;
  Scale in, out;
  graph::ClampRange clamp;

  Requantizer(const Graph& graph, const Node& node, graph::Activation activation)
      : in(ScaleOf(graph, node.inputs[0])),
        out(ScaleOf(graph, node.outputs[0])),
        clamp(graph::ActivationRange(activation, out.scale, out.zero_point)) {
    const auto channels = static_cast<size_t>(graph.tensor(node.outputs[0]).shape.back());
    bias.assign(channels, 0);
    if (node.inputs.size() > 2 && node.inputs[2] != graph::kNoTensor) {
      std::memcpy(bias.data(), graph.tensor(node.inputs[2]).data.data(), channels * sizeof(int32_t));
    }
    const std::vector<float>& scales = graph.tensor(node.inputs[1]).quantization.scales;
    for (size_t c = 0; c < channels; ++c) {
      const double weight_scale = scales[scales.size() == 1 ? 0 : c];
      multipliers.push_back(
          graph::QuantizeMultiplier(static_cast<double>(in.scale) * weight_scale / static_cast<double>(out.scale)));
    }
  }

  int8_t operator()(int32_t acc, size_t channel) const {
    return graph::Requantize(acc, multipliers[channel], out.zero_point, clamp.lo, clamp.hi);
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

class FullyConnected : public Int8Layer {
 public:
  FullyConnected(const Graph& graph, const Node& node)
      : node_(node),
        requantize_(graph, node, std::get<graph::FullyConnectedAttributes>(node.attributes).activation),
        inputs_(static_cast<size_t>(graph.tensor(node.inputs[1]).shape[0])),
        weights_(OutputMajor(graph.tensor(node.inputs[1]).data, requantize_.bias.size())) {}

  void Run(Int8Values& values) const override {
    const auto& in = values[static_cast<size_t>(node_.inputs[0])];
    auto& out = values[static_cast<size_t>(node_.outputs[0])];
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

class Conv2D : public Int8Layer {
 public:
  Conv2D(const Graph& graph, const Node& node)
      : node_(node),
        sizes_(SizesOf(graph, node)),
        window_(std::get<graph::ConvAttributes>(node.attributes).window),
        requantize_(graph, node, std::get<graph::ConvAttributes>(node.attributes).activation),
        weights_(OutputMajor(graph.tensor(node.inputs[1]).data, requantize_.bias.size())) {}

  void Run(Int8Values& values) const override {
    const size_t channels = requantize_.bias.size();
    const size_t taps = weights_.size() / channels;
    std::vector<int16_t> patch(taps);
    int8_t* out = values[static_cast<size_t>(node_.outputs[0])].data();
    const auto zero_point = static_cast<int16_t>(requantize_.in.zero_point);
    for (int64_t b = 0; b < sizes_.batch; ++b) {
      const int8_t* image =
          values[static_cast<size_t>(node_.inputs[0])].data() + b * sizes_.in_h * sizes_.in_w * sizes_.in_c;
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

class DepthwiseConv2D : public Int8Layer {
 public:
  DepthwiseConv2D(const Graph& graph, const Node& node)
      : node_(node),
        sizes_(SizesOf(graph, node)),
        window_(std::get<graph::ConvAttributes>(node.attributes).window),
        requantize_(graph, node, std::get<graph::ConvAttributes>(node.attributes).activation) {
    for (const uint8_t byte : graph.tensor(node.inputs[1]).data) weights_.push_back(static_cast<int8_t>(byte));
  }

  void Run(Int8Values& values) const override {
    const size_t channels = requantize_.bias.size();
    const size_t multiplier = channels / static_cast<size_t>(sizes_.in_c);
    std::vector<int32_t> sums(channels);
    int8_t* out = values[static_cast<size_t>(node_.outputs[0])].data();
    for (int64_t b = 0; b < sizes_.batch; ++b) {
      const int8_t* image =
          values[static_cast<size_t>(node_.inputs[0])].data() + b * sizes_.in_h * sizes_.in_w * sizes_.in_c;
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

}  // namespace

std::unique_ptr<Int8Layer> MakeProductLayer(const Graph& graph, const Node& node) {
  if (node.op == OpKind::kConv2D) return std::make_unique<Conv2D>(graph, node);
  if (node.op == OpKind::kDepthwiseConv2D) return std::make_unique<DepthwiseConv2D>(graph, node);
  return std::make_unique<FullyConnected>(graph, node);
}

}  // namespace linnet::reference
