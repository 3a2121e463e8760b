// Int8 operators of one tensor, element by element or row by row: tables, softmax, and the ways between float and int8.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/graph/unary_table.h"
#include "linnet/kernels/softmax.h"
#include "lower_parts.h"
#include "source_text.h"

namespace linnet::emit {
namespace {

using graph::Graph;
using graph::Node;

bool IsClamp(const std::array<int8_t, 256>& table) {
  for (int q = -128; q < 128; ++q) {
    if (table[static_cast<size_t>(q + 128)] != std::clamp<int>(q, table.front(), table.back())) return false;
  }
  return true;
}

int RowLength(const Graph& graph, const Node& node) {
  const graph::Shape& shape = graph.tensor(node.inputs[0]).shape;
  return shape.empty() ? 1 : Dim(shape, shape.size() - 1);
}

Outcome<void> CheckSoftmax(const Graph& graph, const Node& node, float scale, int32_t zero_point, int row_max) {
  if (auto input = QuantizationOf(graph, node, node.inputs[0]); !input) return std::unexpected(input.error());
  if (const int count = RowLength(graph, node); count > row_max)
    return Unsupported(node, fmt::format("rows of {} elements; at most {} are supported", count, row_max));
  const graph::Tensor& output = graph.tensor(node.outputs[0]);
  if (output.type == graph::DType::kInt16 &&
      IsTflite(graph)) {  // of a file's own scale, which TensorFlow Lite holds to
    scale = 1.0F / 65536;
    zero_point = -32768;
    const auto& q = output.quantization;
    if (q.scales.size() == 1 && std::fabs(q.scales[0] / scale - 1) < 1e-3F && q.zero_points.at(0) == zero_point)
      return {};
  } else {
    LINNET_ASSIGN(const PerTensor q, QuantizationOf(graph, node, node.outputs[0]));
    if (q.scale == scale && q.zero_point == zero_point) return {};
  }
  return Wrong(node, fmt::format("its output must have scale {} and zero point {}", scale, zero_point));
}

}  // namespace

Outcome<void> LowerTable(const Graph& graph, const Node& node, Layer& layer) {
  for (const graph::TensorId id : {node.inputs[0], node.outputs[0]}) {
    if (auto q = QuantizationOf(graph, node, id); !q) return std::unexpected(q.error());
  }
  LINNET_ASSIGN(const auto table, graph::UnaryTable(graph, node));
  const int count = Count(graph, node.inputs[0]);
  layer.operands = {node.inputs[0]};
  if (IsClamp(table) && table.front() == -128 && table.back() == 127) {  // every number stays, whatever its scale
    layer.copies = true;
    return {};
  }
  AllowInPlace(graph, 0, layer);
  if (IsClamp(table)) {
    layer.body = fmt::format("  k::Clamp({}, {}, {}, input, output);\n", count, table.front(), table.back());
    return {};
  }
  layer.weight_bytes = sizeof table;
  layer.body = Constant("table", std::span<const int8_t>(table)) +
               fmt::format("  k::Lookup({}, table, input, output);\n", count);
  return {};
}

Outcome<void> LowerSoftmax(const Graph& graph, const Node& node, Layer& layer) {
  const bool tflite = IsTflite(graph);
  if (auto fit = CheckSoftmax(graph, node, graph::kSoftmaxOutputScale, graph::kSoftmaxOutputZeroPoint,
                              tflite ? kernels::kSoftmaxTwiceRowMax : kernels::kSoftmaxRowMax);
      !fit) {
    return fit;
  }
  const int count = RowLength(graph, node), rows = Count(graph, node.inputs[0]) / count;
  layer.operands = {node.inputs[0]};
  AllowInPlace(graph, 0, layer);
  layer.weight_bytes = 256 * 4;
  if (tflite) {
    const auto exp = graph::tflite::SoftmaxParametersOf(graph, node).exp;
    layer.body = Constant("table", std::span<const int32_t>(exp)) +
                 fmt::format("  k::SoftmaxTwice({}, {}, table, input, output);\n", rows, count);
    return {};
  }
  const auto* attributes = std::get_if<graph::SoftmaxAttributes>(&node.attributes);
  const float beta = attributes != nullptr ? attributes->beta : 1.0F;
  const auto table = graph::SoftmaxTable(graph.tensor(node.inputs[0]).quantization.scales[0] * beta);
  layer.body = Constant("table", std::span<const uint32_t>(table)) +
               fmt::format("  k::Softmax({}, {}, table, input, output);\n", rows, count);
  return {};
}

Outcome<void> LowerLogSoftmax(const Graph& graph, const Node& node, Layer& layer) {
  if (auto fit = CheckSoftmax(graph, node, 1.0F / 16, 127, kernels::kSoftmaxTwiceRowMax); !fit) return fit;
  const graph::tflite::LogSoftmaxParameters p = graph::tflite::LogSoftmaxParametersOf(graph, node);
  const int count = RowLength(graph, node);
  layer.operands = {node.inputs[0]};
  AllowInPlace(graph, 0, layer);
  layer.weight_bytes = sizeof p.exp + sizeof p.difference;
  layer.body = Constant("exponentials", std::span<const int32_t>(p.exp)) +
               Constant("differences", std::span<const int32_t>(p.difference)) +
               fmt::format(
                   "  static constexpr k::TwiceMultiplier reverse = {};\n"
                   "  k::LogSoftmaxTwice({}, {}, exponentials, differences, {}, reverse, input, output);\n",
                   TwiceText(p.reverse), Count(graph, node.inputs[0]) / count, count, p.lowest_difference);
  return {};
}

namespace {

struct Number {  // one scale and zero point of int8, int16 or int32
  float scale;
  int32_t zero_point;
};
Outcome<Number> NumberOf(const Graph& graph, const Node& node, graph::TensorId id) {
  const graph::Tensor& tensor = graph.tensor(id);
  using enum graph::DType;
  if (tensor.type != kInt8 && tensor.type != kInt16 && tensor.type != kInt32)
    return Unsupported(node,
                       fmt::format("tensor '{}' is {}; supported are float32, int8, int16 and int32 on its two sides",
                                   tensor.name, graph::Name(tensor.type)));
  const auto& q = tensor.quantization;
  if (q.scales.size() != 1 || q.zero_points.size() != 1 || !(q.scales[0] > 0))
    return Wrong(node, "tensor '" + tensor.name + "' needs one positive scale and one zero point");
  return Number{q.scales[0], q.zero_points[0]};
}

}  // namespace

// kQuantize and kDequantize: between float and integers, or from one width of integers to another. Between int8 scales it
// is a table.
Outcome<void> LowerQuantize(const Graph& graph, const Node& node, Layer& layer) {
  const graph::DType in = graph.tensor(node.inputs[0]).type, out = graph.tensor(node.outputs[0]).type;
  const int count = Count(graph, node.inputs[0]);
  if (in == graph::DType::kInt8 && out == graph::DType::kInt8) return LowerTable(graph, node, layer);
  layer.operands = {node.inputs[0]};
  if (graph::SizeBytes(out) <= graph::SizeBytes(in))
    layer.in_place = {0};  // each element is read before one is written
  if (in == graph::DType::kFloat32) {
    LINNET_ASSIGN(const PerTensor q, QuantizationOf(graph, node, node.outputs[0]));
    layer.body = fmt::format("  k::Quantize({}, {}, {}, input, output);\n", count, FloatLiteral(q.scale), q.zero_point);
    return {};
  }
  LINNET_ASSIGN(const Number from, NumberOf(graph, node, node.inputs[0]));
  if (out == graph::DType::kFloat32) {
    layer.body =
        fmt::format("  k::Dequantize({}, {}, {}, input, output);\n", count, FloatLiteral(from.scale), from.zero_point);
    return {};
  }
  if (auto to = NumberOf(graph, node, node.outputs[0]); !to) return std::unexpected(to.error());
  const graph::tflite::QuantizeParameters p = graph::tflite::QuantizeParametersOf(graph, node);
  layer.body = fmt::format(
      "  static constexpr k::TwiceMultiplier multiplier = {};\n"
      "  k::Requantize({}, {}, multiplier, {}, input, output);\n",
      TwiceText(p.output), count, p.input_zero_point, p.output_zero_point);
  return {};
}

}  // namespace linnet::emit
