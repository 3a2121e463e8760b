// What a node of a quantised or mixed graph must be before a layer is made of it.
#include <algorithm>
#include <cmath>
#include <string>

#include "float_kernels.h"
#include "layer.h"
#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/graph/unary_table.h"
#include "moves.h"

namespace linnet::reference {
namespace {

using graph::Arithmetic;
using graph::DType;
using graph::Graph;
using graph::Node;
using graph::OpKind;

std::unexpected<Error> Wrong(const Node& node, const std::string& what) {
  return Fail(Status::kInvalidArgument, graph::Describe(node) + ": " + what);
}
std::unexpected<Error> Unsupported(const Node& node, const std::string& what) {
  return Fail(Status::kUnimplemented, graph::Describe(node) + ": " + what);
}

bool IsProduct(OpKind op) {
  return op == OpKind::kConv2D || op == OpKind::kDepthwiseConv2D || op == OpKind::kFullyConnected ||
         op == OpKind::kTransposeConv;
}

bool IsBinary(OpKind op) {
  return op == OpKind::kAdd || op == OpKind::kSub || op == OpKind::kMul || op == OpKind::kMaximum ||
         op == OpKind::kMinimum;
}

bool IsPool(OpKind op) { return op == OpKind::kMaxPool || op == OpKind::kAveragePool; }

bool GoodScale(float scale) { return scale > 0 && std::isfinite(scale); }

// One good scale, and a zero point that the type holds.
Outcome<void> CheckScale(const Graph& graph, const Node& node, graph::TensorId id) {
  const graph::Tensor& tensor = graph.tensor(id);
  if (tensor.quantization.scales.size() != 1) return Wrong(node, "'" + tensor.name + "' needs exactly one scale");
  const int64_t limit = int64_t{1} << (8 * graph::SizeBytes(tensor.type) - 1);
  const int64_t zero_point = tensor.quantization.zero_points[0];
  if (GoodScale(tensor.quantization.scales[0]) && zero_point >= -limit && zero_point < limit) return {};
  return Wrong(node, "'" + tensor.name + "' needs a positive scale and a zero point in " + std::to_string(-limit) +
                         ".." + std::to_string(limit - 1));
}

Outcome<void> CheckInt8(const Graph& graph, const Node& node, graph::TensorId id) {
  const graph::Tensor& tensor = graph.tensor(id);
  if (tensor.type != DType::kInt8) return Wrong(node, "'" + tensor.name + "' is not int8");
  return CheckScale(graph, node, id);
}

// A constant of a weighted layer. REQUIRES: `input` is one of the node's.
Outcome<void> CheckConstant(const Graph& graph, const Node& node, size_t input, DType type) {
  const graph::Tensor& tensor = graph.tensor(node.inputs[input]);
  if (tensor.constant && tensor.type == type) return {};
  return Wrong(node, "'" + tensor.name + "' must be constant " + std::string(graph::Name(type)));
}

Outcome<void> CheckWeights(const Graph& graph, const Node& node, size_t input, size_t channels) {
  const graph::Tensor& weights = graph.tensor(node.inputs[input]);
  const graph::Quantization& q = weights.quantization;
  if (q.scales.size() != channels && q.scales.size() != 1)
    return Wrong(node, "weights need one scale, or one for each output channel");
  for (const int32_t zero_point : q.zero_points) {
    if (zero_point != 0) return Wrong(node, "weights must have zero point 0");
  }
  for (const float scale : q.scales) {
    if (!(scale >= 0) || !std::isfinite(scale)) return Wrong(node, "a scale of the weights is negative or not finite");
  }
  return {};
}

Outcome<void> CheckProduct(const Graph& graph, const Node& node) {
  if (auto ok = CheckConstant(graph, node, 1, DType::kInt8); !ok) return ok;
  const auto channels = static_cast<size_t>(graph.tensor(node.outputs[0]).shape.back());
  if (auto ok = CheckWeights(graph, node, 1, channels); !ok) return ok;
  if (node.inputs.size() < 3 || node.inputs[2] == graph::kNoTensor) return {};
  return CheckConstant(graph, node, 2, DType::kInt32);
}

// Multipliers are below 2^24: an output that much finer than its inputs is the remainder of numbers that cancel, not an answer.
Outcome<void> CheckRatio(const Node& node, double ratio) {
  if (ratio < 1 << 24) return {};
  return Unsupported(
      node, "its answer is more than 2^24 times finer than what it reads; the calibration inputs may not be typical");
}

Outcome<void> CheckMultipliers(const Graph& graph, const Node& node) {
  const double in = ScaleOf(graph, node.inputs[0]).scale;
  const double out = ScaleOf(graph, node.outputs[0]).scale;
  if (IsProduct(node.op)) {
    const std::vector<float>& scales = graph.tensor(node.inputs[1]).quantization.scales;
    return CheckRatio(node, in * static_cast<double>(*std::max_element(scales.begin(), scales.end())) / out);
  }
  if (node.op == OpKind::kMul)
    return CheckRatio(node, in * static_cast<double>(ScaleOf(graph, node.inputs[1]).scale) / out);
  if (node.op != OpKind::kAdd && node.op != OpKind::kSub) return CheckRatio(node, in / out);
  const double largest = std::max(in, static_cast<double>(ScaleOf(graph, node.inputs[1]).scale));
  if (auto ok = CheckRatio(node, largest / out); !ok || graph.arithmetic == Arithmetic::kSingleRounding) return ok;
  if (2 * largest / 1048576 / out < 0.999999) return {};  // 2^20
  return Unsupported(node,
                     "its answer is more than 2^19 times finer than what it reads, which TensorFlow Lite refuses");
}

Outcome<void> CheckOutputScale(const Graph& graph, const Node& node, Scale wanted) {
  if (ScaleOf(graph, node.outputs[0]) == wanted) return {};
  return Wrong(node, "its output must have scale " + std::to_string(wanted.scale) + " and zero point " +
                         std::to_string(wanted.zero_point));
}

Outcome<void> CheckSoftmax(const Graph& graph, const Node& node) {
  const auto* attributes = std::get_if<graph::SoftmaxAttributes>(&node.attributes);
  const float beta = attributes != nullptr ? attributes->beta : 1.0F;
  const float scale = ScaleOf(graph, node.inputs[0]).scale;
  // e^(beta * scale * difference) in Q5.26: TensorFlow Lite wants a multiplier above 1.
  if (!(beta * scale > 1.6e-8F) || !std::isfinite(beta * scale))
    return Unsupported(node, "the scale of its input times beta must be above 1.6e-8");
  if (graph.tensor(node.inputs[0]).shape.back() > 4095) return Unsupported(node, "more than 4,095 elements a row");
  if (node.op == OpKind::kLogSoftmax) return CheckOutputScale(graph, node, {1.0F / 16, 127});
  if (graph.tensor(node.outputs[0]).type == DType::kInt8)
    return CheckOutputScale(graph, node, {graph::kSoftmaxOutputScale, graph::kSoftmaxOutputZeroPoint});
  const Scale out = ScaleOf(graph, node.outputs[0]);
  if (graph.arithmetic == Arithmetic::kTflite && out.zero_point == -32768 && std::fabs(out.scale * 65536 - 1) < 1e-3F)
    return {};
  return Wrong(node, "an int16 output needs scale 1/65536, zero point -32768 and TensorFlow Lite's arithmetic");
}

bool IsQuantized(DType type) { return type == DType::kInt8 || type == DType::kInt16 || type == DType::kInt32; }

Outcome<void> CheckQuantize(const Graph& graph, const Node& node) {
  const DType in = graph.tensor(node.inputs[0]).type;
  const DType out = graph.tensor(node.outputs[0]).type;
  if (in == DType::kFloat32) return CheckInt8(graph, node, node.outputs[0]);
  if (!IsQuantized(in) || !IsQuantized(out))
    return Unsupported(node, "can't turn " + std::string(graph::Name(in)) + " into " + std::string(graph::Name(out)));
  if (auto ok = CheckScale(graph, node, node.inputs[0]); !ok) return ok;
  if (auto ok = CheckScale(graph, node, node.outputs[0]); !ok) return ok;
  return CheckRatio(node, static_cast<double>(ScaleOf(graph, node.inputs[0]).scale) /
                              static_cast<double>(ScaleOf(graph, node.outputs[0]).scale));
}

Outcome<void> CheckDequantize(const Graph& graph, const Node& node) {
  const DType in = graph.tensor(node.inputs[0]).type;
  if (graph.tensor(node.outputs[0]).type != DType::kFloat32 || (in != DType::kInt8 && in != DType::kInt16))
    return Unsupported(node, "turns int8 or int16 into float32 and nothing else");
  return CheckScale(graph, node, node.inputs[0]);
}

// TensorFlow Lite Micro compares and copies numbers as they are, but wants the scales of a pool to be nearly the same.
Outcome<void> CheckPool(const Graph& graph, const Node& node) {
  if (graph.arithmetic == Arithmetic::kSingleRounding) return {};
  const Scale in = ScaleOf(graph, node.inputs[0]);
  const Scale out = ScaleOf(graph, node.outputs[0]);
  if (std::fabs(in.scale - out.scale) <= 1e-6F && in.zero_point == out.zero_point) return {};
  return Wrong(node, "input and output must have the same scale and zero point");
}

Outcome<void> CheckLstm(const Graph& graph, const Node& node) {
  for (size_t i = 1; i < 13; ++i) {
    if (auto ok = CheckConstant(graph, node, i, i < 9 ? DType::kInt8 : DType::kInt32); !ok) return ok;
    if (i < 9 && graph.tensor(node.inputs[i]).quantization.scales.size() != 1)
      return Wrong(node, "its weights need exactly one scale a matrix");
    if (i < 9) {
      if (auto ok = CheckWeights(graph, node, i, 1); !ok) return ok;
    }
  }
  const auto& a = std::get<graph::LstmAttributes>(node.attributes);
  if (!GoodScale(a.cell_scale) || !GoodScale(a.hidden_scale) || a.hidden_zero_point < -128 || a.hidden_zero_point > 127)
    return Wrong(node, "its states need positive scales and the hidden one a zero point in -128..127");
  const double power = std::log2(static_cast<double>(a.cell_scale));
  if (std::fabs(power - std::round(power)) > 1e-3 || power < -24 || power > 0)
    return Unsupported(node, "the scale of its cell state must be a power of two in 2^-24..1");
  if (a.hidden_scale < 1e-6F) return Unsupported(node, "the scale of its hidden state is below 1e-6");
  for (size_t i = 1; i < 9; ++i) {
    const double in = i < 5 ? ScaleOf(graph, node.inputs[0]).scale : a.hidden_scale;
    if (auto ok = CheckRatio(node, in * static_cast<double>(ScaleOf(graph, node.inputs[i]).scale) * 4096); !ok)
      return ok;
  }
  return {};
}

Outcome<void> CheckSvdf(const Graph& graph, const Node& node) {
  const auto& a = std::get<graph::SvdfAttributes>(node.attributes);
  if (a.state_type != DType::kInt16 && a.state_type != DType::kInt8)
    return Unsupported(node, "its state must be int16 or int8");
  if (auto ok = CheckConstant(graph, node, 1, DType::kInt8); !ok) return ok;
  if (auto ok = CheckConstant(graph, node, 2, a.state_type); !ok) return ok;
  for (size_t i = 1; i < 3; ++i) {
    if (graph.tensor(node.inputs[i]).quantization.scales.size() != 1)
      return Wrong(node, "its weights need exactly one scale a matrix");
    if (auto ok = CheckWeights(graph, node, i, 1); !ok) return ok;
  }
  if (node.inputs.size() > 3 && node.inputs[3] != graph::kNoTensor) {
    if (auto ok = CheckConstant(graph, node, 3, DType::kInt32); !ok) return ok;
  }
  const int32_t limit = a.state_type == DType::kInt8 ? 128 : 32768;
  if (!GoodScale(a.state_scale) || a.state_zero_point < -limit || a.state_zero_point >= limit)
    return Wrong(node, "its state needs a positive scale and a zero point of its type");
  const double state = a.state_scale;
  const double in = ScaleOf(graph, node.inputs[0]).scale;
  const double out = ScaleOf(graph, node.outputs[0]).scale;
  if (auto ok = CheckRatio(node, in * static_cast<double>(ScaleOf(graph, node.inputs[1]).scale) / state); !ok)
    return ok;
  return CheckRatio(node, state * static_cast<double>(ScaleOf(graph, node.inputs[2]).scale) / out);
}

Outcome<void> CheckInt8Node(const Graph& graph, const Node& node) {
  if (node.op == OpKind::kDiv)
    return Unsupported(node, "int8 division can't be computed; multiply by the reciprocal, or keep the layer in float");
  if (auto ok = CheckInt8(graph, node, node.inputs[0]); !ok) return ok;
  const bool int16_softmax = node.op == OpKind::kSoftmax && graph.tensor(node.outputs[0]).type == DType::kInt16;
  const auto output_ok =
      int16_softmax ? CheckScale(graph, node, node.outputs[0]) : CheckInt8(graph, node, node.outputs[0]);
  if (!output_ok) return output_ok;
  if (IsProduct(node.op)) {
    if (auto ok = CheckProduct(graph, node); !ok) return ok;
  } else if (IsBinary(node.op)) {
    if (auto ok = CheckInt8(graph, node, node.inputs[1]); !ok) return ok;
  }
  if (node.op == OpKind::kLstm) return CheckLstm(graph, node);
  if (node.op == OpKind::kSvdf) return CheckSvdf(graph, node);
  if (node.op == OpKind::kSoftmax || node.op == OpKind::kLogSoftmax) return CheckSoftmax(graph, node);
  if (IsPool(node.op)) return CheckPool(graph, node);
  if (graph::IsUnaryTable(graph, node)) {
    if (auto table = graph::UnaryTable(graph, node); !table) return std::unexpected(table.error());
    return {};
  }
  return CheckMultipliers(graph, node);
}

Outcome<void> CheckMove(const Graph& graph, const Node& node) {
  for (const graph::TensorId id : node.inputs) {
    if (graph.tensor(id).type != graph.tensor(node.outputs[0]).type)
      return Wrong(node, "'" + graph.tensor(id).name + "' and its output have different types");
    const auto& q = graph.tensor(id).quantization;
    if (q.scales.size() != 1) continue;
    if (auto ok = CheckInt8(graph, node, id); graph.tensor(id).type == DType::kInt8 && !ok) return ok;
  }
  const graph::Tensor& out = graph.tensor(node.outputs[0]);
  if (out.type != DType::kInt8 || out.quantization.empty()) return {};
  return CheckInt8(graph, node, node.outputs[0]);
}

Outcome<void> CheckArgMax(const Graph& graph, const Node& node) {
  const DType in = graph.tensor(node.inputs[0]).type;
  const DType out = graph.tensor(node.outputs[0]).type;
  if ((in == DType::kFloat32 || in == DType::kInt8) && (out == DType::kInt32 || out == DType::kInt64)) return {};
  return Unsupported(node, "reads " + std::string(graph::Name(in)) + " and makes " + std::string(graph::Name(out)) +
                               "; it can read float32 or int8 and make int32 or int64");
}

}  // namespace

Scale ScaleOf(const Graph& graph, graph::TensorId id) {
  const graph::Quantization& q = graph.tensor(id).quantization;
  return {q.scales.at(0), q.zero_points.at(0)};
}

bool IsFloatNode(const Graph& graph, const Node& node) {
  const auto is_float = [&](graph::TensorId id) {
    return id == graph::kNoTensor || graph.tensor(id).type == DType::kFloat32;
  };
  return std::all_of(node.inputs.begin(), node.inputs.end(), is_float) && is_float(node.outputs[0]);
}

Outcome<void> CheckNode(const Graph& graph, const Node& node) {
  if (IsMove(node.op)) return CheckMove(graph, node);
  if (node.op == OpKind::kArgMax) return CheckArgMax(graph, node);
  if (IsFloatNode(graph, node)) return CheckFloatNode(node);
  if (node.op == OpKind::kQuantize) return CheckQuantize(graph, node);
  if (node.op == OpKind::kDequantize) return CheckDequantize(graph, node);
  return CheckInt8Node(graph, node);
}

}  // namespace linnet::reference
