// Pools, means, sums and the index of the greatest, in int8 and float.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/graph/unary_table.h"
#include "linnet/kernels/overlap.h"
#include "linnet/kernels/reduce.h"
#include "lower_parts.h"
#include "source_text.h"

namespace linnet::emit {
namespace {

using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::Shape;

// Neighbouring dimensions of one kind as one, outermost first.
struct Group {
  bool reduced;
  int64_t count, step;
};

std::vector<Group> GroupsOf(const Shape& shape, const std::vector<int>& axes) {
  const std::vector<int64_t> steps = Steps(shape);
  std::vector<Group> groups;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 1) continue;
    const bool reduced = std::ranges::find(axes, static_cast<int>(d)) != axes.end();
    if (!groups.empty() && groups.back().reduced == reduced) {
      groups.back().count *= shape[d];
      groups.back().step = steps[d];
    } else {
      groups.push_back({reduced, shape[d], steps[d]});
    }
  }
  return groups;
}

Outcome<std::string> ReduceShapeText(const Graph& graph, const Node& node) {
  const Shape& shape = graph.tensor(node.inputs[0]).shape;
  std::vector<Group> groups = GroupsOf(shape, std::get<graph::ReduceAttributes>(node.attributes).axes);
  int64_t inner = 1;
  if (!groups.empty() && !groups.back().reduced) {
    inner = groups.back().count;
    groups.pop_back();
  }
  std::vector<int64_t> kept_counts, kept_steps;
  std::vector<Group> reduced;
  for (const Group& group : groups) {
    if (group.reduced) {
      reduced.push_back(group);
    } else {
      kept_counts.push_back(group.count);
      kept_steps.push_back(group.step);
    }
  }
  if (kept_counts.size() > kernels::kReduceDimensions || reduced.size() > kernels::kReduceDimensions)
    return Unsupported(node, "the axes of " + graph::ToString(shape) +
                                 " alternate too often between kept and reduced; transpose the tensor first");
  reduced.insert(reduced.begin(), kernels::kReduceDimensions - reduced.size(), Group{true, 1, 0});
  return fmt::format(
      "  static constexpr k::ReduceShape shape = {{.inner = {}, .kept = {}, .kept_counts = {{{}}}, .kept_steps = "
      "{{{}}},\n"
      "      .outer = {}, .outer_step = {}, .rows = {}, .row_step = {}, .columns = {}, .column_step = {}}};\n",
      inner, kept_counts.size(), fmt::join(kept_counts, ", "), fmt::join(kept_steps, ", "), reduced[0].count,
      reduced[0].step, reduced[1].count, reduced[1].step, reduced[2].count, reduced[2].step);
}

}  // namespace

Outcome<void> LowerPool(const Graph& graph, const Node& node, Layer& layer) {
  const bool is_float = IsFloat(graph, node.inputs[0]);
  const bool max = node.op == OpKind::kMaxPool;
  const Shape& in = graph.tensor(node.inputs[0]).shape;
  const Shape& out = graph.tensor(node.outputs[0]).shape;
  const graph::Window& w = std::get<graph::PoolAttributes>(node.attributes).window;
  if (in[0] != 1) return Unsupported(node, "supported is batch 1, found input " + graph::ToString(in));
  if (w.dilation_h != 1 || w.dilation_w != 1) return Unsupported(node, "pools with dilation are not supported");
  if (w.pad_top >= w.kernel_h || w.pad_left >= w.kernel_w || (out[1] - 1) * w.stride_h - w.pad_top >= in[1] ||
      (out[2] - 1) * w.stride_w - w.pad_left >= in[2]) {
    return Unsupported(node, "some of its windows lie wholly in the padding; use less padding");
  }
  int64_t in_h = in[1], in_w = in[2], kernel_h = w.kernel_h, kernel_w = w.kernel_w;
  if (out[1] * out[2] == 1 && kernel_h == in_h && kernel_w == in_w && w.pad_top == 0 && w.pad_left == 0) {
    in_w = kernel_w = in_h * in_w;  // over the whole image: one row of pixels
    in_h = kernel_h = 1;
  }
  std::string pool = fmt::format(
      ".in_h = {}, .in_w = {}, .channels = {}, .out_h = {}, .out_w = {}, .kernel_h = {}, .kernel_w = {},\n"
      "      .stride_h = {}, .stride_w = {}, .pad_top = {}, .pad_left = {}",
      in_h, in_w, in[3], out[1], out[2], kernel_h, kernel_w, w.stride_h, w.stride_w, w.pad_top, w.pad_left);
  layer.operands = {node.inputs[0]};
  if (is_float) {
    layer.body = fmt::format(
        "  static constexpr k::FloatPoolShape shape = {{.pool = {{{}}}, .clamp = {}}};\n"
        "  k::FloatPool<{}>(shape, input, output);\n",
        pool, FloatClampText(graph::ActivationOf(node)), max);
    return {};
  }
  LINNET_ASSIGN(const PerTensor input, QuantizationOf(graph, node, node.inputs[0]));
  LINNET_ASSIGN(const PerTensor output, QuantizationOf(graph, node, node.outputs[0]));
  graph::ClampRange range = FusedRange(graph, node, output);
  std::string rescale;
  if (!IsTflite(graph) && (input.scale != output.scale || input.zero_point != output.zero_point)) {
    if (!max) return Unsupported(node, "its output has another scale than its input; put a Quantize behind it");
    auto table = graph::RescaleTable(graph.arithmetic, graph.tensor(node.inputs[0]), graph.tensor(node.outputs[0]));
    for (int8_t& value : table) value = static_cast<int8_t>(std::clamp<int32_t>(value, range.lo, range.hi));
    range = {};
    layer.weight_bytes = table.size();
    rescale = Constant("table", std::span<const int8_t>(table)) +
              fmt::format("  k::Lookup({}, table, output, output);\n", Count(graph, node.outputs[0]));
  }
  layer.in_place = {Over(kernels::PoolLeadBytes({.in_h = Dim(in, 1),
                                                 .in_w = Dim(in, 2),
                                                 .channels = Dim(in, 3),
                                                 .out_h = Dim(out, 1),
                                                 .out_w = Dim(out, 2),
                                                 .kernel_h = w.kernel_h,
                                                 .kernel_w = w.kernel_w,
                                                 .stride_h = w.stride_h,
                                                 .stride_w = w.stride_w,
                                                 .pad_top = w.pad_top,
                                                 .pad_left = w.pad_left}))};
  layer.body = fmt::format(
      "  static constexpr k::PoolShape shape = {{{}, .lo = {}, .hi = {}}};\n  k::{}(shape, input, output);\n", pool,
      range.lo, range.hi, max ? "MaxPool<k::Target>" : "AveragePool");
  layer.body += rescale;
  return {};
}

