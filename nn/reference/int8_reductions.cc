// int8 sums and means over axes, softmax and log-softmax over rows.
#include <algorithm>
#include <bit>
#include <limits>

#include "layer.h"
#include "linnet/base/check.h"
#include "linnet/graph/tflite_arithmetic.h"
#include "window.h"

namespace linnet::reference {
namespace {

using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::tflite::MultiplyByQuantizedMultiplier;
using graph::tflite::RoundingDivideByPOT;

// A layer of finish(sum of int8 numbers) for each element of a reduction's output.
template <typename Function>
std::unique_ptr<Layer> Reduction(const Graph& graph, const Node& node, Function finish) {
  const graph::Shape shape = graph.tensor(node.inputs[0]).shape;
  const std::vector<int> axes = std::get<graph::ReduceAttributes>(node.attributes).axes;
  return Unary<int8_t>(node, [=](std::span<const int8_t> in, std::span<int8_t> out) {
    std::vector<int32_t> sums(out.size(), 0);
    ForEachReduced(shape, axes, [&](size_t from, size_t to) { sums[to] += in[from]; });
    for (size_t i = 0; i < out.size(); ++i) out[i] = finish(sums[i]);
  });
}

std::unique_ptr<Layer> SumOrMean(const Graph& graph, const Node& node) {
  if (graph.arithmetic == graph::Arithmetic::kTflite) {
    return Reduction(graph, node, [p = graph::tflite::ReduceParametersOf(graph, node)](int32_t sum) {
      const int32_t q = p.output_zero_point + MultiplyByQuantizedMultiplier(sum - p.zero_points, p.output);
      return static_cast<int8_t>(std::clamp(q, -128, 127));
    });
  }
  const Scale in = ScaleOf(graph, node.inputs[0]);
  const Scale out = ScaleOf(graph, node.outputs[0]);
  const auto count = static_cast<int32_t>(graph::ElementCount(graph.tensor(node.inputs[0]).shape) /
                                          graph::ElementCount(graph.tensor(node.outputs[0]).shape));
  if (node.op == OpKind::kMean && in == out)
    return Reduction(graph, node, [=](int32_t sum) { return graph::RoundedAverage(sum, count); });
  const double divisor = static_cast<double>(out.scale) * (node.op == OpKind::kMean ? count : 1);
  const graph::Multiplier m = graph::QuantizeMultiplier(static_cast<double>(in.scale) / divisor);
  return Reduction(graph, node,
                   [=](int32_t sum) { return graph::Requantize(sum - in.zero_point * count, m, out.zero_point); });
}

// A layer of row(differences d = max - q, output) over the last dimension of an int8 tensor.
template <typename Out, typename Function>
std::unique_ptr<Layer> Rows(const Graph& graph, const Node& node, Function row) {
  const auto width = static_cast<size_t>(graph.tensor(node.inputs[0]).shape.back());
  return MakeLayer([=, from = node.inputs[0], to = node.outputs[0]](Tensors& tensors) {
    const std::span<const int8_t> in = tensors.as<int8_t>(from);
    const std::span<Out> out = tensors.as<Out>(to);
    std::vector<size_t> differences(width);
    for (size_t at = 0; at < in.size(); at += width) {
      const std::span<const int8_t> x = in.subspan(at, width);
      const int max = *std::max_element(x.begin(), x.end());
      for (size_t i = 0; i < width; ++i) differences[i] = static_cast<size_t>(max - x[i]);
      row(differences, out.subspan(at, width));
    }
  });
}

std::unique_ptr<Layer> SingleRoundingSoftmax(const Graph& graph, const Node& node) {
  const auto* attributes = std::get_if<graph::SoftmaxAttributes>(&node.attributes);
  const float beta = attributes != nullptr ? attributes->beta : 1.0F;
  const auto table = graph::SoftmaxTable(ScaleOf(graph, node.inputs[0]).scale * beta);
  return Rows<int8_t>(graph, node, [=](const std::vector<size_t>& differences, std::span<int8_t> out) {
    uint64_t sum = 0;
    for (const size_t d : differences) sum += table[d];
    for (size_t i = 0; i < out.size(); ++i) out[i] = graph::SoftmaxValue(table[differences[i]], sum);
  });
}

// The sum of a softmax's exponentials in Q12.19.
int32_t SumOfExp(const std::array<int32_t, 256>& exp, const std::vector<size_t>& differences) {
  int32_t sum = 0;
  for (const size_t d : differences) sum += RoundingDivideByPOT(exp[d], 12);
  return sum;
}

template <typename Out>
std::unique_ptr<Layer> TfliteSoftmax(const Graph& graph, const Node& node) {
  constexpr int32_t kLowest = std::numeric_limits<Out>::min();
  constexpr int32_t kHighest = std::numeric_limits<Out>::max();
  constexpr int kBits = 31 - 8 * static_cast<int>(sizeof(Out));
  const auto p = graph::tflite::SoftmaxParametersOf(graph, node);
  return Rows<Out>(graph, node, [=](const std::vector<size_t>& differences, std::span<Out> out) {
    const auto sum = static_cast<uint32_t>(SumOfExp(p.exp, differences));
    const int headroom = std::countl_zero(sum);
    const int32_t scale = graph::tflite::ReciprocalOfOnePlus(static_cast<int32_t>((sum << headroom) - (1U << 31)));
    for (size_t i = 0; i < out.size(); ++i) {
      const int32_t share = graph::tflite::SaturatingRoundingDoublingHighMul(scale, p.exp[differences[i]]);
      out[i] = static_cast<Out>(std::min(kHighest, RoundingDivideByPOT(share, 12 - headroom + kBits) + kLowest));
    }
  });
}

std::unique_ptr<Layer> LogSoftmax(const Graph& graph, const Node& node) {
  const auto p = graph::tflite::LogSoftmaxParametersOf(graph, node);
  return Rows<int8_t>(graph, node, [=](const std::vector<size_t>& differences, std::span<int8_t> out) {
    const int32_t log = graph::tflite::LogOfSum(SumOfExp(p.exp, differences));
    const int32_t lowest = std::max(p.lowest_difference - 1, MultiplyByQuantizedMultiplier(log + INT32_MIN, p.reverse));
    for (size_t i = 0; i < out.size(); ++i) {
      const size_t d = differences[i];
      const int32_t q = 127 + RoundingDivideByPOT(p.difference[d] - log, 22);
      out[i] = static_cast<int8_t>(-static_cast<int32_t>(d) > lowest ? std::clamp(q, -128, 127) : -128);
    }
  });
}

}  // namespace

std::unique_ptr<Layer> MakeReductionLayer(const Graph& graph, const Node& node) {
  if (node.op == OpKind::kLogSoftmax) return LogSoftmax(graph, node);
  if (node.op != OpKind::kSoftmax) return SumOrMean(graph, node);
  if (graph.arithmetic == graph::Arithmetic::kSingleRounding) return SingleRoundingSoftmax(graph, node);
  const bool int16 = graph.tensor(node.outputs[0]).type == graph::DType::kInt16;
  return int16 ? TfliteSoftmax<int16_t>(graph, node) : TfliteSoftmax<int8_t>(graph, node);
}

}  // namespace linnet::reference
