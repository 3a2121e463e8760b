// Operators of two tensors with NumPy's broadcasting, in int8 and float. A scalar constant makes the operator a function of
// one int8, hence a table.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/graph/tflite_arithmetic.h"
#include "linnet/kernels/broadcast.h"
#include "lower_parts.h"
#include "source_text.h"

namespace linnet::emit {
namespace {

using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::Shape;

// The kernel's name as an Op of broadcast.h, its parameters, and whether it takes the operands the other way round.
struct Operation {
  std::string op;
  std::string parameters;
  bool swapped = false;
};

std::vector<int64_t> BroadcastSteps(const Shape& shape, const Shape& target) {
  const std::vector<int64_t> own = Steps(shape);
  std::vector<int64_t> steps(target.size(), 0);
  const size_t missing = target.size() - shape.size();
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] != 1) steps[missing + d] = own[d];
  }
  return steps;
}

Outcome<std::string> Call(const Graph& graph, const Node& node, const Operation& operation, const std::string& a,
                          const std::string& b) {
  const Shape& target = graph.tensor(node.outputs[0]).shape;
  const size_t first = operation.swapped ? 1 : 0;
  const auto a_steps = BroadcastSteps(graph.tensor(node.inputs[first]).shape, target);
  const auto b_steps = BroadcastSteps(graph.tensor(node.inputs[1 - first]).shape, target);
  std::vector<Loop> loops;
  for (size_t d = 0; d < target.size(); ++d) loops.push_back({target[d], a_steps[d], b_steps[d]});
  loops = Merged(loops);
  if (loops.empty()) loops.push_back({1, 1, 1});
  const Loop run = loops.back();
  loops.pop_back();
  if (loops.size() > kernels::kBroadcastDimensions)
    return Unsupported(node, "its operands repeat along too many dimensions of " + graph::ToString(target));
  std::vector<int64_t> counts, a_list, b_list;
  for (const Loop& loop : loops) {
    counts.push_back(loop.count);
    a_list.push_back(loop.in_step);
    b_list.push_back(loop.out_step);
  }
  return fmt::format(
      "  static constexpr k::BroadcastShape shape = {{.run = {}, .dimensions = {}, .counts = {{{}}}, .a_steps = "
      "{{{}}},\n"
      "      .b_steps = {{{}}}}};\n"
      "  static constexpr {}::Parameters parameters = {};\n"
      "  k::Elementwise<{}, k::Moving::{}>(shape, parameters, {}, {}, output);\n",
      run.count, loops.size(), fmt::join(counts, ", "), fmt::join(a_list, ", "), fmt::join(b_list, ", "), operation.op,
      operation.parameters, operation.op,
      run.in_step == 0    ? "kB"
      : run.out_step == 0 ? "kA"
                          : "kBoth",
      first == 0 ? a : b, first == 0 ? b : a);
}

std::string_view FloatOperation(OpKind op) {
  switch (op) {
    case OpKind::kAdd: return "kAdd";
    case OpKind::kSub: return "kSub";
    case OpKind::kMul: return "kMul";
    case OpKind::kDiv: return "kDiv";
    case OpKind::kMaximum: return "kMaximum";
    default: return "kMinimum";
  }
}

struct Int8Scales {
  PerTensor a, b, out;
  graph::ClampRange range;
};

Outcome<Operation> MultiplyOperation(const Graph& graph, const Node& node, const Int8Scales& s) {
  const auto text = [&](int32_t multiplier, int left, int shift) {
    return fmt::format(
        "{{.a_zero = {}, .b_zero = {}, .multiplier = {}, .left = {}, .shift = {}, .zero_point = {}, .lo = {}, .hi = "
        "{}}}",
        s.a.zero_point, s.b.zero_point, multiplier, left, shift, s.out.zero_point, s.range.lo, s.range.hi);
  };
  if (!IsTflite(graph)) {
    const graph::Multiplier m = graph::QuantizeMultiplier(double{s.a.scale} * double{s.b.scale} / double{s.out.scale});
    return Operation{"k::MultiplyOnce<k::Target>", text(m.multiplier, 0, m.shift)};
  }
  const graph::tflite::Multiplier m = graph::tflite::MulParametersOf(graph, node).output;
  if (m.shift > 14) return Unsupported(node, "its operands' scales are too large for the output's");
  if (m.multiplier == 0) return Operation{"k::MultiplyTwice", text(0, 0, 31)};
  return Operation{"k::MultiplyTwice", text(m.multiplier, std::max(m.shift, 0), std::max(-m.shift, 0))};
}