// kMean and kSum.
Outcome<void> LowerReduce(const Graph& graph, const Node& node, Layer& layer) {
  const bool mean = node.op == OpKind::kMean;
  const int64_t count = graph::ElementCount(graph.tensor(node.inputs[0]).shape) /
                        graph::ElementCount(graph.tensor(node.outputs[0]).shape);
  LINNET_ASSIGN(const std::string shape, ReduceShapeText(graph, node));
  layer.operands = {node.inputs[0]};
  if (IsFloat(graph, node.inputs[0])) {
    layer.body = shape + fmt::format("  k::FloatReduce(shape, {}, input, output);\n",
                                     FloatLiteral(mean ? static_cast<float>(count) : 1.0F));
    return {};
  }
  if (count > 1 << 22) return Unsupported(node, fmt::format("sums of {} elements; at most 2^22 are supported", count));
  LINNET_ASSIGN(const PerTensor input, QuantizationOf(graph, node, node.inputs[0]));
  LINNET_ASSIGN(const PerTensor output, QuantizationOf(graph, node, node.outputs[0]));
  std::string parameters = fmt::format(".count = {}, .zero_points = {}, .zero_point = {}", count,
                                       count * input.zero_point, output.zero_point);
  std::string_view finish = "kAverage";
  if (IsTflite(graph)) {
    finish = "kTwice";
    parameters += ", .twice = " + TwiceText(graph::tflite::ReduceParametersOf(graph, node).output);
  } else if (mean && input.scale == output.scale && input.zero_point == output.zero_point) {
    if (count == 1) return LowerCopy(graph, node, layer);
  } else {
    finish = "kOnce";
    const double divisor = double{output.scale} * (mean ? static_cast<double>(count) : 1);
    const graph::Multiplier m = graph::QuantizeMultiplier(double{input.scale} / divisor);
    parameters += fmt::format(", .multiplier = {}, .shift = {}", m.multiplier, m.shift);
  }
  layer.body = shape + fmt::format(
                           "  static constexpr k::ReduceParameters parameters = {{{}}};\n"
                           "  k::Reduce<k::Target, k::ReduceFinish::{}>(shape, parameters, input, output);\n",
                           parameters, finish);
  return {};
}

Outcome<void> LowerArgMax(const Graph& graph, const Node& node, Layer& layer) {
  const Shape& in = graph.tensor(node.inputs[0]).shape;
  const auto axis = static_cast<size_t>(std::get<graph::ReduceAttributes>(node.attributes).axes.at(0));
  const graph::DType type = graph.tensor(node.outputs[0]).type;
  if (type != graph::DType::kInt32 && type != graph::DType::kInt64)
    return Unsupported(node, fmt::format("its output is {}; supported are int32 and int64", graph::Name(type)));
  int64_t outer = 1, inner = 1;
  for (size_t d = 0; d < in.size(); ++d) (d < axis ? outer : d > axis ? inner : outer) *= d == axis ? 1 : in[d];
  layer.operands = {node.inputs[0]};
  layer.body = fmt::format("  k::ArgMax({}, {}, {}, input, output);\n", outer, in.at(axis), inner);
  return {};
}

}  // namespace linnet::emit
