#include "lower.h"

#include <set>

#include <fmt/format.h>

#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "lower_parts.h"
#include "source_text.h"

namespace linnet::emit {

using graph::Graph;
using graph::Node;
using graph::OpKind;

std::unexpected<Error> Unsupported(const Node& node, const std::string& what) {
  return Fail(Status::kUnimplemented, graph::Describe(node) + ": " + what);
}
std::unexpected<Error> Wrong(const Node& node, const std::string& what) {
  return Fail(Status::kInvalidArgument, graph::Describe(node) + ": " + what);
}

Outcome<PerTensor> QuantizationOf(const Graph& graph, const Node& node, graph::TensorId id) {
  const graph::Tensor& tensor = graph.tensor(id);
  if (tensor.type != graph::DType::kInt8) {
    return Unsupported(node, "tensor '" + tensor.name + "' is not int8; quantise the graph first");
  }
  const auto& q = tensor.quantization;
  if (q.scales.size() != 1 || q.zero_points.size() != 1 || !(q.scales[0] > 0)) {
    return Wrong(node, "tensor '" + tensor.name + "' needs one positive scale and one zero point");
  }
  if (q.zero_points[0] < -128 || q.zero_points[0] > 127) {
    return Wrong(node,
                 "tensor '" + tensor.name + "' has zero point " + std::to_string(q.zero_points[0]) + ", outside int8");
  }
  return PerTensor{q.scales[0], q.zero_points[0]};
}

Outcome<PerTensor> SharedQuantization(const Graph& graph, const Node& node) {
  LINNET_ASSIGN(const PerTensor input, QuantizationOf(graph, node, node.inputs[0]));
  LINNET_ASSIGN(const PerTensor output, QuantizationOf(graph, node, node.outputs[0]));
  if (input.scale != output.scale || input.zero_point != output.zero_point) {
    return Wrong(node,
                 fmt::format("its output has scale {} and zero point {}, its input {} and {}; they must be the same",
                             output.scale, output.zero_point, input.scale, input.zero_point));
  }
  return input;
}

Outcome<Stage> StageOf(const Graph& graph, const Node& node, graph::Activation activation) {
  LINNET_ASSIGN(const PerTensor output, QuantizationOf(graph, node, node.outputs[0]));
  const graph::ClampRange range = graph::ActivationRange(activation, output.scale, output.zero_point);
  return Stage{output, range.lo, range.hi,
               fmt::format("{{.zero_point = {}, .lo = {}, .hi = {}}}", output.zero_point, range.lo, range.hi)};
}

namespace {

bool IsArithmetic(OpKind op) { return op == OpKind::kAdd || op == OpKind::kSub || op == OpKind::kMul; }

Outcome<void> LowerNode(const Graph& graph, const Node& node, Layer& layer) {
  if (!IsArithmetic(node.op) && graph.tensor(node.inputs[0]).constant) {
    return Unsupported(node, "its input '" + graph.tensor(node.inputs[0]).name + "' is constant; fold constants first");
  }
  switch (node.op) {
    case OpKind::kFullyConnected: return LowerFullyConnected(graph, node, layer);
    case OpKind::kConv2D:
    case OpKind::kDepthwiseConv2D: return LowerConvolution(graph, node, layer);
    case OpKind::kMaxPool:
    case OpKind::kAveragePool: return LowerPool(graph, node, layer);
    case OpKind::kMean: return LowerMean(graph, node, layer);
    case OpKind::kSoftmax: return LowerSoftmax(graph, node, layer);
    case OpKind::kSigmoid:
    case OpKind::kTanh: return LowerTable(graph, node, layer);
    case OpKind::kRelu:
    case OpKind::kRelu6: return LowerRelu(graph, node, layer);
    case OpKind::kAdd:
    case OpKind::kSub:
    case OpKind::kMul: return LowerArithmetic(graph, node, layer);
    case OpKind::kPad: return LowerPad(graph, node, layer);
    case OpKind::kReshape:
    case OpKind::kIdentity: return LowerCopy(graph, node, layer);
    default: break;
  }
  return Unsupported(
      node,
      "there is no int8 kernel for this operator; supported are Conv2D, DepthwiseConv2D, FullyConnected, "
      "MaxPool, AveragePool, Mean, Softmax, Sigmoid, Tanh, Relu, Relu6, Add, Sub, Mul, Pad, Reshape, Identity");
}

// Kernels count in int; a tensor of 2^30 elements is far beyond any flash.
Outcome<void> CheckSizes(const Graph& graph, const Node& node) {
  for (const auto& list : {node.inputs, node.outputs}) {
    for (const graph::TensorId id : list) {
      if (id == graph::kNoTensor) continue;
      const int64_t count = graph::ElementCount(graph.tensor(id).shape);
      if (count < 1 || count > (int64_t{1} << 30)) {
        return Unsupported(node, "tensor '" + graph.tensor(id).name + "' has " + std::to_string(count) +
                                     " elements; supported are 1 to 2^30");
      }
    }
  }
  return {};
}

}  // namespace

Outcome<std::vector<Layer>> LowerGraph(const Graph& graph) {
  std::vector<Layer> layers;
  std::set<std::string> names;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    if (auto sizes = CheckSizes(graph, node); !sizes) return std::unexpected(sizes.error());
    Layer layer;
    layer.node = &node;
    layer.output = node.outputs[0];
    const std::string part = IdentifierPart(node.name);
    layer.function = "run_" + (part.empty() ? std::to_string(n) : part);
    if (!names.insert(layer.function).second) {
      layer.function += "_node" + std::to_string(n);
      if (!names.insert(layer.function).second) layer.function = "run_node" + std::to_string(n);
      names.insert(layer.function);
    }
    if (auto lowered = LowerNode(graph, node, layer); !lowered) return std::unexpected(lowered.error());
    layers.push_back(std::move(layer));
  }
  return layers;
}

}  // namespace linnet::emit