// k::AddOnce: how far the operands go to the left so that the sum's upper word holds what is kept.
Outcome<Operation> AddOnceOperation(const Node& node, const Int8Scales& s) {
  const double sign = node.op == OpKind::kSub ? -1.0 : 1.0;
  graph::AddMultipliers m = graph::QuantizeAddMultipliers(double{s.a.scale} / double{s.out.scale},
                                                          sign * double{s.b.scale} / double{s.out.scale});
  if (m.shift < 12) return Unsupported(node, "its operands' scales are more than a million times the output's");
  if (m.shift > 53) m = {0, 0, 53};  // no sum of two bytes reaches one step of the output
  const int left = std::max(0, 33 - m.shift), shift = m.shift + left;
  const int64_t start = (int64_t{1} << (shift - 1)) + int64_t{s.out.zero_point} * (int64_t{1} << shift) -
                        (int64_t{s.a.zero_point} * m.a + int64_t{s.b.zero_point} * m.b) * (int64_t{1} << left);
  return Operation{
      "k::AddOnce",
      fmt::format("{{.a_multiplier = {}, .b_multiplier = {}, .start = {}, .left = {}, .shift = {}, .lo = {}, "
                  ".hi = {}}}",
                  m.a, m.b, start, left, shift - 32, s.range.lo, s.range.hi)};
}

Outcome<Operation> AddTwiceOperation(const Graph& graph, const Node& node, const Int8Scales& s) {
  const graph::tflite::AddParameters p = graph::tflite::AddParametersOf(graph, node);
  const graph::tflite::Multiplier half = {1 << 30, 0};
  const bool swapped = p.a != half;
  const graph::tflite::Multiplier other = swapped ? p.a : p.b;
  if (p.left_shift != 20 || (swapped && p.b != half) || other.shift > 0)
    return Unsupported(node, "its operands' scales make no TensorFlow Lite addition");
  const int out_shift = -p.output.shift;
  if (out_shift < 1 || out_shift > 30) return Unsupported(node, "its output's scale is too far from its operands'");
  // Equal scales: 2^31 - 1 doubles the exact half, which the shift by one takes back.
  int32_t multiplier = other.multiplier;
  int shift = -other.shift;
  if (shift == 0) {
    multiplier = other.multiplier == 0 ? 0 : 0x7FFFFFFF;
    shift = 1;
  }
  const int32_t a_zero = swapped ? s.b.zero_point : s.a.zero_point, b_zero = swapped ? s.a.zero_point : s.b.zero_point;
  const std::string_view sign = !p.subtract ? "kPlus" : swapped ? "kMinusA" : "kMinusB";
  return Operation{
      fmt::format("k::AddTwice<k::SumSign::{}>", sign),
      fmt::format("{{.a_folded = {}, .b_folded = {}, .b_multiplier = {}, .b_half = {}, .b_shift = {},\n"
                  "      .out_shift = {}, .out_reduced = {}, .out_half = {}, .zero_point = {}, .lo = {}, .hi = {}}}",
                  a_zero * (1 << 19), b_zero * (1 << 21), multiplier, 1 << (shift - 1), shift, out_shift,
                  static_cast<int32_t>(static_cast<uint32_t>(p.output.multiplier) * 2U), 1 << (out_shift - 1),
                  s.out.zero_point, s.range.lo, s.range.hi),
      swapped};
}

Outcome<Operation> Int8Operation(const Graph& graph, const Node& node, const Int8Scales& s) {
  switch (node.op) {
    case OpKind::kMul: return MultiplyOperation(graph, node, s);
    case OpKind::kAdd:
    case OpKind::kSub: return IsTflite(graph) ? AddTwiceOperation(graph, node, s) : AddOnceOperation(node, s);
    case OpKind::kMaximum:
    case OpKind::kMinimum: {
      const auto equal = [](const PerTensor& x, const PerTensor& y) {
        return x.scale == y.scale && x.zero_point == y.zero_point;
      };
      if (!IsTflite(graph) && (!equal(s.a, s.out) || !equal(s.b, s.out)))
        return Unsupported(node, "its operands and its output need one scale and zero point; requantise them to it");
      return Operation{node.op == OpKind::kMaximum ? "k::Extreme<true>" : "k::Extreme<false>", "{}"};
    }
    default: return Unsupported(node, "there is no int8 kernel for a division; compile the network as float");
  }
}

