#include "linnet/graph/build.h"
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

bool HasBias(OpKind op) {
  return op == OpKind::kFullyConnected || op == OpKind::kConv2D || op == OpKind::kDepthwiseConv2D;
}

// A constant that adds the same to every position: one value, or one for each of `channels`.
bool IsPerChannel(const graph::Tensor& tensor, int64_t channels) {
  if (!tensor.constant || tensor.type != graph::DType::kFloat32) return false;
  const int64_t count = graph::ElementCount(tensor.shape);
  return count == 1 || (count == channels && tensor.shape.back() == channels);
}

// The position of the constant among the inputs of `sum`, -1 if the pattern doesn't fit.
int ConstantOperand(const Graph& graph, const Node& sum, int64_t channels) {
  if (sum.op != OpKind::kAdd && sum.op != OpKind::kSub) return -1;
  if (IsPerChannel(graph.tensor(sum.inputs[1]), channels)) return 1;
  return sum.op == OpKind::kAdd && IsPerChannel(graph.tensor(sum.inputs[0]), channels) ? 0 : -1;
}

TensorId MakeBias(Graph& graph, const Node& layer, const Node& sum, TensorId constant, int64_t channels) {
  std::vector<float> bias(static_cast<size_t>(channels), 0.0F);
  if (layer.inputs.size() > 2 && layer.inputs[2] != kNoTensor) bias = graph::FloatValues(graph.tensor(layer.inputs[2]));
  const std::vector<float> added = graph::FloatValues(graph.tensor(constant));
  const float sign = sum.op == OpKind::kSub ? -1.0F : 1.0F;
  for (size_t c = 0; c < bias.size(); ++c) bias[c] += sign * added[added.size() == 1 ? 0 : c];
  const std::string name = graph.tensor(constant).name;  // a copy: the tensors move
  return graph::AddConstant(graph, name, {channels}, bias);
}

}  // namespace

int FuseBias(Graph& graph) {
  std::vector<bool> dead(graph.nodes.size(), false);
  std::vector<int> producers = graph::Producers(graph);
  const std::vector<int> uses = graph::UseCounts(graph);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& sum = graph.nodes[i];
    if (sum.op != OpKind::kAdd && sum.op != OpKind::kSub) continue;
    const int64_t channels = graph.tensor(sum.outputs[0]).shape.empty() ? 0 : graph.tensor(sum.outputs[0]).shape.back();
    const int constant = ConstantOperand(graph, sum, channels);
    if (constant < 0) continue;
    const TensorId product = sum.inputs[static_cast<size_t>(1 - constant)];
    const int producer = producers[static_cast<size_t>(product)];
    if (producer < 0 || uses[static_cast<size_t>(product)] != 1 || !graph.tensor(product).learned.empty() ||
        graph.tensor(product).shape != graph.tensor(sum.outputs[0]).shape)
      continue;
    Node& layer = graph.nodes[static_cast<size_t>(producer)];
    if (!HasBias(layer.op)) continue;
    if (graph::ActivationOf(layer) != graph::Activation::kNone) continue;
    if (layer.inputs.size() > 2 && layer.inputs[2] != kNoTensor && !graph.tensor(layer.inputs[2]).constant) continue;
    const TensorId bias = MakeBias(graph, layer, sum, sum.inputs[static_cast<size_t>(constant)], channels);
    layer.inputs.resize(2);
    layer.inputs.push_back(bias);
    SetActivation(layer, graph::ActivationOf(sum));
    layer.outputs = sum.outputs;
    producers[static_cast<size_t>(sum.outputs[0])] = producer;  // a second sum fuses too
    dead[i] = true;
  }
  return EraseNodes(graph, dead);
}

}  // namespace linnet::passes
