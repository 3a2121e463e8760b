// Layers without weights: pools, tables, elementwise arithmetic, copies.
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/kernels/softmax.h"
#include "lower_parts.h"
#include "source_text.h"

namespace linnet::emit {
namespace {

using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::Shape;

int Count(const Graph& graph, graph::TensorId id) {
  return static_cast<int>(graph::ElementCount(graph.tensor(id).shape));
}

std::string PoolCall(bool max, const std::string& shape) {
  return fmt::format("  constexpr k::PoolShape shape = {};\n  k::{}(shape, input, output);\n", shape,
                     max ? "MaxPool<k::Target>" : "AveragePool");
}

// The elements of a constant operand, repeated until they have the output's shape.
std::vector<int8_t> Broadcast(const graph::Tensor& tensor, const Shape& target) {
  std::vector<int8_t> values(static_cast<size_t>(graph::ElementCount(target)));
  const size_t missing = target.size() - tensor.shape.size();
  for (size_t i = 0; i < values.size(); ++i) {
    size_t rest = i, index = 0, stride = 1;
    for (size_t d = target.size(); d-- > 0;) {
      const size_t position = rest % static_cast<size_t>(target[d]);
      rest /= static_cast<size_t>(target[d]);
      if (d < missing) continue;
      const auto extent = static_cast<size_t>(tensor.shape[d - missing]);
      if (extent != 1) index += position * stride;
      stride *= extent;
    }
    values[i] = static_cast<int8_t>(tensor.data.at(index));
  }
  return values;
}

}  // namespace

Outcome<void> LowerPool(const Graph& graph, const Node& node, Layer& layer) {
  if (auto same = SharedQuantization(graph, node); !same) return std::unexpected(same.error());
  const Shape& in = graph.tensor(node.inputs[0]).shape;
  const Shape& out = graph.tensor(node.outputs[0]).shape;
  const graph::Window& w = std::get<graph::PoolAttributes>(node.attributes).window;
  if (in[0] != 1) return Unsupported(node, "supported is batch 1, found input " + graph::ToString(in));
  if (w.dilation_h != 1 || w.dilation_w != 1) return Unsupported(node, "pools with dilation are not supported");
  if (w.pad_top >= w.kernel_h || w.pad_left >= w.kernel_w || (out[1] - 1) * w.stride_h - w.pad_top >= in[1] ||
      (out[2] - 1) * w.stride_w - w.pad_left >= in[2]) {
    return Unsupported(node, "some of its windows lie wholly in the padding; use less padding");
  }
  layer.operands = {node.inputs[0]};
  layer.body = PoolCall(
      node.op == OpKind::kMaxPool,
      fmt::format(
          "{{.in_h = {}, .in_w = {}, .channels = {}, .out_h = {}, .out_w = {}, .kernel_h = {}, .kernel_w = {},\n"
          "      .stride_h = {}, .stride_w = {}, .pad_top = {}, .pad_left = {}}}",
          in[1], in[2], in[3], out[1], out[2], w.kernel_h, w.kernel_w, w.stride_h, w.stride_w, w.pad_top, w.pad_left));
  return {};
}

// A mean over neighbouring dimensions is an average pool of one column: outer rows, reduced taps, inner channels.
Outcome<void> LowerMean(const Graph& graph, const Node& node, Layer& layer) {
  if (auto same = SharedQuantization(graph, node); !same) return std::unexpected(same.error());
  const Shape& in = graph.tensor(node.inputs[0]).shape;
  auto axes = std::get<graph::ReduceAttributes>(node.attributes).axes;
  std::ranges::sort(axes);
  for (size_t i = 1; i < axes.size(); ++i) {
    if (axes[i] != axes[i - 1] + 1)
      return Unsupported(node, "supported is a mean over neighbouring dimensions, such as height and width");
  }
  if (axes.empty()) return LowerCopy(graph, node, layer);
  int64_t outer = 1, reduced = 1, inner = 1;
  for (int d = 0; d < static_cast<int>(in.size()); ++d) {
    (d < axes.front() ? outer : d > axes.back() ? inner : reduced) *= in[static_cast<size_t>(d)];
  }
  layer.operands = {node.inputs[0]};
  layer.body = PoolCall(
      false,
      fmt::format(
          "{{.in_h = {0}, .in_w = {1}, .channels = {2}, .out_h = {0}, .out_w = 1, .kernel_h = 1, .kernel_w = {1}}}",
          outer, reduced, inner));
  return {};
}

Outcome<void> LowerSoftmax(const Graph& graph, const Node& node, Layer& layer) {
  LINNET_ASSIGN(const PerTensor input, QuantizationOf(graph, node, node.inputs[0]));
  LINNET_ASSIGN(const PerTensor output, QuantizationOf(graph, node, node.outputs[0]));
  if (output.scale != graph::kSoftmaxOutputScale || output.zero_point != graph::kSoftmaxOutputZeroPoint) {
    return Wrong(node, "its output must have scale 1/256 and zero point -128");
  }
  const Shape& shape = graph.tensor(node.inputs[0]).shape;
  const int count = shape.empty() ? 1 : Dim(shape, shape.size() - 1);
  if (count > kernels::kSoftmaxRowMax) {
    return Unsupported(node,
                       fmt::format("rows of {} elements; at most {} are supported", count, kernels::kSoftmaxRowMax));
  }
  const auto table = graph::SoftmaxTable(input.scale);
  layer.operands = {node.inputs[0]};
  layer.weight_bytes = sizeof table;
  layer.body =
      Constant("table", std::span<const uint32_t>(table)) +
      fmt::format("  k::Softmax({}, {}, table, input, output);\n", Count(graph, node.inputs[0]) / count, count);
  return {};
}

Outcome<void> LowerTable(const Graph& graph, const Node& node, Layer& layer) {
  LINNET_ASSIGN(const PerTensor input, QuantizationOf(graph, node, node.inputs[0]));
  LINNET_ASSIGN(const PerTensor output, QuantizationOf(graph, node, node.outputs[0]));
  const bool tanh = node.op == OpKind::kTanh;
  const float scale = tanh ? graph::kTanhOutputScale : graph::kSigmoidOutputScale;
  const int32_t zero = tanh ? graph::kTanhOutputZeroPoint : graph::kSigmoidOutputZeroPoint;
  if (output.scale != scale || output.zero_point != zero) {
    return Wrong(node, fmt::format("its output must have scale {} and zero point {}", scale, zero));
  }
  const auto table =
      tanh ? graph::TanhTable(input.scale, input.zero_point) : graph::SigmoidTable(input.scale, input.zero_point);
  layer.operands = {node.inputs[0]};
  layer.weight_bytes = sizeof table;
  layer.body = Constant("table", std::span<const int8_t>(table)) +
               fmt::format("  k::Lookup({}, table, input, output);\n", Count(graph, node.inputs[0]));
  return {};
}

Outcome<void> LowerRelu(const Graph& graph, const Node& node, Layer& layer) {
  LINNET_ASSIGN(const PerTensor q, SharedQuantization(graph, node));
  const auto activation = node.op == OpKind::kRelu ? graph::Activation::kRelu : graph::Activation::kRelu6;
  const graph::ClampRange range = graph::ActivationRange(activation, q.scale, q.zero_point);
  layer.operands = {node.inputs[0]};
  layer.body =
      fmt::format("  k::Clamp({}, {}, {}, input, output);\n", Count(graph, node.inputs[0]), range.lo, range.hi);
  return {};
}

Outcome<void> LowerArithmetic(const Graph& graph, const Node& node, Layer& layer) {
  const Shape& target = graph.tensor(node.outputs[0]).shape;
  std::string names[2];
  for (size_t i = 0; i < 2; ++i) {
    const graph::Tensor& operand = graph.tensor(node.inputs[i]);
    if (operand.constant) {
      if (operand.type != graph::DType::kInt8 ||
          operand.data.size() != static_cast<size_t>(graph::ElementCount(operand.shape))) {
        return Unsupported(node, "constant '" + operand.name + "' is not int8");
      }
      const std::vector<int8_t> values = Broadcast(operand, target);
      names[i] = i == 0 ? "constant_a" : "constant_b";
      layer.body += Constant(names[i], values);
      layer.weight_bytes += values.size();
    } else if (graph::ElementCount(operand.shape) != graph::ElementCount(target)) {
      return Unsupported(node, "operand '" + operand.name + "' of shape " + graph::ToString(operand.shape) +
                                   " would have to be repeated to " + graph::ToString(target) + "; only constants are");
    } else {
      names[i] = layer.operands.empty() ? "input" : "other";
      layer.operands.push_back(node.inputs[i]);
    }
  }
  if (layer.operands.empty()) return Unsupported(node, "both operands are constant; fold them first");
  LINNET_ASSIGN(const PerTensor a, QuantizationOf(graph, node, node.inputs[0]));
  LINNET_ASSIGN(const PerTensor b, QuantizationOf(graph, node, node.inputs[1]));
  LINNET_ASSIGN(const Stage stage, StageOf(graph, node, graph::Activation::kNone));
  const int count = Count(graph, node.outputs[0]);
  const double out_scale = stage.output.scale;
  if (node.op == OpKind::kMul) {
    const graph::Multiplier m = graph::QuantizeMultiplier(double{a.scale} * double{b.scale} / out_scale);
    layer.body += fmt::format(
        "  constexpr k::MultiplyShape shape = {{.count = {}, .a_zero = {}, .b_zero = {}, .multiplier = {}, .shift = "
        "{},\n"
        "      .stage = {}}};\n  k::Multiply<k::Target>(shape, {}, {}, output);\n",
        count, a.zero_point, b.zero_point, m.multiplier, m.shift, stage.text, names[0], names[1]);
    return {};
  }
  const double sign = node.op == OpKind::kSub ? -1.0 : 1.0;
  const graph::AddMultipliers m =
      graph::QuantizeAddMultipliers(double{a.scale} / out_scale, sign * double{b.scale} / out_scale);
  if (m.shift < 12) return Unsupported(node, "its operands' scales are more than a million times the output's");
  layer.body += fmt::format(
      "  constexpr k::AddShape shape = {{.count = {}, .a_zero = {}, .b_zero = {}, .a_multiplier = {}, .b_multiplier = "
      "{},\n"
      "      .shift = {}, .stage = {}}};\n  k::Add(shape, {}, {}, output);\n",
      count, a.zero_point, b.zero_point, m.a, m.b, m.shift, stage.text, names[0], names[1]);
  return {};
}

Outcome<void> LowerPad(const Graph& graph, const Node& node, Layer& layer) {
  LINNET_ASSIGN(const PerTensor q, SharedQuantization(graph, node));
  const Shape& in = graph.tensor(node.inputs[0]).shape;
  const Shape& out = graph.tensor(node.outputs[0]).shape;
  const auto& amounts = std::get<graph::PadAttributes>(node.attributes).amounts;
  if (in.size() > 4) return Unsupported(node, "at most 4 dimensions are supported, found " + graph::ToString(in));
  int64_t from[4] = {1, 1, 1, 1}, to[4] = {1, 1, 1, 1}, before[4] = {0, 0, 0, 0};
  const size_t lead = 4 - in.size();
  for (size_t d = 0; d < in.size(); ++d) {
    from[lead + d] = in[d], to[lead + d] = out[d], before[lead + d] = amounts[d].first;
  }
  layer.operands = {node.inputs[0]};
  layer.body = fmt::format(
      "  constexpr k::PadShape shape = {{.in = {{{}}}, .out = {{{}}}, .before = {{{}}}, .value = {}}};\n"
      "  k::Pad(shape, input, output);\n",
      fmt::join(from, ", "), fmt::join(to, ", "), fmt::join(before, ", "), q.zero_point);
  return {};
}

Outcome<void> LowerCopy(const Graph& graph, const Node& node, Layer& layer) {
  if (auto same = SharedQuantization(graph, node); !same) return std::unexpected(same.error());
  layer.operands = {node.inputs[0]};
  layer.copies = true;
  layer.body = fmt::format("  k::CopyBytes(input, {}, output);\n", Count(graph, node.inputs[0]));
  return {};
}

}  // namespace linnet::emit
