// int8 pools, operators of two tensors, and tables of one.
#include <algorithm>

#include "broadcast.h"
#include "layer.h"
#include "linnet/base/check.h"
#include "linnet/graph/tflite_arithmetic.h"
#include "linnet/graph/unary_table.h"
#include "window.h"

namespace linnet::reference {
namespace {

using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::Shape;
using Table = std::array<int8_t, 256>;

int8_t At(const Table& table, int8_t q) { return table[static_cast<size_t>(q + 128)]; }

bool IsTflite(const Graph& graph) { return graph.arithmetic == graph::Arithmetic::kTflite; }

// Brings an input's numbers to the output's scale; TensorFlow Lite Micro takes them as they are.
Table Rescaled(const Graph& graph, const Node& node, size_t input) {
  const graph::Tensor& out = graph.tensor(node.outputs[0]);
  const graph::Tensor& in = graph.tensor(node.inputs[input]);
  return graph::RescaleTable(graph.arithmetic, IsTflite(graph) ? out : in, out);
}

graph::ClampRange RangeOf(const Graph& graph, const Node& node) {
  const Scale out = ScaleOf(graph, node.outputs[0]);
  const graph::Activation activation = graph::ActivationOf(node);
  return IsTflite(graph) ? graph::tflite::ActivationRangeQuantized(activation, out.scale, out.zero_point)
                         : graph::ActivationRange(activation, out.scale, out.zero_point);
}

std::unique_ptr<Layer> Pool(const Graph& graph, const Node& node) {
  const Sizes s = SizesOf(graph, node);
  const graph::Window window = std::get<graph::PoolAttributes>(node.attributes).window;
  const bool max = node.op == OpKind::kMaxPool;
  return Unary<int8_t>(node, [=, range = RangeOf(graph, node), table = Rescaled(graph, node, 0)](
                                 std::span<const int8_t> in, std::span<int8_t> out) {
    std::vector<int32_t> row(static_cast<size_t>(s.out_c));
    size_t at = 0;
    for (int64_t b = 0; b < s.batch; ++b) {
      const int8_t* image = in.data() + b * s.in_h * s.in_w * s.in_c;
      for (int64_t y = 0; y < s.out_h; ++y) {
        for (int64_t x = 0; x < s.out_w; ++x) {
          std::fill(row.begin(), row.end(), max ? -128 : 0);
          int32_t taps = 0;
          ForEachTap(s, window, image, y, x, [&](const int8_t* tap, int64_t, int64_t) {
            ++taps;
            for (size_t c = 0; c < row.size(); ++c) {
              const int32_t q = At(table, tap[c]);
              row[c] = max ? std::max(row[c], q) : row[c] + q;
            }
          });
          for (const int32_t value : row) {
            const int32_t q = max || taps == 0 ? value : graph::RoundedAverage(value, taps);
            out[at++] = static_cast<int8_t>(std::clamp(q, range.lo, range.hi));
          }
        }
      }
    }
  });
}

// A layer of function(qa, qb) over two broadcast tensors.
template <typename Function>
std::unique_ptr<Layer> Binary(const Graph& graph, const Node& node, Function function) {
  return MakeLayer([node, out_shape = graph.tensor(node.outputs[0]).shape, a_shape = graph.tensor(node.inputs[0]).shape,
                    b_shape = graph.tensor(node.inputs[1]).shape, f = std::move(function)](Tensors& tensors) {
    const std::span<const int8_t> a = tensors.as<int8_t>(node.inputs[0]);
    const std::span<const int8_t> b = tensors.as<int8_t>(node.inputs[1]);
    const std::span<int8_t> out = tensors.as<int8_t>(node.outputs[0]);
    ForEachBroadcast(out_shape, a_shape, b_shape,
                     [&](size_t i, size_t ai, size_t bi) { out[i] = static_cast<int8_t>(f(a[ai], b[bi])); });
  });
}

std::unique_ptr<Layer> MaximumOrMinimum(const Graph& graph, const Node& node) {
  const Table a = Rescaled(graph, node, 0);
  const Table b = Rescaled(graph, node, 1);
  if (node.op == OpKind::kMaximum)
    return Binary(graph, node, [=](int8_t x, int8_t y) { return std::max(At(a, x), At(b, y)); });
  return Binary(graph, node, [=](int8_t x, int8_t y) { return std::min(At(a, x), At(b, y)); });
}

std::unique_ptr<Layer> Product(const Graph& graph, const Node& node) {
  const Scale a = ScaleOf(graph, node.inputs[0]);
  const Scale b = ScaleOf(graph, node.inputs[1]);
  const Scale out = ScaleOf(graph, node.outputs[0]);
  if (IsTflite(graph)) {
    return Binary(graph, node, [p = graph::tflite::MulParametersOf(graph, node)](int8_t x, int8_t y) {
      const int32_t product = (x - p.a_zero_point) * (y - p.b_zero_point);
      return std::clamp(p.output_zero_point + graph::tflite::MultiplyByQuantizedMultiplier(product, p.output),
                        p.clamp.lo, p.clamp.hi);
    });
  }
  const graph::Multiplier m = graph::QuantizeMultiplier(static_cast<double>(a.scale) * static_cast<double>(b.scale) /
                                                        static_cast<double>(out.scale));
  return Binary(graph, node, [=, range = RangeOf(graph, node)](int8_t x, int8_t y) {
    return graph::Requantize((x - a.zero_point) * (y - b.zero_point), m, out.zero_point, range.lo, range.hi);
  });
}

std::unique_ptr<Layer> TfliteSum(const Graph& graph, const Node& node) {
  return Binary(graph, node, [p = graph::tflite::AddParametersOf(graph, node)](int8_t x, int8_t y) {
    const int32_t a = graph::tflite::MultiplyByQuantizedMultiplier((x - p.a_zero_point) * (1 << p.left_shift), p.a);
    const int32_t b = graph::tflite::MultiplyByQuantizedMultiplier((y - p.b_zero_point) * (1 << p.left_shift), p.b);
    const int32_t sum = graph::tflite::MultiplyByQuantizedMultiplier(p.subtract ? a - b : a + b, p.output);
    return std::clamp(p.output_zero_point + sum, p.clamp.lo, p.clamp.hi);
  });
}

std::unique_ptr<Layer> Sum(const Graph& graph, const Node& node) {
  if (IsTflite(graph)) return TfliteSum(graph, node);
  const Scale a = ScaleOf(graph, node.inputs[0]);
  const Scale b = ScaleOf(graph, node.inputs[1]);
  const Scale out = ScaleOf(graph, node.outputs[0]);
  const double out_scale = out.scale;
  const double sign = node.op == OpKind::kSub ? -1 : 1;
  const graph::AddMultipliers m = graph::QuantizeAddMultipliers(static_cast<double>(a.scale) / out_scale,
                                                                sign * static_cast<double>(b.scale) / out_scale);
  return Binary(graph, node, [=, range = RangeOf(graph, node)](int8_t x, int8_t y) {
    return graph::RequantizeSum(x - a.zero_point, y - b.zero_point, m, out.zero_point, range.lo, range.hi);
  });
}

}  // namespace

std::unique_ptr<Layer> MakeElementLayer(const Graph& graph, const Node& node) {
  switch (node.op) {
    case OpKind::kMaxPool:
    case OpKind::kAveragePool: return Pool(graph, node);
    case OpKind::kAdd:
    case OpKind::kSub: return Sum(graph, node);
    case OpKind::kMul: return Product(graph, node);
    case OpKind::kMaximum:
    case OpKind::kMinimum: return MaximumOrMinimum(graph, node);
    default: break;
  }
  const auto table = graph::UnaryTable(graph, node);
  LINNET_CHECK(table.has_value());  // CheckNode lets no other operator through
  return Unary<int8_t>(node, [t = *table](std::span<const int8_t> in, std::span<int8_t> out) {
    std::transform(in.begin(), in.end(), out.begin(), [&](int8_t q) { return At(t, q); });
  });
}

}  // namespace linnet::reference
