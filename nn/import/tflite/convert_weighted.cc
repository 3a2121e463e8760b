// Convolutions and matrix products.
#include <algorithm>

#include "operators.h"

namespace linnet::tflite {
namespace {

using graph::OpKind;
using graph::TensorId;

const std::vector<int> kOhwiToHwio = {1, 2, 3, 0};
const std::vector<int> kAsTheyAre = {0, 1, 2, 3};

Outcome<graph::Padding> PaddingOf(const Layer& layer, schema::Padding padding) {
  if (padding == schema::Padding::SAME) return graph::Padding::kSame;
  if (padding == schema::Padding::VALID) return graph::Padding::kValid;
  return layer.Wrong("its padding is neither SAME nor VALID");
}

template <typename Options>
Outcome<graph::Window> WindowOf(const Layer& layer, const Options& options) {
  graph::Window window;
  window.stride_h = options.stride_h();
  window.stride_w = options.stride_w();
  if constexpr (requires { options.dilation_h_factor(); }) {
    window.dilation_h = options.dilation_h_factor();
    window.dilation_w = options.dilation_w_factor();
  }
  LINNET_ASSIGN(window.padding, PaddingOf(layer, options.padding()));
  return window;
}

// int8 weights have one scale, or one a channel of the output along `axis`.
Outcome<void> CheckScales(const Layer& layer, TensorId weights, int axis) {
  const graph::Quantization& q = layer.tensor(weights).quantization;
  if (q.scales.size() <= 1 || q.axis == axis) return {};
  return layer.Unsupported("its weights have scales along dimension " + std::to_string(q.axis) + " of " +
                           graph::ToString(layer.shape(weights)) +
                           " ([kh,kw,in,out] or [in,out]); supported: the last");
}

// The bias as [channels], kNoTensor if there is none.
Outcome<TensorId> Bias(Layer& layer, size_t i, TensorId data, TensorId weights, int64_t channels) {
  if (!layer.has_input(i)) return graph::kNoTensor;
  LINNET_ASSIGN(graph::Tensor bias, layer.Constant(i, "bias"));
  const bool floats = layer.tensor(data).type == graph::DType::kFloat32;
  const graph::DType wanted = floats ? graph::DType::kFloat32 : graph::DType::kInt32;
  if (bias.type != wanted)
    return layer.Unsupported("its bias is " + std::string(graph::Name(bias.type)) + "; supported here: " +
                             std::string(graph::Name(wanted)) + ". Convert again with full integer quantisation");
  if (graph::ElementCount(bias.shape) != channels)
    return layer.Wrong("its bias is " + graph::ToString(bias.shape) + "; expected [" + std::to_string(channels) + "]");
  bias.shape = {channels};
  graph::Quantization& q = bias.quantization;
  const graph::Quantization& w = layer.tensor(weights).quantization;
  if (!floats && q.scales.size() != w.scales.size()) {  // not said, or said for something else: it follows
    q = {};
    for (const float scale : w.scales) q.scales.push_back(layer.tensor(data).quantization.scales[0] * scale);
    q.zero_points.assign(q.scales.size(), 0);
  }
  q.axis = q.scales.size() > 1 ? 0 : -1;
  return layer.AddConstant(std::move(bias), "bias");
}

Outcome<graph::ConvAttributes> ConvolutionOf(const Layer& layer, const auto* options) {
  if (options == nullptr) return layer.Wrong("its options are missing");
  graph::ConvAttributes a;
  LINNET_ASSIGN(a.window, WindowOf(layer, *options));
  LINNET_ASSIGN(a.activation, layer.Fused(options->fused_activation_function()));
  return a;
}

Outcome<void> EmitWeighted(Layer& layer, OpKind kind, TensorId data, TensorId weights, size_t bias_input,
                           int64_t channels, graph::Attributes attributes) {
  LINNET_ASSIGN(const TensorId bias, Bias(layer, bias_input, data, weights, channels));
  std::vector<TensorId> inputs = {data, weights};
  if (bias != graph::kNoTensor) inputs.push_back(bias);
  auto made = layer.Emit(kind, std::move(inputs), std::move(attributes));
  return made ? Outcome<void>() : std::unexpected(made.error());
}

}  // namespace

Outcome<void> ConvertConv2D(Layer& layer) {
  if (auto ok = layer.ExpectForm(2, 3); !ok) return ok;
  LINNET_ASSIGN(graph::ConvAttributes a, ConvolutionOf(layer, layer.op().table->builtin_options_as_Conv2DOptions()));
  LINNET_ASSIGN(const TensorId data, layer.Data(0));
  LINNET_ASSIGN(const TensorId weights, layer.Weights(1, "weights", kOhwiToHwio, data));
  if (auto ok = CheckScales(layer, weights, 3); !ok) return ok;
  const graph::Shape& w = layer.shape(weights);
  if (layer.shape(data).size() == 4 && w[2] != layer.shape(data)[3] && layer.shape(data)[3] % w[2] == 0)
    return layer.Unsupported(
        "a grouped convolution: weights for " + std::to_string(w[2]) + " of " + std::to_string(layer.shape(data)[3]) +
        " channels; supported: CONV_2D over all channels, DEPTHWISE_CONV_2D. Build the groups with "
        "SPLIT and CONCATENATION");
  return EmitWeighted(layer, OpKind::kConv2D, data, weights, 2, w[3], a);
}

Outcome<void> ConvertDepthwiseConv2D(Layer& layer) {
  if (auto ok = layer.ExpectForm(2, 3); !ok) return ok;
  LINNET_ASSIGN(graph::ConvAttributes a,
                ConvolutionOf(layer, layer.op().table->builtin_options_as_DepthwiseConv2DOptions()));
  LINNET_ASSIGN(const TensorId data, layer.Data(0));
  LINNET_ASSIGN(const graph::Shape stored, FileShape(layer.input(1)));  // [1,kh,kw,in * multiplier]
  const graph::Shape& in = layer.shape(data);
  if (in.size() != 4 || stored.size() != 4 || stored[0] != 1 || stored[3] < 1 || stored[3] % in[3] != 0)
    return layer.Wrong("input " + graph::ToString(in) + " and weights " + graph::ToString(stored) +
                       " don't fit: expects [batch,height,width,in] and [1,kh,kw,in * multiplier]");
  const graph::Shape target = {stored[1], stored[2], in[3], stored[3] / in[3]};
  LINNET_ASSIGN(const TensorId weights, layer.Weights(1, "weights", kAsTheyAre, data, target));
  if (auto ok = CheckScales(layer, weights, 3); !ok) return ok;
  return EmitWeighted(layer, OpKind::kDepthwiseConv2D, data, weights, 2, stored[3], a);
}

Outcome<void> ConvertTransposeConv(Layer& layer) {
  if (auto ok = layer.ExpectForm(3, 4); !ok) return ok;
  const auto* options = layer.op().table->builtin_options_as_TransposeConvOptions();
  if (options == nullptr) return layer.Wrong("its options are missing");
  graph::TransposeConvAttributes a;
  LINNET_ASSIGN(a.window, WindowOf(layer, *options));
  LINNET_ASSIGN(a.activation, layer.Fused(options->fused_activation_function()));
  LINNET_ASSIGN(const Integers size, layer.ReadIntegers(0, "output shape"));
  LINNET_ASSIGN(const TensorId data, layer.Data(2));
  LINNET_ASSIGN(const TensorId weights, layer.Weights(1, "weights", kOhwiToHwio, data));
  if (auto ok = CheckScales(layer, weights, 3); !ok) return ok;
  if (size.values.size() != 4 || std::min(size.values[1], size.values[2]) < 1 ||
      std::max(size.values[1], size.values[2]) > (1 << 20))
    return layer.Wrong("its output shape " + graph::ToString(size.values) + " makes no sense");
  a.out_h = static_cast<int>(size.values[1]);
  a.out_w = static_cast<int>(size.values[2]);
  return EmitWeighted(layer, OpKind::kTransposeConv, data, weights, 3, layer.shape(weights)[3], a);
}

Outcome<void> ConvertFullyConnected(Layer& layer) {
  if (auto ok = layer.ExpectForm(2, 3); !ok) return ok;
  const auto* options = layer.op().table->builtin_options_as_FullyConnectedOptions();
  if (options == nullptr) return layer.Wrong("its options are missing");
  if (options->weights_format() != schema::FullyConnectedOptionsWeightsFormat::DEFAULT)
    return layer.Unsupported("its weights are shuffled (SHUFFLED4x16INT8); supported: the default order");
  graph::FullyConnectedAttributes a;
  LINNET_ASSIGN(a.activation, layer.Fused(options->fused_activation_function()));
  LINNET_ASSIGN(TensorId data, layer.Data(0));
  LINNET_ASSIGN(const TensorId weights, layer.Weights(1, "weights", {1, 0}, data));
  if (auto ok = CheckScales(layer, weights, 1); !ok) return ok;
  const int64_t depth = layer.shape(weights)[0];
  const int64_t units = layer.shape(weights)[1];
  const graph::Shape in = layer.shape(data);
  const int64_t count = graph::ElementCount(in);
  if (count % depth != 0 || (options->keep_num_dims() && (in.empty() || in.back() != depth)))
    return layer.Wrong("input " + graph::ToString(in) + " and weights [" + std::to_string(units) + "," +
                       std::to_string(depth) + "] don't fit");
  const graph::Shape rows = {count / depth, depth};
  graph::Shape out = {count / depth, units};
  if (options->keep_num_dims()) {
    out = in;
    out.back() = units;
  }
  if (in != rows) {
    LINNET_ASSIGN(data, layer.EmitInner(OpKind::kReshape, "flatten", {data}, graph::NoAttributes{}, rows));
  }
  if (out.size() == 2) return EmitWeighted(layer, OpKind::kFullyConnected, data, weights, 2, units, a);
  LINNET_ASSIGN(const TensorId bias, Bias(layer, 2, data, weights, units));
  std::vector<TensorId> inputs = {data, weights};
  if (bias != graph::kNoTensor) inputs.push_back(bias);
  LINNET_ASSIGN(const TensorId product, layer.EmitInner(OpKind::kFullyConnected, "product", inputs, a, {}, 0));
  auto made = layer.Emit(OpKind::kReshape, {product}, graph::NoAttributes{}, std::move(out));
  return made ? Outcome<void>() : std::unexpected(made.error());
}

}  // namespace linnet::tflite
