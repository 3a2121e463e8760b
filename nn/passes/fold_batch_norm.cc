// A product with or a sum of constants a channel, which is what batch normalisation is once its statistics are constants, goes
// into the weights and bias of the convolution or matrix product before it, or after it. Float graphs; sums in double.
// Learned ranges stay true: between the two layers there must be none, and an output channel's own grows with its weights, so that
// they lie on the same steps as before. Weights whose input channels would grow by different factors have no such steps and stay.
#include <cmath>
#include <optional>

#include "linnet/graph/build.h"
#include "linnet/graph/learned.h"
#include "linnet/passes/passes.h"
#include "layer_activation.h"
#include "rewrite.h"

namespace linnet::passes {
namespace {

using graph::Graph;
using graph::kNoTensor;
using graph::Node;
using graph::OpKind;
using graph::TensorId;

// y[c] = x[c] * scale[c] + offset[c]
struct Affine {
  TensorId input = kNoTensor;  // the operand that isn't constant
  std::vector<double> scale, offset;
};

bool HasWeights(OpKind op) {
  return op == OpKind::kFullyConnected || op == OpKind::kConv2D || op == OpKind::kDepthwiseConv2D ||
         op == OpKind::kTransposeConv;
}

// The constant's value for each channel, if it says one for all positions.
std::optional<std::vector<double>> PerChannel(const Graph& graph, TensorId id, size_t channels) {
  const graph::Tensor& tensor = graph.tensor(id);
  if (!tensor.constant || tensor.type != graph::DType::kFloat32) return std::nullopt;
  const auto count = static_cast<size_t>(graph::ElementCount(tensor.shape));
  const bool spread =
      count == channels && !tensor.shape.empty() && tensor.shape.back() == static_cast<int64_t>(channels);
  if (count != 1 && !spread) return std::nullopt;
  std::vector<double> values(channels);
  const std::vector<float> stored = graph::FloatValues(tensor);
  for (size_t c = 0; c < channels; ++c) values[c] = static_cast<double>(stored[count == 1 ? 0 : c]);
  return values;
}

std::optional<Affine> AsAffine(const Graph& graph, const Node& node) {
  const bool arithmetic =
      node.op == OpKind::kAdd || node.op == OpKind::kSub || node.op == OpKind::kMul || node.op == OpKind::kDiv;
  const graph::Shape& shape = graph.tensor(node.outputs[0]).shape;
  if (!arithmetic || shape.empty()) return std::nullopt;
  const auto channels = static_cast<size_t>(shape.back());
  auto constant = PerChannel(graph, node.inputs[1], channels);
  const size_t at = constant ? 1 : 0;
  if (!constant) constant = PerChannel(graph, node.inputs[0], channels);
  const TensorId input = node.inputs[1 - at];
  if (!constant || graph.tensor(input).shape != shape || graph.tensor(input).constant) return std::nullopt;
  if (node.op == OpKind::kDiv && at == 0) return std::nullopt;
  Affine affine{input, std::vector<double>(channels, 1), std::vector<double>(channels, 0)};
  for (size_t c = 0; c < channels; ++c) {
    const double value = (*constant)[c];
    if (node.op == OpKind::kMul) affine.scale[c] = value;
    if (node.op == OpKind::kDiv) affine.scale[c] = 1 / value;
    if (node.op == OpKind::kAdd) affine.offset[c] = value;
    if (node.op == OpKind::kSub) affine.offset[c] = at == 1 ? -value : value;
    if (node.op == OpKind::kSub && at == 0) affine.scale[c] = -1;
  }
  return affine;
}

std::vector<double> Doubles(const Graph& graph, TensorId id) {
  const std::vector<float> values = graph::FloatValues(graph.tensor(id));
  return {values.begin(), values.end()};
}

// Weights and bias of a layer, as doubles while they change.
struct Weighted {
  std::vector<double> weights, bias;
  size_t channels = 0;     // of the output; the fastest index of the weights
  graph::Learned learned;  // of the weights

  static std::optional<Weighted> Of(const Graph& graph, const Node& node) {
    if (!HasWeights(node.op)) return std::nullopt;
    const auto is_real = [&](TensorId id) {
      return graph.tensor(id).constant && graph.tensor(id).type == graph::DType::kFloat32;
    };
    const bool biased = node.inputs.size() > 2 && node.inputs[2] != kNoTensor;
    if (!is_real(node.inputs[1]) || (biased && !is_real(node.inputs[2]))) return std::nullopt;
    Weighted layer;
    layer.channels = static_cast<size_t>(graph.tensor(node.outputs[0]).shape.back());
    layer.weights = Doubles(graph, node.inputs[1]);
    layer.learned = graph.tensor(node.inputs[1]).learned;
    layer.bias = biased ? Doubles(graph, node.inputs[2]) : std::vector<double>(layer.channels, 0);
    return layer;
  }

  // A weight that a float can't hold would change the answer.
  bool Fits() const {
    const auto fits = [](double value) { return std::isfinite(static_cast<float>(value)); };
    return std::ranges::all_of(weights, fits) && std::ranges::all_of(bias, fits);
  }

