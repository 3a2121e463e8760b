#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"
#include "rewrite.h"

namespace linnet::passes {
namespace {

// The fused activation of a layer that can have one, else nullptr.
graph::Activation* ActivationOf(graph::Node& node) {
  if (auto* conv = std::get_if<graph::ConvAttributes>(&node.attributes)) return &conv->activation;
  if (auto* full = std::get_if<graph::FullyConnectedAttributes>(&node.attributes)) return &full->activation;
  return nullptr;
}

}  // namespace

int FuseActivations(graph::Graph& graph) {
  std::vector<bool> dead(graph.nodes.size(), false);
  const std::vector<int> producers = graph::Producers(graph);
  const std::vector<int> uses = graph::UseCounts(graph);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const graph::Node& node = graph.nodes[i];
    if (node.op != graph::OpKind::kRelu && node.op != graph::OpKind::kRelu6) continue;
    const graph::TensorId before = node.inputs[0];
    const int producer = producers[static_cast<size_t>(before)];
    if (producer < 0 || dead[static_cast<size_t>(producer)] || uses[static_cast<size_t>(before)] != 1) continue;
    graph::Node& layer = graph.nodes[static_cast<size_t>(producer)];
    graph::Activation* activation = ActivationOf(layer);
    if (activation == nullptr || *activation != graph::Activation::kNone) continue;
    *activation = node.op == graph::OpKind::kRelu ? graph::Activation::kRelu : graph::Activation::kRelu6;
    layer.outputs = node.outputs;
    dead[i] = true;
  }
  return EraseNodes(graph, dead);
}

}  // namespace linnet::passes
