#include "lower_parts.h"

#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "linnet/graph/build.h"
#include "source_text.h"

namespace linnet::emit {

using graph::Graph;
using graph::Node;

std::unexpected<Error> Unsupported(const Node& node, const std::string& what) {
  return Fail(Status::kUnimplemented, graph::Describe(node) + ": " + what);
}
std::unexpected<Error> Wrong(const Node& node, const std::string& what) {
  return Fail(Status::kInvalidArgument, graph::Describe(node) + ": " + what);
}

Outcome<PerTensor> QuantizationOf(const Graph& graph, const Node& node, graph::TensorId id) {
  const graph::Tensor& tensor = graph.tensor(id);
  if (tensor.type != graph::DType::kInt8) {
    return Unsupported(
        node, fmt::format("tensor '{}' is {}, not int8; quantise the graph first, or compile it as float", tensor.name,
                          graph::Name(tensor.type)));
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

graph::ClampRange FusedRange(const Graph& graph, const Node& node, const PerTensor& output) {
  const graph::Activation activation = graph::ActivationOf(node);
  return IsTflite(graph) ? graph::tflite::ActivationRangeQuantized(activation, output.scale, output.zero_point)
                         : graph::ActivationRange(activation, output.scale, output.zero_point);
}

Outcome<Stage> StageOf(const Graph& graph, const Node& node, graph::Activation activation) {
  LINNET_ASSIGN(const PerTensor output, QuantizationOf(graph, node, node.outputs[0]));
  const graph::ClampRange range =
      IsTflite(graph) ? graph::tflite::ActivationRangeQuantized(activation, output.scale, output.zero_point)
                      : graph::ActivationRange(activation, output.scale, output.zero_point);
  return Stage{output, range.lo, range.hi,
               fmt::format("{{.zero_point = {}, .lo = {}, .hi = {}}}", output.zero_point, range.lo, range.hi)};
}

std::string_view ElementType(graph::DType type) {
  switch (type) {
    case graph::DType::kFloat32: return "float";
    case graph::DType::kInt16: return "int16_t";
    case graph::DType::kInt32: return "int32_t";
    case graph::DType::kInt64: return "int64_t";
    default: return "int8_t";
  }
}

std::string TwiceText(graph::tflite::Multiplier m) {
  return fmt::format("{{.multiplier = {}, .left = {}, .right = {}}}", m.multiplier, std::max(m.shift, 0),
                     std::max(-m.shift, 0));
}

namespace {

// A float that reads back to the same bits, infinities too; a NaN is a NaN.
std::string FloatText(float value) {
  if (std::isnan(value)) return "__builtin_nanf(\"\")";
  if (std::isinf(value)) return value > 0 ? "__builtin_inff()" : "-__builtin_inff()";
  return FloatLiteral(value);
}

}  // namespace

std::string FloatClampText(float lo, float hi) {
  return fmt::format("{{.on = true, .lo = {}, .hi = {}}}", FloatText(lo), FloatText(hi));
}

std::string FloatClampText(graph::Activation activation) {
  switch (activation) {
    case graph::Activation::kNone: break;
    case graph::Activation::kRelu: return "{.on = true, .lo = 0, .hi = __builtin_inff()}";
    case graph::Activation::kRelu6: return "{.on = true, .lo = 0, .hi = 6}";
    case graph::Activation::kReluN1To1: return "{.on = true, .lo = -1, .hi = 1}";
  }
  return "{}";
}

std::string FloatConstant(std::string_view name, const std::vector<float>& values) {
  std::string text = fmt::format("  static constexpr float {}[] = {{\n", name);
  for (size_t i = 0; i < values.size(); ++i) {
    text += i % 8 == 0 ? "      " : " ";
    text += FloatText(values[i]) + ",";
    if (i % 8 == 7 || i + 1 == values.size()) text += "\n";
  }
  return text + "  };\n";
}

Outcome<std::string> AddOperand(const Graph& graph, const Node& node, size_t index, Layer& layer) {
  const graph::Tensor& tensor = graph.tensor(node.inputs[index]);
  if (!tensor.constant) {
    layer.operands.push_back(node.inputs[index]);
    return layer.operands.size() == 1 ? "input" : "other";
  }
  std::string name = "constant" + std::to_string(index);
  if (tensor.type == graph::DType::kFloat32) {
    layer.body += FloatConstant(name, graph::FloatValues(tensor));
  } else if (tensor.type == graph::DType::kInt8) {
    std::vector<int8_t> values(tensor.data.size());
    std::memcpy(values.data(), tensor.data.data(), values.size());
    layer.body += Constant(name, values);
  } else {
    return Unsupported(node, fmt::format("constant '{}' is {}; supported are int8 and float32", tensor.name,
                                         graph::Name(tensor.type)));
  }
  layer.weight_bytes += tensor.data.size();
  return name;
}

void AllowInPlace(const Graph& graph, size_t operand, Layer& layer) {
  const graph::Tensor& from = graph.tensor(layer.operands[operand]);
  const graph::Tensor& to = graph.tensor(layer.node->outputs[0]);
  if (graph::ElementCount(from.shape) == graph::ElementCount(to.shape) &&
      graph::SizeBytes(from.type) == graph::SizeBytes(to.type))
    layer.in_place.push_back(operand);
}

std::vector<Loop> Merged(const std::vector<Loop>& loops) {
  std::vector<Loop> merged;
  for (const Loop& loop : loops) {
    if (loop.count == 1) continue;
    if (!merged.empty() && merged.back().in_step == loop.in_step * loop.count &&
        merged.back().out_step == loop.out_step * loop.count) {
      merged.back() = {merged.back().count * loop.count, loop.in_step, loop.out_step};
    } else {
      merged.push_back(loop);
    }
  }
  return merged;
}

std::vector<int64_t> Steps(const graph::Shape& shape) {
  std::vector<int64_t> steps(shape.size());
  int64_t step = 1;
  for (size_t d = shape.size(); d-- > 0;) {
    steps[d] = step;
    step *= shape[d];
  }
  return steps;
}

}  // namespace linnet::emit
