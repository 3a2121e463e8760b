// LSTM and SVDF: layers that keep a state from run to run.
#include <cstring>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "linnet/graph/build.h"
#include "linnet/kernels/lstm.h"
#include "linnet/kernels/pack.h"
#include "linnet/kernels/svdf.h"
#include "lower_parts.h"
#include "source_text.h"

namespace linnet::emit {
namespace {

using graph::Graph;
using graph::Node;
namespace tflite = graph::tflite;

template <typename T>
Outcome<std::vector<T>> ConstantOf(const Graph& graph, const Node& node, size_t index, graph::DType type) {
  const graph::Tensor& tensor = graph.tensor(node.inputs[index]);
  if (!tensor.constant || tensor.type != type)
    return Unsupported(node, fmt::format("'{}' must be constant {}", tensor.name, graph::Name(type)));
  std::vector<T> values(tensor.data.size() / sizeof(T));
  std::memcpy(values.data(), tensor.data.data(), values.size() * sizeof(T));
  return values;
}

Outcome<std::vector<int8_t>> SymmetricWeights(const Graph& graph, const Node& node, size_t index) {
  const auto& q = graph.tensor(node.inputs[index]).quantization;
  if (q.scales.size() != 1 || (!q.zero_points.empty() && q.zero_points[0] != 0))
    return Unsupported(node, "'" + graph.tensor(node.inputs[index]).name + "' needs one scale and zero point 0");
  return ConstantOf<int8_t>(graph, node, index, graph::DType::kInt8);
}

// bias - zero_point * (sum of a row of weights), a row an output.
Outcome<std::vector<int32_t>> Folded(const Node& node, const std::vector<int8_t>& rows, size_t taps,
                                     const std::vector<int32_t>& bias, int32_t zero_point) {
  std::vector<int32_t> folded;
  for (size_t c = 0; c * taps < rows.size(); ++c) {
    int64_t value = bias.empty() ? 0 : bias[c];
    for (size_t t = 0; t < taps; ++t) value -= int64_t{zero_point} * rows[c * taps + t];
    if (value < std::numeric_limits<int32_t>::min() || value > std::numeric_limits<int32_t>::max())
      return Unsupported(node, "a bias does not fit 32 bits with the zero point in it");
    folded.push_back(static_cast<int32_t>(value));
  }
  return folded;
}

// [outputs][taps] as [taps][outputs].
std::vector<int8_t> Transposed(const std::vector<int8_t>& rows, size_t taps) {
  const size_t outputs = rows.size() / taps;
  std::vector<int8_t> result(rows.size());
  for (size_t c = 0; c < outputs; ++c) {
    for (size_t t = 0; t < taps; ++t) result[t * outputs + c] = rows[c * taps + t];
  }
  return result;
}

struct Matrix {
  std::vector<int8_t> weights;  // [taps][channels]
  kernels::WeightView view() const { return {weights.data(), taps, channels}; }
  int taps, channels;
};

std::string Packed(std::string_view name, const Matrix& matrix, kernels::Packing packing, Layer& layer) {
  std::vector<int8_t> packed(kernels::PackedBytes(matrix.taps, matrix.channels));
  kernels::PackWeights(matrix.view(), packing, packed.data());
  layer.weight_bytes += packed.size();
  return Constant(name, packed);
}

std::string_view Text(kernels::Packing packing) {
  return packing == kernels::Packing::kRawPair ? "k::Packing::kRawPair" : "k::Packing::kPlain";
}

// The rows of four gates, [units][taps] each, as [units * 4][taps]: the gates of a unit side by side.
template <typename T>
std::vector<T> UnitMajor(const std::vector<T> (&gates)[4], size_t taps) {
  std::vector<T> result;
  for (size_t at = 0; at < gates[0].size(); at += taps) {
    for (const auto& gate : gates)
      result.insert(result.end(), gate.begin() + static_cast<ptrdiff_t>(at),
                    gate.begin() + static_cast<ptrdiff_t>(at + taps));
  }
  return result;
}

// Sums below 2^29 keep the rounding half of every shift within 32 bits.
bool IsFast(const tflite::LstmParameters& p, size_t taps) {
  const auto fast = [](tflite::Multiplier m) { return m.multiplier >= 1 << 30 && m.shift < 0; };
  for (const tflite::LstmGate& gate : {p.input, p.forget, p.cell, p.output}) {
    if (!fast(gate.input) || !fast(gate.recurrent)) return false;
  }
  return fast(p.forget_cell) && fast(p.input_cell) && fast(p.hidden) && taps < 8192;
}

std::string LstmShapeText(const tflite::LstmParameters& p, int64_t steps, int64_t inputs, int64_t units) {
  std::string input, recurrent;
  for (const tflite::LstmGate& gate : {p.input, p.forget, p.cell, p.output}) {
    input += TwiceText(gate.input) + ", ";
    recurrent += TwiceText(gate.recurrent) + ", ";
  }
  return fmt::format(
      "  static constexpr k::LstmShape shape = {{.steps = {}, .inputs = {}, .units = {},\n      .input = {{{}}},\n"
      "      .recurrent = {{{}}},\n      .forget_cell = {}, .input_cell = {}, .hidden = {},\n"
      "      .hidden_zero_point = {}, .cell_clip = {}, .cell_left_shift = {}}};\n",
      steps, inputs, units, input, recurrent, TwiceText(p.forget_cell), TwiceText(p.input_cell), TwiceText(p.hidden),
      p.hidden_zero_point, p.cell_clip, p.cell_left_shift);
}

}  // namespace

Outcome<void> LowerLstm(const Graph& graph, const Node& node, Layer& layer) {
  LINNET_ASSIGN(const PerTensor input, QuantizationOf(graph, node, node.inputs[0]));
  const auto& attributes = std::get<graph::LstmAttributes>(node.attributes);
  const graph::Shape& shape = graph.tensor(node.inputs[0]).shape;
  if (shape[attributes.time_major ? 1 : 0] != 1)
    return Unsupported(node, "supported is batch 1, found input " + graph::ToString(shape));
  const int64_t steps = shape[attributes.time_major ? 0 : 1];
  std::vector<int8_t> w[4], r[4];
  std::vector<int32_t> b[4];
  for (size_t g = 0; g < 4; ++g) {
    LINNET_ASSIGN(w[g], SymmetricWeights(graph, node, 1 + g));
    LINNET_ASSIGN(r[g], SymmetricWeights(graph, node, 5 + g));
    LINNET_ASSIGN(b[g], ConstantOf<int32_t>(graph, node, 9 + g, graph::DType::kInt32));
  }
  const auto inputs = static_cast<size_t>(shape[2]), units = b[0].size();
  const std::vector<int8_t> input_rows = UnitMajor(w, inputs), recurrent_rows = UnitMajor(r, units);
  LINNET_ASSIGN(const auto input_bias, Folded(node, input_rows, inputs, UnitMajor(b, 1), input.zero_point));
  LINNET_ASSIGN(const auto recurrent_bias, Folded(node, recurrent_rows, units, {}, attributes.hidden_zero_point));
  const int channels = 4 * static_cast<int>(units);
  const Matrix x{Transposed(input_rows, inputs), static_cast<int>(inputs), channels};
  const Matrix h{Transposed(recurrent_rows, units), static_cast<int>(units), channels};
  const kernels::Packing packing = kernels::FitsRawPair(x.view()) && kernels::FitsRawPair(h.view())
                                       ? kernels::Packing::kRawPair
                                       : kernels::Packing::kPlain;
  const tflite::LstmParameters p = tflite::LstmParametersOf(graph, node);
  const auto table = tflite::SigmoidTable16();
  layer.operands = {node.inputs[0]};
  layer.state_bytes = static_cast<size_t>(kernels::LstmStateBytes(static_cast<int>(units)));
  layer.macs = steps * (channels * shape[2] + channels * static_cast<int64_t>(units));
  if (p.hidden_zero_point != 0) {
    layer.reset_body = fmt::format("    for (int i = 0; i < {}; ++i) state[i] = i < {} ? 0 : {};\n", layer.state_bytes,
                                   2 * units, p.hidden_zero_point);
  }
  layer.weight_bytes = 8 * static_cast<size_t>(channels) + sizeof table;
  layer.body = Packed("input_weights", x, packing, layer) + Constant("input_bias", input_bias) +
               Packed("recurrent_weights", h, packing, layer) + Constant("recurrent_bias", recurrent_bias) +
               fmt::format("  static constexpr uint16_t sigmoid[] = {{\n      {}\n  }};\n", fmt::join(table, ", ")) +
               LstmShapeText(p, steps, shape[2], static_cast<int64_t>(units)) +
               fmt::format(
                   "  k::Lstm<k::Target, {}, {}>(shape, input, input_weights, input_bias, recurrent_weights, "
                   "recurrent_bias,\n      sigmoid, state, output);\n",
                   Text(packing), IsFast(p, std::max(inputs, units)));
  return {};
}

Outcome<void> LowerSvdf(const Graph& graph, const Node& node, Layer& layer) {
  LINNET_ASSIGN(const PerTensor input, QuantizationOf(graph, node, node.inputs[0]));
  LINNET_ASSIGN(const PerTensor output, QuantizationOf(graph, node, node.outputs[0]));
  const auto& attributes = std::get<graph::SvdfAttributes>(node.attributes);
  const graph::Shape& shape = graph.tensor(node.inputs[0]).shape;
  if (shape[0] != 1) return Unsupported(node, "supported is batch 1, found input " + graph::ToString(shape));
  LINNET_ASSIGN(const std::vector<int8_t> rows, SymmetricWeights(graph, node, 1));
  const bool wide = attributes.state_type == graph::DType::kInt16;
  std::vector<int16_t> time;
  if (wide) {
    LINNET_ASSIGN(time, ConstantOf<int16_t>(graph, node, 2, graph::DType::kInt16));
  } else {
    LINNET_ASSIGN(const auto narrow, ConstantOf<int8_t>(graph, node, 2, graph::DType::kInt8));
    time.assign(narrow.begin(), narrow.end());
  }
  const auto inputs = static_cast<size_t>(shape[1]), filters = rows.size() / inputs, memory = time.size() / filters;
  const auto rank = static_cast<size_t>(attributes.rank), units = filters / rank;
  std::vector<int32_t> bias(units, 0);
  if (node.inputs.size() > 3 && node.inputs[3] != graph::kNoTensor) {
    LINNET_ASSIGN(bias, ConstantOf<int32_t>(graph, node, 3, graph::DType::kInt32));
  }
  for (size_t i = 0; i < time.size(); ++i)  // modulo 2^32, as the sums themselves are
    bias[i / memory / rank] = static_cast<int32_t>(static_cast<uint32_t>(bias[i / memory / rank]) -
                                                   static_cast<uint32_t>(attributes.state_zero_point * time[i]));
  LINNET_ASSIGN(auto feature_bias, Folded(node, rows, inputs, {}, input.zero_point));
  if (filters % 2 != 0) feature_bias.push_back(0);
  const Matrix features{Transposed(rows, inputs), static_cast<int>(inputs), static_cast<int>(filters)};
  const kernels::Packing packing =
      kernels::FitsRawPair(features.view()) ? kernels::Packing::kRawPair : kernels::Packing::kPlain;
  const tflite::SvdfParameters p = tflite::SvdfParametersOf(graph, node);
  const size_t state_bytes = time.size() * (wide ? 2 : 1);
  layer.operands = {node.inputs[0]};
  layer.state_bytes = (state_bytes + 3) / 4 * 4;
  if (p.state_zero_point != 0) {
    layer.reset_body = fmt::format("    k::Fill<int{0}_t>({1}, {2}, reinterpret_cast<int{0}_t*>(state));\n",
                                   wide ? 16 : 8, p.state_zero_point, time.size());
  }
  layer.macs = static_cast<int64_t>(rows.size() + time.size());
  layer.weight_bytes = state_bytes + 4 * (filters + units);
  layer.body = Packed("features", features, packing, layer) + Constant("feature_bias", feature_bias) +
               fmt::format("  alignas(4) static constexpr int{}_t weights[] = {{\n      {}\n  }};\n", wide ? 16 : 8,
                           fmt::join(time, ", ")) +
               Constant("bias", bias) +
               fmt::format(
                   "  static constexpr k::SvdfShape shape = {{.inputs = {}, .filters = {}, .rank = {}, .memory = {}, "
                   ".feature = {}, .output = {},\n"
                   "      .state_zero_point = {}, .zero_point = {}}};\n"
                   "  k::Svdf<k::Target, {}>(shape, input, features, feature_bias, weights, bias, state, output);\n",
                   inputs, filters, rank, memory, TwiceText(p.feature), TwiceText(p.output), p.state_zero_point,
                   output.zero_point, Text(packing));
  return {};
}

}  // namespace linnet::emit
