// Layers that move elements of any type: pads, slices, transpositions, concatenations, resizes, reshapes.
#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/graph/resize_nearest.h"
#include "linnet/graph/unary_table.h"
#include "linnet/kernels/move.h"
#include "lower_parts.h"
#include "source_text.h"

namespace linnet::emit {
namespace {

using graph::Graph;
using graph::Node;
using graph::Shape;

// Whether the numbers move as they are. TensorFlow Lite moves them whatever the scales say; our own arithmetic brings them to the
// output's scale.
Outcome<bool> MovesAsIs(const Graph& graph, const Node& node) {
  const graph::DType type = graph.tensor(node.inputs[0]).type;
  if (type != graph.tensor(node.outputs[0]).type)
    return Unsupported(node, "its input and its output have different types");
  if (type == graph::DType::kFloat32 || type == graph::DType::kInt16 || type == graph::DType::kInt32 ||
      type == graph::DType::kInt64)
    return true;
  if (type != graph::DType::kInt8)
    return Unsupported(
        node, fmt::format("tensors of {}; supported are float32, int8, int16, int32 and int64", graph::Name(type)));
  if (IsTflite(graph)) return true;
  LINNET_ASSIGN(const PerTensor from, QuantizationOf(graph, node, node.inputs[0]));
  LINNET_ASSIGN(const PerTensor to, QuantizationOf(graph, node, node.outputs[0]));
  return from.scale == to.scale && from.zero_point == to.zero_point;
}

// Behind a move: the output's numbers brought to its scale, in place. Empty where they are moved as they are.
std::string RescaleText(const Graph& graph, const Node& node, bool as_is, Layer& layer) {
  if (as_is) return {};
  const auto table = graph::RescaleTable(graph.arithmetic, graph.tensor(node.inputs[0]), graph.tensor(node.outputs[0]));
  layer.weight_bytes += table.size();
  return Constant("table", std::span<const int8_t>(table)) +
         fmt::format("  k::Lookup({}, table, output, output);\n", Count(graph, node.outputs[0]));
}

bool IsWholeCopy(const std::vector<Loop>& merged) {
  return merged.empty() || (merged.size() == 1 && merged[0].in_step == 1 && merged[0].out_step == 1);
}

// k::Move of the loops, outermost first, `shape_name` free in the body; from and to say where it begins.
Outcome<std::string> MoveText(const Graph& graph, const Node& node, const std::vector<Loop>& loops,
                              const std::string& shape_name, const std::string& from, const std::string& to) {
  std::vector<Loop> merged = Merged(loops);
  Loop run{1, 1, 1};
  if (!merged.empty() && merged.back().out_step == 1) {
    run = merged.back();
    merged.pop_back();
  }
  if (merged.size() > kernels::kMoveDimensions)
    return Unsupported(node, "more than 6 dimensions that move on their own; reshape the tensor to fewer");
  std::vector<int64_t> counts, in_steps, out_steps;
  for (const Loop& loop : merged) {
    counts.push_back(loop.count);
    in_steps.push_back(loop.in_step);
    out_steps.push_back(loop.out_step);
  }
  return fmt::format(
      "  static constexpr k::MoveShape {} = {{.run = {}, .run_step = {}, .dimensions = {}, .counts = {{{}}},\n"
      "      .in_steps = {{{}}}, .out_steps = {{{}}}}};\n"
      "  k::Move<{}>({}, {}, {});\n",
      shape_name, run.count, run.in_step, merged.size(), fmt::join(counts, ", "), fmt::join(in_steps, ", "),
      fmt::join(out_steps, ", "), ElementType(graph.tensor(node.outputs[0]).type), shape_name, from, to);
}

std::string Offset(std::string_view pointer, int64_t elements) {
  return elements == 0 ? std::string(pointer) : fmt::format("{} + {}", pointer, elements);
}

// The padding's value as the output stores it.
std::string PadValue(const Graph& graph, const Node& node) {
  const float value = std::get<graph::PadAttributes>(node.attributes).value;
  const graph::Tensor& output = graph.tensor(node.outputs[0]);
  if (output.type == graph::DType::kFloat32) return FloatLiteral(value);
  if (output.type != graph::DType::kInt8) return std::to_string(static_cast<int64_t>(value));
  const auto& q = output.quantization;
  return std::to_string(graph::QuantizeValue(value, q.scales[0], q.zero_points[0]));
}

}  // namespace

Outcome<void> LowerCopy(const Graph& graph, const Node& node, Layer& layer) {
  LINNET_ASSIGN(const bool as_is, MovesAsIs(graph, node));
  layer.operands = {node.inputs[0]};
  layer.copies = as_is;
  if (as_is) return {};
  const auto table = graph::RescaleTable(graph.arithmetic, graph.tensor(node.inputs[0]), graph.tensor(node.outputs[0]));
  AllowInPlace(graph, 0, layer);
  layer.weight_bytes = table.size();
  layer.body = Constant("table", std::span<const int8_t>(table)) +
               fmt::format("  k::Lookup({}, table, input, output);\n", Count(graph, node.outputs[0]));
  return {};
}

Outcome<void> LowerPad(const Graph& graph, const Node& node, Layer& layer) {
  LINNET_ASSIGN(const bool as_is, MovesAsIs(graph, node));
  if (!as_is) return Unsupported(node, "its output has another scale than its input; put a Quantize behind it");
  const Shape& in = graph.tensor(node.inputs[0]).shape;
  const Shape& out = graph.tensor(node.outputs[0]).shape;
  if (in == out) return LowerCopy(graph, node, layer);
  const auto& amounts = std::get<graph::PadAttributes>(node.attributes).amounts;
  const std::vector<int64_t> in_steps = Steps(in), out_steps = Steps(out);
  std::vector<Loop> loops;
  int64_t begin = 0;
  for (size_t d = 0; d < in.size(); ++d) {
    loops.push_back({in[d], in_steps[d], out_steps[d]});
    begin += amounts[d].first * out_steps[d];
  }
  LINNET_ASSIGN(const std::string move, MoveText(graph, node, loops, "shape", "input", Offset("output", begin)));
  layer.operands = {node.inputs[0]};
  layer.body = fmt::format("  k::Fill<{}>({}, {}, output);\n", ElementType(graph.tensor(node.outputs[0]).type),
                           PadValue(graph, node), Count(graph, node.outputs[0])) +
               move;
  return {};
}

Outcome<void> LowerTranspose(const Graph& graph, const Node& node, Layer& layer) {
  LINNET_ASSIGN(const bool as_is, MovesAsIs(graph, node));
  const Shape& out = graph.tensor(node.outputs[0]).shape;
  const std::vector<int64_t> in_steps = Steps(graph.tensor(node.inputs[0]).shape), out_steps = Steps(out);
  const auto& permutation = std::get<graph::TransposeAttributes>(node.attributes).permutation;
  std::vector<Loop> loops;
  for (size_t d = 0; d < out.size(); ++d)
    loops.push_back({out[d], in_steps[static_cast<size_t>(permutation[d])], out_steps[d]});
  if (IsWholeCopy(Merged(loops))) return LowerCopy(graph, node, layer);
  LINNET_ASSIGN(layer.body, MoveText(graph, node, loops, "shape", "input", "output"));
  layer.body += RescaleText(graph, node, as_is, layer);
  layer.operands = {node.inputs[0]};
  return {};
}

Outcome<void> LowerSlice(const Graph& graph, const Node& node, Layer& layer) {
  LINNET_ASSIGN(const bool as_is, MovesAsIs(graph, node));
  const std::vector<int64_t> in_steps = Steps(graph.tensor(node.inputs[0]).shape);
  const std::vector<int64_t> out_steps = Steps(graph.tensor(node.outputs[0]).shape);
  const auto& ranges = std::get<graph::SliceAttributes>(node.attributes).ranges;
  std::vector<Loop> loops;
  int64_t begin = 0;
  for (size_t d = 0; d < ranges.size(); ++d) {
    loops.push_back({ranges[d].count, in_steps[d] * ranges[d].step, out_steps[d]});
    begin += ranges[d].begin * in_steps[d];
  }
  if (as_is && IsWholeCopy(Merged(loops))) {
    layer.copies_from_bytes = static_cast<size_t>(begin * graph::SizeBytes(graph.tensor(node.outputs[0]).type));
    return LowerCopy(graph, node, layer);
  }
  LINNET_ASSIGN(layer.body, MoveText(graph, node, loops, "shape", Offset("input", begin), "output"));
  layer.body += RescaleText(graph, node, as_is, layer);
  layer.operands = {node.inputs[0]};
  return {};
}

Outcome<void> LowerResize(const Graph& graph, const Node& node, Layer& layer) {
  LINNET_ASSIGN(const bool as_is, MovesAsIs(graph, node));
  const Shape& in = graph.tensor(node.inputs[0]).shape;
  const Shape& out = graph.tensor(node.outputs[0]).shape;
  if (in[0] != 1) return Unsupported(node, "supported is batch 1, found input " + graph::ToString(in));
  if (in[1] > 65535 || in[2] > 65535) return Unsupported(node, "at most 65535 rows and columns are supported");
  const auto& a = std::get<graph::ResizeAttributes>(node.attributes);
  const auto indices = [&](size_t axis) {
    std::vector<int32_t> list;
    for (int64_t i = 0; i < out[axis]; ++i)
      list.push_back(static_cast<int32_t>(graph::NearestSource(i, in[axis], out[axis], a)));
    return list;
  };
  const std::vector<int32_t> rows = indices(1), columns = indices(2);
  const int64_t pixel = in[3] * graph::SizeBytes(graph.tensor(node.inputs[0]).type);
  layer.operands = {node.inputs[0]};
  layer.weight_bytes = 2 * (rows.size() + columns.size());
  layer.body = fmt::format(
      "  static constexpr uint16_t rows[] = {{{}}};\n  static constexpr uint16_t columns[] = {{{}}};\n"
      "  k::PickPixels({}, {}, {}, {}, rows, columns, reinterpret_cast<const int8_t*>(input),\n"
      "                reinterpret_cast<int8_t*>(output));\n",
      fmt::join(rows, ", "), fmt::join(columns, ", "), out[1], out[2], pixel, in[2] * pixel);
  layer.body += RescaleText(graph, node, as_is, layer);
  return {};
}

// Each input is copied to its place; int8 inputs of another scale go through a table.
Outcome<void> LowerConcat(const Graph& graph, const Node& node, Layer& layer) {
  const graph::Tensor& output = graph.tensor(node.outputs[0]);
  const auto axis = static_cast<size_t>(std::get<graph::ConcatAttributes>(node.attributes).axis);
  const int64_t out_row = Steps(output.shape)[axis] * output.shape[axis];
  const bool int8 = output.type == graph::DType::kInt8;
  int64_t begin = 0;
  bool only_copies = graph::ActivationOf(node) == graph::Activation::kNone;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const graph::Tensor& input = graph.tensor(node.inputs[i]);
    if (input.type != output.type)
      return Unsupported(node, "input '" + input.name + "' has another type than the output");
    const int64_t row = Steps(input.shape)[axis] * input.shape[axis];
    const int64_t rows = graph::ElementCount(input.shape) / row;
    std::string name = fmt::format("input{}", layer.operands.size());
    if (input.constant) {
      LINNET_ASSIGN(name, AddOperand(graph, node, i, layer));
    } else {
      layer.operands.push_back(node.inputs[i]);
    }
    bool same = true;
    if (int8 && !IsTflite(graph)) {
      LINNET_ASSIGN(const PerTensor from, QuantizationOf(graph, node, node.inputs[i]));
      LINNET_ASSIGN(const PerTensor to, QuantizationOf(graph, node, node.outputs[0]));
      same = from.scale == to.scale && from.zero_point == to.zero_point;
    }
    if (same) {
      LINNET_ASSIGN(const std::string move, MoveText(graph, node, {{rows, row, out_row}, {row, 1, 1}},
                                                     fmt::format("shape{}", i), name, Offset("output", begin)));
      layer.body += move;
    } else {
      const auto table = graph::RescaleTable(graph.arithmetic, input, output);
      layer.weight_bytes += table.size();
      layer.body += Constant(fmt::format("table{}", i), std::span<const int8_t>(table)) +
                    fmt::format("  k::LookupRows({}, {}, {}, table{}, {}, {});\n", rows, row, out_row, i, name,
                                Offset("output", begin));
    }
    only_copies = only_copies && same && rows == 1 && !input.constant;
    layer.part_offsets_bytes.push_back(static_cast<size_t>(begin * graph::SizeBytes(output.type)));
    begin += row;
  }
  if (!only_copies) layer.part_offsets_bytes.clear();
  const graph::Activation activation = graph::ActivationOf(node);
  if (activation == graph::Activation::kNone) return {};
  const int count = Count(graph, node.outputs[0]);
  if (int8) {
    LINNET_ASSIGN(const PerTensor q, QuantizationOf(graph, node, node.outputs[0]));
    const graph::ClampRange range = FusedRange(graph, node, q);
    layer.body += fmt::format("  k::Clamp({}, {}, {}, output, output);\n", count, range.lo, range.hi);
  } else {
    layer.body += fmt::format("  k::FloatUnary(k::FloatClampFunction{{{}}}, {}, output, output);\n",
                              FloatClampText(activation), count);
  }
  return {};
}

}  // namespace linnet::emit