// What the node makes of bytes a and b, by the definition of the graph's arithmetic.
int8_t Evaluate(const Graph& graph, const Node& node, const Int8Scales& s, int a, int b) {
  using graph::tflite::MultiplyByQuantizedMultiplier;
  const int32_t x = a - s.a.zero_point, y = b - s.b.zero_point;
  const bool subtract = node.op == OpKind::kSub;
  int64_t value = 0;
  if (node.op == OpKind::kMaximum || node.op == OpKind::kMinimum)
    return static_cast<int8_t>(node.op == OpKind::kMaximum ? std::max(a, b) : std::min(a, b));
  if (IsTflite(graph) && node.op == OpKind::kMul) {
    value = MultiplyByQuantizedMultiplier(x * y, graph::tflite::MulParametersOf(graph, node).output);
  } else if (IsTflite(graph)) {
    const graph::tflite::AddParameters p = graph::tflite::AddParametersOf(graph, node);
    const int32_t left = MultiplyByQuantizedMultiplier(x * (1 << p.left_shift), p.a);
    const int32_t right = MultiplyByQuantizedMultiplier(y * (1 << p.left_shift), p.b);
    value = MultiplyByQuantizedMultiplier(subtract ? left - right : left + right, p.output);
  } else if (node.op == OpKind::kMul) {
    const auto m = graph::QuantizeMultiplier(double{s.a.scale} * double{s.b.scale} / double{s.out.scale});
    return graph::Requantize(x * y, m, s.out.zero_point, s.range.lo, s.range.hi);
  } else {
    const auto m = graph::QuantizeAddMultipliers(double{s.a.scale} / double{s.out.scale},
                                                 (subtract ? -1.0 : 1.0) * double{s.b.scale} / double{s.out.scale});
    return graph::RequantizeSum(x, y, m, s.out.zero_point, s.range.lo, s.range.hi);
  }
  return static_cast<int8_t>(std::clamp<int64_t>(value + s.out.zero_point, s.range.lo, s.range.hi));
}

bool IsScalarConstant(const Graph& graph, graph::TensorId id) {
  const graph::Tensor& tensor = graph.tensor(id);
  return tensor.constant && tensor.data.size() == 1;
}

Outcome<void> LowerScalar(const Graph& graph, const Node& node, const Int8Scales& s, Layer& layer) {
  const size_t constant = IsScalarConstant(graph, node.inputs[1]) ? 1 : 0;
  const auto value = static_cast<int8_t>(graph.tensor(node.inputs[constant]).data[0]);
  std::vector<int8_t> table;
  for (int q = -128; q < 128; ++q)
    table.push_back(constant == 1 ? Evaluate(graph, node, s, q, value) : Evaluate(graph, node, s, value, q));
  layer.operands = {node.inputs[1 - constant]};
  AllowInPlace(graph, 0, layer);
  layer.weight_bytes = table.size();
  layer.body = Constant("table", std::span<const int8_t>(table)) +
               fmt::format("  k::Lookup({}, table, input, output);\n", Count(graph, node.outputs[0]));
  return {};
}

}  // namespace

Outcome<void> LowerArithmetic(const Graph& graph, const Node& node, Layer& layer) {
  if (graph.tensor(node.inputs[0]).constant && graph.tensor(node.inputs[1]).constant)
    return Unsupported(node, "both operands are constant; fold them first");
  const bool is_float = IsFloat(graph, node.outputs[0]);
  Operation operation;
  if (is_float) {
    for (const graph::TensorId id : node.inputs) {
      if (!IsFloat(graph, id))
        return Unsupported(node, "operand '" + graph.tensor(id).name + "' is not float32 as its output is");
    }
    operation = {fmt::format("k::FloatBinary<k::FloatOperation::{}>", FloatOperation(node.op)),
                 FloatClampText(graph::ActivationOf(node))};
  } else {
    Int8Scales s{};
    LINNET_ASSIGN(s.a, QuantizationOf(graph, node, node.inputs[0]));
    LINNET_ASSIGN(s.b, QuantizationOf(graph, node, node.inputs[1]));
    LINNET_ASSIGN(s.out, QuantizationOf(graph, node, node.outputs[0]));
    s.range = FusedRange(graph, node, s.out);
    LINNET_ASSIGN(operation, Int8Operation(graph, node, s));
    if (IsScalarConstant(graph, node.inputs[0]) || IsScalarConstant(graph, node.inputs[1]))
      return LowerScalar(graph, node, s, layer);
  }
  LINNET_ASSIGN(const std::string a, AddOperand(graph, node, 0, layer));
  LINNET_ASSIGN(const std::string b, AddOperand(graph, node, 1, layer));
  LINNET_ASSIGN(const std::string call, Call(graph, node, operation, a, b));
  layer.body += call;
  for (size_t i = 0; i < layer.operands.size(); ++i) AllowInPlace(graph, i, layer);
  return {};
}

}  // namespace linnet::emit
