#include "float_islands.h"

#include "linnet/graph/build.h"

namespace linnet::quantize {
namespace {

using graph::DType;
using graph::Graph;
using graph::kNoTensor;
using graph::Node;
using graph::OpKind;
using graph::TensorId;

// A float tensor that holds the numbers of the int8 one.
TensorId FloatTwin(Graph& graph, TensorId id) {
  graph::Tensor twin;
  twin.name = graph.tensor(id).name + "/float";
  twin.shape = graph.tensor(id).shape;
  graph.tensors.push_back(std::move(twin));
  return static_cast<TensorId>(graph.tensors.size() - 1);
}

}  // namespace

bool StaysFloat(const Graph& graph, const Node& node, graph::Arithmetic arithmetic) {
  if (node.op == OpKind::kLogSoftmax) return arithmetic == graph::Arithmetic::kSingleRounding;
  return node.op == OpKind::kDiv && !graph.tensor(node.inputs[1]).constant;
}

void WrapInFloat(Graph& graph, const std::vector<bool>& in_float) {
  std::vector<Node> nodes;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    Node node = std::move(graph.nodes[i]);
    if (!in_float[i]) {
      nodes.push_back(std::move(node));
      continue;
    }
    for (TensorId& id : node.inputs) {
      if (id == kNoTensor || graph.tensor(id).type != DType::kInt8) continue;
      const TensorId twin = FloatTwin(graph, id);
      nodes.push_back({OpKind::kDequantize, node.name + "/dequantize", {id}, {twin}, graph::NoAttributes{}});
      id = twin;
    }
    const TensorId answer = node.outputs[0];
    node.outputs[0] = FloatTwin(graph, answer);
    Node quantize{OpKind::kQuantize, node.name + "/quantize", {node.outputs[0]}, {answer}, graph::NoAttributes{}};
    nodes.push_back(std::move(node));
    nodes.push_back(std::move(quantize));
  }
  graph.nodes = std::move(nodes);
}

}  // namespace linnet::quantize
