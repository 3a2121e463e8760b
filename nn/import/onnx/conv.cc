// Conv: one convolution, a depthwise one, or slices, convolutions and a concatenation.
#include <algorithm>

#include "operators.h"
#include "quantized.h"
#include "window.h"

namespace linnet::onnx {
namespace {

using graph::OpKind;
using graph::Shape;
using graph::TensorId;

// Everything about one Conv node that is known before anything is added.
struct Convolution {
  WindowSpec window;
  int64_t groups = 1;
  int64_t in = 0, out = 0;  // channels
  std::optional<Int8Plan> plan;
  graph::Tensor weights;  // [out, in / groups, kh, kw]
  std::optional<graph::Tensor> bias;
};

Outcome<void> CheckShapes(const Layer& layer, const Shape& x, const Shape& w, const Convolution& conv) {
  const int64_t groups = conv.groups;
  if (groups < 1 || conv.in % groups != 0 || conv.out % groups != 0)
    return layer.Wrong(std::to_string(groups) + " groups of " + std::to_string(conv.in) + " channels to " +
                       std::to_string(conv.out) + " don't divide");
  if (w[1] * groups != conv.in)
    return layer.Wrong("weights " + graph::ToString(w) + " want " + std::to_string(w[1] * groups) +
                       " channels, the input is " + graph::ToString(x));
  if (groups > 1 && groups != conv.in && groups > 256)
    return layer.Unsupported(std::to_string(groups) +
                             " groups of several channels; supported: up to 256, or one "
                             "channel a group");
  return {};
}

Outcome<graph::Tensor> ReadBias(Layer& layer, int64_t channels) {
  LINNET_ASSIGN(const Constant bias, layer.ConstantInput(2, "the bias"));
  if (layer.input(2).type != graph::DType::kFloat32)
    return layer.Unsupported("a bias of " + std::string(graph::Name(bias->type)) +
                             "; supported: float32, and int32 behind a DequantizeLinear");
  if (bias->shape == Shape{channels}) return *bias;
  return layer.Wrong("expects a bias of [" + std::to_string(channels) + "], found " + graph::ToString(bias->shape));
}

Outcome<Convolution> ReadConvolution(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2, 3); !ok) return std::unexpected(ok.error());
  const Shape& x = layer.input(0).shape;
  const Shape& w = layer.input(1).shape;
  if (x.size() != 3 && x.size() != 4)
    return layer.Unsupported("an input of " + std::to_string(x.size()) + " dimensions, " + graph::ToString(x) +
                             "; supported: [n,c,h,w] and [n,c,length]");
  if (w.size() != x.size())
    return layer.Wrong("weights " + graph::ToString(w) + " and input " + graph::ToString(x) + " don't fit");
  Convolution conv;
  conv.groups = layer.Int("group", 1);
  conv.in = x[1];
  conv.out = w[0];
  if (auto ok = CheckShapes(layer, x, w, conv); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(conv.window, ReadWindow(layer, x, {w.begin() + 2, w.end()}));
  LINNET_ASSIGN(conv.plan, PlanProduct(layer, 0, 1, 0));
  LINNET_ASSIGN(conv.weights, WeightsInput(layer, 1, conv.plan));
  if (w.size() == 3) conv.weights.shape.insert(conv.weights.shape.begin() + 2, 1);
  if (layer.has_input(2)) {
    LINNET_ASSIGN(conv.bias, ReadBias(layer, conv.out));
  }
  return conv;
}

graph::Tensor ChannelRange(const graph::Tensor& tensor, int64_t begin, int64_t count) {
  graph::SliceAttributes slice;
  for (const int64_t d : tensor.shape) slice.ranges.push_back({0, 1, d});
  slice.ranges[0] = {begin, 1, count};
  graph::Tensor part = Picked(tensor, slice);
  part.name += "/" + std::to_string(begin);
  return part;
}

// One convolution of the graph, of weights [out, in, kh, kw] or, depthwise, [in * m, 1, kh, kw].
Outcome<TensorId> AddConvolution(Layer& layer, const Convolution& conv, graph::Tensor weights,
                                 const std::optional<graph::Tensor>& bias, TensorId input, bool depthwise,
                                 const std::string& part) {
  const graph::Quantization quantization = weights.quantization;
  const int64_t channels = weights.shape[0];
  weights.quantization = {};
  if (depthwise) weights.shape = {conv.in, channels / conv.in, weights.shape[2], weights.shape[3]};
  graph::Tensor turned = depthwise ? Permuted(weights, Order{2, 3, 0, 1}) : Permuted(weights, Order{2, 3, 1, 0});
  LINNET_ASSIGN(const TensorId w, AddWeights(layer, std::move(turned), channels, conv.plan, quantization));
  std::vector<TensorId> inputs{input, w};
  if (bias) {
    LINNET_ASSIGN(const TensorId b, AddBias(layer, *bias, conv.plan, input, w));
    inputs.push_back(b);
  }
  graph::ConvAttributes attributes;
  attributes.window = GraphWindow(conv.window);
  if (conv.plan) attributes.activation = conv.plan->activation;
  return layer.Append(depthwise ? OpKind::kDepthwiseConv2D : OpKind::kConv2D, std::move(inputs), attributes, {},
                      conv.plan ? conv.plan->output : graph::Quantization{}, part);
}

// The channels in `groups` slices, each with a convolution of its own, put together again.
Outcome<TensorId> AddGroups(Layer& layer, const Convolution& conv, const Value& image) {
  const int64_t in = conv.in / conv.groups;
  const int64_t out = conv.out / conv.groups;
  std::vector<TensorId> parts;
  for (int64_t g = 0; g < conv.groups; ++g) {
    const std::string part = "/group" + std::to_string(g);
    graph::SliceAttributes slice;
    for (const int64_t d : layer.GraphShape(image)) slice.ranges.push_back({0, 1, d});
    slice.ranges[3] = {g * in, 1, in};
    LINNET_ASSIGN(const TensorId channels,
                  layer.Append(OpKind::kSlice, {image.tensor}, slice, {}, {}, part + "/input"));
    std::optional<graph::Tensor> bias;
    if (conv.bias) bias = ChannelRange(*conv.bias, g * out, out);
    LINNET_ASSIGN(const TensorId result,
                  AddConvolution(layer, conv, ChannelRange(conv.weights, g * out, out), bias, channels, false, part));
    parts.push_back(result);
  }
  graph::ConcatAttributes concat;
  concat.axis = 3;
  return layer.Append(OpKind::kConcat, std::move(parts), concat);
}

}  // namespace

Outcome<Values> ConvertConv(Layer& layer) {
  LINNET_ASSIGN(const Convolution conv, ReadConvolution(layer));
  Value x = layer.input(0);
  if (!conv.plan) {
    LINNET_ASSIGN(x, layer.FloatValue(0));
  }
  LINNET_ASSIGN(const Value image, AsImage(layer, x));
  const bool depthwise = conv.groups > 1 && conv.groups == conv.in;
  TensorId result = graph::kNoTensor;
  if (conv.groups == 1 || depthwise) {
    LINNET_ASSIGN(result, AddConvolution(layer, conv, conv.weights, conv.bias, image.tensor, depthwise, ""));
  } else {
    LINNET_ASSIGN(result, AddGroups(layer, conv, image));
  }
  LINNET_ASSIGN(const Value answer, FromImage(layer, Like(image, result, layer.graph()), conv.window));
  return Values{answer};
}

}  // namespace linnet::onnx
