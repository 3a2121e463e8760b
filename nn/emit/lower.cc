#include "lower.h"

#include <algorithm>
#include <set>

#include "linnet/graph/build.h"
#include "lower_parts.h"
#include "source_text.h"

namespace linnet::emit {

using graph::Graph;
using graph::Node;
using graph::OpKind;

namespace {

bool IsArithmetic(OpKind op) {
  switch (op) {
    case OpKind::kAdd:
    case OpKind::kSub:
    case OpKind::kMul:
    case OpKind::kDiv:
    case OpKind::kMaximum:
    case OpKind::kMinimum: return true;
    default: return false;
  }
}

// Operators that read and write tensors of any type, or say themselves which.
Lowering* LoweringOf(OpKind op) {
  switch (op) {
    case OpKind::kTransposeConv: return LowerTransposeConv;
    case OpKind::kMaxPool:
    case OpKind::kAveragePool: return LowerPool;
    case OpKind::kMean:
    case OpKind::kSum: return LowerReduce;
    case OpKind::kArgMax: return LowerArgMax;
    case OpKind::kPad: return LowerPad;
    case OpKind::kReshape: return LowerCopy;
    case OpKind::kConcat: return LowerConcat;
    case OpKind::kTranspose: return LowerTranspose;
    case OpKind::kSlice: return LowerSlice;
    case OpKind::kResizeNearest: return LowerResize;
    case OpKind::kQuantize:
    case OpKind::kDequantize: return LowerQuantize;
    default: return IsArithmetic(op) ? LowerArithmetic : nullptr;
  }
}

Lowering* Int8LoweringOf(OpKind op) {
  switch (op) {
    case OpKind::kFullyConnected: return LowerFullyConnected;
    case OpKind::kConv2D:
    case OpKind::kDepthwiseConv2D: return LowerConvolution;
    case OpKind::kSoftmax: return LowerSoftmax;
    case OpKind::kLogSoftmax: return LowerLogSoftmax;
    case OpKind::kLstm: return LowerLstm;
    case OpKind::kSvdf: return LowerSvdf;
    case OpKind::kSigmoid:
    case OpKind::kTanh:
    case OpKind::kRelu:
    case OpKind::kRelu6:
    case OpKind::kClamp:
    case OpKind::kLeakyRelu:
    case OpKind::kHardSwish:
    case OpKind::kIdentity: return LowerTable;
    default: return nullptr;
  }
}

Outcome<void> LowerNode(const Graph& graph, const Node& node, Layer& layer) {
  const graph::Tensor& input = graph.tensor(node.inputs[0]);
  if (!IsArithmetic(node.op) && node.op != OpKind::kConcat && input.constant)
    return Unsupported(node, "its input '" + input.name + "' is constant; fold constants first");
  if (Lowering* lowering = LoweringOf(node.op)) return lowering(graph, node, layer);
  if (node.op == OpKind::kIdentity && input.type != graph::DType::kInt8) return LowerCopy(graph, node, layer);
  if (IsFloat(graph, node.inputs[0])) return LowerFloat(graph, node, layer);
  if (Lowering* lowering = Int8LoweringOf(node.op)) return lowering(graph, node, layer);
  return Unsupported(node, "there is no kernel for this operator");
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

// True where every window holds something of the picture.
bool WindowsMeetThePicture(const Graph& graph, const Node& pool) {
  const graph::Shape& in = graph.tensor(pool.inputs[0]).shape;
  const graph::Shape& out = graph.tensor(pool.outputs[0]).shape;
  const graph::Window& w = std::get<graph::PoolAttributes>(pool.attributes).window;
  return w.dilation_h == 1 && w.dilation_w == 1 && w.pad_top < w.kernel_h && w.pad_left < w.kernel_w &&
         (out[1] - 1) * w.stride_h - w.pad_top < in[1] && (out[2] - 1) * w.stride_w - w.pad_left < in[2];
}

// By node: the convolution that a max pool is computed with, where nothing else reads what is between. Else nullptr.
std::vector<const Node*> FusedConvolutions(const Graph& graph) {
  const std::vector<int> producers = graph::Producers(graph), uses = graph::UseCounts(graph);
  std::vector<const Node*> fused(graph.nodes.size(), nullptr);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& pool = graph.nodes[n];
    if (pool.op != OpKind::kMaxPool) continue;
    const auto between = static_cast<size_t>(pool.inputs[0]);
    if (producers[between] < 0 || uses[between] != 1) continue;
    const Node& conv = graph.nodes[static_cast<size_t>(producers[between])];
    if (CanFuseConvPool(graph, conv, pool) && WindowsMeetThePicture(graph, pool)) fused[n] = &conv;
  }
  return fused;
}

// "run_conv1", or with the node's number where another layer has that name already.
std::string FunctionName(const Node& node, size_t n, std::set<std::string>& names) {
  const std::string part = IdentifierPart(node.name);
  for (const std::string& name : {"run_" + (part.empty() ? std::to_string(n) : part),
                                  "run_" + part + "_node" + std::to_string(n), "run_node" + std::to_string(n)}) {
    if (names.insert(name).second) return name;
  }
  return "run_another_node" + std::to_string(n);
}

}  // namespace

Outcome<std::vector<Layer>> LowerGraph(const Graph& graph, Prefer prefer) {
  const std::vector<const Node*> convolutions = FusedConvolutions(graph);
  std::vector<Layer> layers;
  std::set<std::string> names;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    if (auto sizes = CheckSizes(graph, node); !sizes) return std::unexpected(sizes.error());
    if (std::ranges::find(convolutions, &node) != convolutions.end()) continue;  // computed with its pool
    Layer layer;
    layer.prefer = prefer;
    layer.node = convolutions[n] != nullptr ? convolutions[n] : &node;
    layer.nodes = {layer.node};
    if (layer.node != &node) layer.nodes.push_back(&node);
    layer.output = node.outputs[0];
    layer.function = FunctionName(*layer.node, n, names);
    auto lowered = layer.node != &node ? LowerConvPool(graph, *layer.node, node, layer) : LowerNode(graph, node, layer);
    if (!lowered) return std::unexpected(lowered.error());
    layers.push_back(std::move(layer));
  }
  return layers;
}

}  // namespace linnet::emit
