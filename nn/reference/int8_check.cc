#include <algorithm>
#include <cmath>
#include <string>

#include "int8_layer.h"
#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"

namespace linnet::reference {
namespace {

using graph::DType;
using graph::Graph;
using graph::Node;
using graph::OpKind;

std::unexpected<Error> Wrong(const Node& node, const std::string& what) {
  return Fail(Status::kInvalidArgument, graph::Describe(node) + ": " + what);
}

bool IsProduct(OpKind op) {
  return op == OpKind::kConv2D || op == OpKind::kDepthwiseConv2D || op == OpKind::kFullyConnected;
}

Outcome<void> CheckActivation(const Graph& graph, const Node& node, graph::TensorId id) {
  const graph::Tensor& tensor = graph.tensor(id);
  if (tensor.type != DType::kInt8) return Wrong(node, "'" + tensor.name + "' is not int8");
  if (tensor.quantization.scales.size() != 1) return Wrong(node, "'" + tensor.name + "' needs exactly one scale");
  const int32_t zero_point = tensor.quantization.zero_points[0];
  if (!(tensor.quantization.scales[0] > 0) || !std::isfinite(tensor.quantization.scales[0]) || zero_point < -128 ||
      zero_point > 127) {
    return Wrong(node, "'" + tensor.name + "' needs a positive scale and a zero point in -128..127");
  }
  return {};
}

Outcome<void> CheckProduct(const Graph& graph, const Node& node) {
  const graph::Tensor& weights = graph.tensor(node.inputs[1]);
  if (!weights.constant || weights.type != DType::kInt8) return Wrong(node, "weights must be constant int8");
  const auto channels = static_cast<size_t>(graph.tensor(node.outputs[0]).shape.back());
  const graph::Quantization& q = weights.quantization;
  if (q.scales.size() != channels && q.scales.size() != 1)
    return Wrong(node, "weights need a scale for each output channel");
  for (const int32_t zero_point : q.zero_points) {
    if (zero_point != 0) return Wrong(node, "weights must have zero point 0");
  }
  for (const float scale : q.scales) {
    if (!(scale >= 0) || !std::isfinite(scale)) return Wrong(node, "a scale of the weights is negative or not finite");
  }
  if (node.inputs.size() < 3 || node.inputs[2] == graph::kNoTensor) return {};
  const graph::Tensor& bias = graph.tensor(node.inputs[2]);
  if (!bias.constant || bias.type != DType::kInt32) return Wrong(node, "the bias must be constant int32");
  return {};
}

bool IsBinary(OpKind op) {
  return op == OpKind::kAdd || op == OpKind::kSub || op == OpKind::kMul || op == OpKind::kMaximum ||
         op == OpKind::kMinimum;
}

// Multipliers are below 2^24: an output that much finer than its inputs is the remainder of numbers that cancel, not an answer.
Outcome<void> CheckMultipliers(const Graph& graph, const Node& node) {
  constexpr double kLimit = 1 << 24;
  const double in = ScaleOf(graph, node.inputs[0]).scale;
  const double out = ScaleOf(graph, node.outputs[0]).scale;
  double largest = in / out;
  if (IsProduct(node.op)) {
    const std::vector<float>& scales = graph.tensor(node.inputs[1]).quantization.scales;
    largest = in * static_cast<double>(*std::max_element(scales.begin(), scales.end())) / out;
  } else if (node.op == OpKind::kMul) {
    largest = in * static_cast<double>(ScaleOf(graph, node.inputs[1]).scale) / out;
  } else if (node.op == OpKind::kAdd || node.op == OpKind::kSub) {
    largest = std::max(in, static_cast<double>(ScaleOf(graph, node.inputs[1]).scale)) / out;
  } else {
    return {};
  }
  if (largest < kLimit) return {};
  return Fail(
      Status::kUnimplemented,
      graph::Describe(node) +
          ": its answer is more than 2^24 times finer than what it reads; the calibration inputs may not be typical");
}

Outcome<void> CheckFixedScale(const Graph& graph, const Node& node, Scale wanted) {
  if (ScaleOf(graph, node.outputs[0]) == wanted) return {};
  return Wrong(node, "its output must have scale " + std::to_string(wanted.scale) + " and zero point " +
                         std::to_string(wanted.zero_point));
}

}  // namespace

Scale ScaleOf(const Graph& graph, graph::TensorId id) {
  const graph::Quantization& q = graph.tensor(id).quantization;
  return {q.scales.at(0), q.zero_points.at(0)};
}

Outcome<void> CheckInt8Node(const Graph& graph, const Node& node) {
  if (node.op == OpKind::kDiv || node.op == OpKind::kArgMax || node.op == OpKind::kIdentity ||
      node.op == OpKind::kQuantize || node.op == OpKind::kDequantize) {
    return Fail(Status::kUnimplemented, graph::Describe(node) + ": not part of an int8 graph");
  }
  if (auto ok = CheckActivation(graph, node, node.inputs[0]); !ok) return ok;
  if (auto ok = CheckActivation(graph, node, node.outputs[0]); !ok) return ok;
  if (IsProduct(node.op)) {
    if (auto ok = CheckProduct(graph, node); !ok) return ok;
  } else if (IsBinary(node.op)) {
    if (auto ok = CheckActivation(graph, node, node.inputs[1]); !ok) return ok;
  }
  if (auto ok = CheckMultipliers(graph, node); !ok) return ok;
  if (graph::KeepsScale(node.op)) {
    for (const graph::TensorId id : node.inputs) {
      if (ScaleOf(graph, id) != ScaleOf(graph, node.outputs[0]))
        return Wrong(node, "input and output must have the same scale and zero point");
    }
  }
  if (node.op == OpKind::kSoftmax)
    return CheckFixedScale(graph, node, {graph::kSoftmaxOutputScale, graph::kSoftmaxOutputZeroPoint});
  if (node.op == OpKind::kSigmoid)
    return CheckFixedScale(graph, node, {graph::kSigmoidOutputScale, graph::kSigmoidOutputZeroPoint});
  if (node.op == OpKind::kTanh)
    return CheckFixedScale(graph, node, {graph::kTanhOutputScale, graph::kTanhOutputZeroPoint});
  return {};
}

}  // namespace linnet::reference
