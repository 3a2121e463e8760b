#include "weighted.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/graph/tflite_arithmetic.h"

namespace linnet::emit {
namespace {

using graph::Graph;
using graph::Node;

Outcome<std::vector<int64_t>> ReadBias(const Graph& graph, const Node& node, int channels) {
  std::vector<int64_t> bias(static_cast<size_t>(channels), 0);
  if (node.inputs.size() < 3 || node.inputs[2] == graph::kNoTensor) return bias;
  const graph::Tensor& tensor = graph.tensor(node.inputs[2]);
  if (!tensor.constant || tensor.type != graph::DType::kInt32 || tensor.data.size() != bias.size() * 4) {
    return Unsupported(node,
                       "bias '" + tensor.name + "' must be " + std::to_string(channels) + " constant int32 values");
  }
  for (size_t c = 0; c < bias.size(); ++c) {
    int32_t value;
    std::memcpy(&value, &tensor.data[c * 4], 4);
    bias[c] = value;
  }
  return bias;
}

Outcome<void> CheckScales(const Node& node, const graph::Tensor& tensor, int channels) {
  const auto& q = tensor.quantization;
  if (q.scales.size() != 1 && q.scales.size() != static_cast<size_t>(channels)) {
    return Wrong(node,
                 fmt::format("weights '{}' have {} scales; expected 1 or {}", tensor.name, q.scales.size(), channels));
  }
  for (const int32_t zero : q.zero_points) {
    if (zero != 0)
      return Unsupported(node, "weights '" + tensor.name + "' have a zero point; only symmetric weights are supported");
  }
  return {};
}

// The numbers of the graph's arithmetic, in one form: shift counted from the product of 62 bits down.
void ReadRescale(const Graph& graph, const Node& node, Weighted& w) {
  if (graph.arithmetic == graph::Arithmetic::kTflite) {
    const graph::tflite::ProductParameters p = graph::tflite::ProductParametersOf(graph, node);
    w.rounding = kernels::Rounding::kDouble;
    w.stage.lo = p.clamp.lo;
    w.stage.hi = p.clamp.hi;
    for (const graph::tflite::Multiplier& m : p.multipliers) w.rescale.push_back({m.multiplier, 31 - m.shift});
    return;
  }
  const auto& q = graph.tensor(node.inputs[1]).quantization;
  for (size_t c = 0; c < static_cast<size_t>(w.channels); ++c) {
    const float scale = q.scales[q.scales.size() == 1 ? 0 : c];
    const graph::Multiplier m =
        graph::QuantizeMultiplier(double{w.input.scale} * double{scale} / double{w.stage.output.scale});
    w.rescale.push_back({m.multiplier, m.shift});
  }
}

// Between which numbers channel `c`'s sum lies, bias included, for any input.
struct SumRange {
  int64_t least, most;
  int64_t magnitude() const { return std::max(-least, most); }
};
SumRange SumRangeOf(const Weighted& w, size_t c) {
  SumRange range{w.bias[c], w.bias[c]};
  for (size_t t = 0; t < static_cast<size_t>(w.taps); ++t) {
    const int64_t weight = w.weights[t * static_cast<size_t>(w.channels) + c];
    range.least += weight * (weight > 0 ? w.InputLow() : w.InputHigh());
    range.most += weight * (weight > 0 ? w.InputHigh() : w.InputLow());
  }
  return range;
}

// The greatest magnitude that a partial sum can take on the way.
int64_t PartialSumBound(const Weighted& w, size_t c) {
  const int64_t x = std::max(-w.InputLow(), w.InputHigh());
  int64_t bound = std::abs(w.bias[c]);
  for (size_t t = 0; t < static_cast<size_t>(w.taps); ++t)
    bound += x * std::abs(int64_t{w.weights[t * static_cast<size_t>(w.channels) + c]});
  return bound;
}

int64_t FoldedBias(const Weighted& w, size_t c) {
  int64_t bias = w.bias[c];
  for (size_t t = 0; t < static_cast<size_t>(w.taps); ++t)
    bias -= int64_t{w.input.zero_point} * w.weights[t * static_cast<size_t>(w.channels) + c];
  return bias;
}

// A channel that answers the same number for every input (its weights are zero or far below a step of the output, as
// training leaves them behind) becomes a sum of nothing with that number for its zero point: then it has a fast form.
void FoldConstantChannels(Weighted& w) {
  w.zero_points.assign(static_cast<size_t>(w.channels), w.stage.output.zero_point);
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  for (size_t c = 0; c < static_cast<size_t>(w.channels); ++c) {
    const auto [multiplier, shift] = w.rescale[c];
    const SumRange range = SumRangeOf(w, c);
    const auto answer = [&](int64_t sum) {
      const int32_t value =
          multiplier == 0 ? 0 : kernels::RescaleGeneral(w.rounding, static_cast<int32_t>(sum), multiplier, shift);
      return kernels::Clamp(value + w.stage.output.zero_point, w.stage.lo, w.stage.hi);
    };
    // The rescaling never falls as the sum grows, as long as nothing wraps.
    const bool wraps = range.magnitude() > kMost || (w.rounding == kernels::Rounding::kDouble && shift < 31);
    if (multiplier != 0 && (wraps || answer(range.least) != answer(range.most))) continue;
    w.zero_points[c] = answer(multiplier == 0 ? 0 : range.least);
    w.rescale[c] = {int32_t{1} << 30, 40};
    w.bias[c] = 0;
    for (size_t t = 0; t < static_cast<size_t>(w.taps); ++t) w.weights[t * static_cast<size_t>(w.channels) + c] = 0;
  }
}

}  // namespace

Outcome<Weighted> ReadWeighted(const Graph& graph, const Node& node, int taps, int channels) {
  Weighted w;
  w.taps = taps;
  w.channels = channels;
  LINNET_ASSIGN(w.input, QuantizationOf(graph, node, node.inputs[0]));
  LINNET_ASSIGN(w.stage, StageOf(graph, node, graph::ActivationOf(node)));
  const graph::Tensor& tensor = graph.tensor(node.inputs[1]);
  const size_t count = static_cast<size_t>(taps) * static_cast<size_t>(channels);
  if (!tensor.constant || tensor.type != graph::DType::kInt8 || tensor.data.size() != count) {
    return Unsupported(node,
                       "weights '" + tensor.name + "' must be " + std::to_string(count) + " constant int8 values");
  }
  w.weights.resize(count);
  w.bits = tensor.quantization.bits;
  std::memcpy(w.weights.data(), tensor.data.data(), count);
  if (auto scales = CheckScales(node, tensor, channels); !scales) return std::unexpected(scales.error());
  LINNET_ASSIGN(w.bias, ReadBias(graph, node, channels));
  ReadRescale(graph, node, w);
  FoldConstantChannels(w);
  return w;
}

Outcome<Channels> ChannelsOf(const Node& node, const Weighted& w, size_t count, bool zero_point_folded) {
  Channels result;
  const bool clamp = w.stage.lo != -128 || w.stage.hi != 127;
  result.rescale = {.rounding = w.rounding, .fast = true, .clamp = clamp};
  for (size_t c = 0; c < w.bias.size(); ++c) {
    const int64_t bias = zero_point_folded ? FoldedBias(w, c) : w.bias[c];
    if (bias < std::numeric_limits<int32_t>::min() || bias > std::numeric_limits<int32_t>::max()) {
      return Unsupported(node, fmt::format("the sum of channel {} does not fit 32 bits", c));
    }
    const auto& [multiplier, shift] = w.rescale[c];
    if (PartialSumBound(w, c) <= kernels::kFastSumMax && kernels::HasFastForm(w.rounding, shift)) {
      result.channels.push_back(
          kernels::FastChannel(w.rounding, static_cast<int32_t>(bias), multiplier, shift, w.zero_points[c]));
    } else {
      result.channels.push_back(kernels::GeneralChannel(static_cast<int32_t>(bias), multiplier, shift));
      result.rescale.fast = false;
    }
  }
  while (result.channels.size() < count) result.channels.push_back({});
  return result;
}

std::string Constant(std::string_view name, const std::vector<kernels::Channel>& channels) {
  std::string text = fmt::format("  static constexpr k::Channel {}[] = {{  // bias, multiplier, last shift\n", name);
  std::string line;
  for (const kernels::Channel& c : channels) {
    const std::string item = fmt::format("{{{}, {}, {}}}, ", c.bias, c.multiplier, c.last);
    if (line.size() + item.size() > 112) {
      text += "      " + line.substr(0, line.size() - 1) + "\n";
      line.clear();
    }
    line += item;
  }
  return text + "      " + line.substr(0, line.size() - 2) + "};\n";
}

std::string Text(const kernels::Rescale& rescale) {
  return fmt::format("{{.rounding = k::Rounding::{}, .fast = {}, .clamp = {}}}",
                     rescale.rounding == kernels::Rounding::kDouble ? "kDouble" : "kSingle", rescale.fast,
                     rescale.clamp);
}

}  // namespace linnet::emit