  // New constants: others may read the old ones.
  void Store(Graph& graph, Node& node) const {
    const std::vector<float> w(weights.begin(), weights.end());
    const std::vector<float> b(bias.begin(), bias.end());
    const std::string name = graph.tensor(node.inputs[1]).name;  // copies: the tensors move
    const graph::Shape shape = graph.tensor(node.inputs[1]).shape;
    const bool biased = node.inputs.size() > 2 && node.inputs[2] != kNoTensor;
    const std::string bias_name = biased ? graph.tensor(node.inputs[2]).name : node.name + "/bias";
    node.inputs.resize(3);
    node.inputs[1] = graph::AddConstant(graph, name, shape, w);
    graph.tensor(node.inputs[1]).learned = learned;
    node.inputs[2] = graph::AddConstant(graph, bias_name, {static_cast<int64_t>(b.size())}, b);
  }
};

// One range a channel, each times the channel's factor; none where a float can't hold one.
graph::Learned Grown(const graph::Learned& learned, const std::vector<double>& factors) {
  if (learned.empty() || factors.size() % learned.min.size() != 0) return {};
  graph::Learned grown = learned;
  grown.min.clear(), grown.max.clear();
  for (size_t c = 0; c < factors.size(); ++c) {
    const double min = static_cast<double>(learned.min[c % learned.min.size()]) * factors[c];
    const double max = static_cast<double>(learned.max[c % learned.max.size()]) * factors[c];
    grown.min.push_back(static_cast<float>(std::min(min, max)));
    grown.max.push_back(static_cast<float>(std::max(min, max)));
  }
  return graph::CheckLearned(grown) ? grown : graph::Learned{};
}

// The affine after the layer: each output channel's weights and bias change.
bool FoldBack(Graph& graph, Node& layer, const Affine& affine) {
  auto weighted = Weighted::Of(graph, layer);
  if (!weighted || graph::ActivationOf(layer) != graph::Activation::kNone) return false;
  for (size_t i = 0; i < weighted->weights.size(); ++i) weighted->weights[i] *= affine.scale[i % weighted->channels];
  for (size_t c = 0; c < weighted->channels; ++c)
    weighted->bias[c] = weighted->bias[c] * affine.scale[c] + affine.offset[c];
  if (!weighted->Fits()) return false;
  weighted->learned = Grown(weighted->learned, affine.scale);
  weighted->Store(graph, layer);
  return true;
}

bool PadsNothing(const Node& node) {
  const auto* conv = std::get_if<graph::ConvAttributes>(&node.attributes);
  if (conv == nullptr) return node.op == OpKind::kFullyConnected;
  const graph::Window& w = conv->window;
  return (w.pad_top | w.pad_bottom | w.pad_left | w.pad_right) == 0;
}

// The input channel that each weight multiplies.
size_t InputChannel(const Node& node, const graph::Shape& weights, size_t index) {
  const auto out = static_cast<size_t>(weights.back());
  if (node.op == OpKind::kFullyConnected) return index / out;
  return index / out % static_cast<size_t>(weights[2]);
}

// The affine before the layer: each input channel's weights change, and what its offset adds goes into the bias. Padding counts
// as zero behind the offset, so where there is padding the offset must be none.
bool FoldForward(Graph& graph, Node& layer, const Affine& affine) {
  auto weighted = Weighted::Of(graph, layer);
  if (!weighted || layer.op == OpKind::kTransposeConv || !weighted->learned.empty()) return false;
  const bool offset = std::ranges::any_of(affine.offset, [](double value) { return value != 0; });
  if (offset && !PadsNothing(layer)) return false;
  const graph::Shape& shape = graph.tensor(layer.inputs[1]).shape;
  for (size_t i = 0; i < weighted->weights.size(); ++i) {
    const size_t in = InputChannel(layer, shape, i);
    weighted->bias[i % weighted->channels] += affine.offset[in] * weighted->weights[i];
    weighted->weights[i] *= affine.scale[in];
  }
  if (!weighted->Fits()) return false;
  weighted->Store(graph, layer);
  return true;
}

// The only reader of a tensor, -1 if there are several or it is an answer.
int SoleReader(const Graph& graph, TensorId id) {
  int reader = -1;
  if (IsGraphOutput(graph, id)) return -1;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto count = std::ranges::count(graph.nodes[i].inputs, id);
    if (count == 0) continue;
    if (count > 1 || reader >= 0) return -1;
    reader = static_cast<int>(i);
  }
  return reader;
}

// Whether the node at `i` went into a neighbour.
bool Fold(Graph& graph, std::vector<int>& producers, size_t i) {
  const auto affine = AsAffine(graph, graph.nodes[i]);
  if (!affine) return false;
  const graph::Activation activation = graph::ActivationOf(graph.nodes[i]);
  const TensorId output = graph.nodes[i].outputs[0];
  const int producer = producers[static_cast<size_t>(affine->input)];
  const bool free_before = graph.tensor(affine->input).learned.empty();
  if (producer >= 0 && free_before && SoleReader(graph, affine->input) == static_cast<int>(i)) {
    Node& layer = graph.nodes[static_cast<size_t>(producer)];
    if (FoldBack(graph, layer, *affine)) {
      SetActivation(layer, activation);
      layer.outputs = {output};
      producers[static_cast<size_t>(output)] = producer;
      return true;
    }
  }
  const int reader = SoleReader(graph, output);
  if (reader < 0 || activation != graph::Activation::kNone || !graph.tensor(output).learned.empty()) return false;
  Node& layer = graph.nodes[static_cast<size_t>(reader)];
  if (layer.inputs[0] != output || !FoldForward(graph, layer, *affine)) return false;
  layer.inputs[0] = affine->input;
  return true;
}

}  // namespace

int FoldBatchNorm(Graph& graph) {
  std::vector<bool> dead(graph.nodes.size(), false);
  std::vector<int> producers = graph::Producers(graph);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    dead[i] = Fold(graph, producers, i);
    producers.resize(graph.tensors.size(), -1);
    if (dead[i]) graph.nodes[i].inputs.clear();  // it reads nothing any more
  }
  return EraseNodes(graph, dead);
}

}  // namespace linnet::passes
