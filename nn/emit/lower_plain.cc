// Int8 operators of one tensor, element by element or row by row: tables, softmax, and the ways between float and int8.
#include <algorithm>

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
  LINNET_ASSIGN(const PerTensor output, QuantizationOf(graph, node, node.outputs[0]));
  if (output.scale != scale || output.zero_point != zero_point) {
    return Wrong(node, fmt::format("its output must have scale {} and zero point {}", scale, zero_point));
  }
  if (const int count = RowLength(graph, node); count > row_max)
    return Unsupported(node, fmt::format("rows of {} elements; at most {} are supported", count, row_max));
  return {};
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

// kQuantize from float and kDequantize; between int8 scales it is a table.
Outcome<void> LowerQuantize(const Graph& graph, const Node& node, Layer& layer) {
  const bool to_int8 = node.op == graph::OpKind::kQuantize;
  LINNET_ASSIGN(const PerTensor q, QuantizationOf(graph, node, to_int8 ? node.outputs[0] : node.inputs[0]));
  if (!IsFloat(graph, to_int8 ? node.inputs[0] : node.outputs[0]))
    return Unsupported(node, "supported are float32 and int8 on its two sides");
  layer.operands = {node.inputs[0]};
  if (to_int8) layer.in_place = {0};  // reads four bytes, then writes one
  layer.body = fmt::format("  k::{}({}, {}, {}, input, output);\n", to_int8 ? "Quantize" : "Dequantize",
                           Count(graph, node.inputs[0]), FloatLiteral(q.scale), q.zero_point);
  return {};
}

}  // namespace linnet::emit
