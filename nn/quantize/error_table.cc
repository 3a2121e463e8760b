#include "error_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "float_inputs.h"
#include "linnet/graph/build.h"

namespace linnet::quantize {
namespace {

struct Sums {
  double signal = 0;
  double noise = 0;
  double max_error = 0;
  size_t clipped = 0;
  size_t count = 0;
};

void Compare(std::span<const float> real, std::span<const int8_t> int8, const LayerError& layer, Sums& sums) {
  const double scale = layer.scale;
  const double lowest = scale * (-128.5 - layer.zero_point);
  const double highest = scale * (127.5 - layer.zero_point);
  for (size_t i = 0; i < real.size(); ++i) {
    const double exact = real[i];
    const double error = scale * (int8[i] - layer.zero_point) - exact;
    sums.signal += exact * exact;
    sums.noise += error * error;
    sums.max_error = std::max(sums.max_error, std::fabs(error));
    sums.clipped += exact < lowest || exact > highest ? 1 : 0;
  }
  sums.count += real.size();
}

int WeightBits(const graph::Graph& int8, const graph::Node& node) {
  switch (node.op) {
    case graph::OpKind::kConv2D:
    case graph::OpKind::kDepthwiseConv2D:
    case graph::OpKind::kTransposeConv:
    case graph::OpKind::kFullyConnected: return int8.tensor(node.inputs[1]).quantization.bits;
    default: return 0;
  }
}

std::string Errors(const LayerError& e) {
  char text[96] = "           -           -        -        -";
  if (e.measured) {
    std::snprintf(text, sizeof text, "%12.4g %11.4g  %6.2f%%  %7.1f", e.rms_error, e.max_error, 100 * e.clipped,
                  e.signal_to_noise_db);
  }
  return text;
}

std::string Sources(const LayerError& e) {
  std::string text = e.range_source == RangeSource::kLearned    ? "learned"
                     : e.range_source == RangeSource::kOperator ? "operator"
                                                                : "calibrated";
  if (e.weight_bits == 0) return text;
  text.resize(12, ' ');
  return text + "int" + std::to_string(e.weight_bits) + (e.learned_weights ? " learned" : "");
}

void Finish(const Sums& sums, LayerError& layer) {
  if (sums.count == 0) return;
  const auto count = static_cast<double>(sums.count);
  layer.measured = true;
  layer.rms_error = std::sqrt(sums.noise / count);
  layer.max_error = sums.max_error;
  layer.clipped = static_cast<double>(sums.clipped) / count;
  layer.signal_to_noise_db = sums.noise > 0 ? 10 * std::log10(std::max(sums.signal, 1e-300) / sums.noise) : 999;
}

}  // namespace

Outcome<std::vector<LayerError>> MeasureErrors(const graph::Graph& real, const graph::Graph& int8,
                                               const std::vector<Range>& ranges, const Calibration& calibration,
                                               size_t count) {
  LINNET_ASSIGN(auto float_network, reference::FloatInterpreter::Create(real));
  LINNET_ASSIGN(auto int8_network, reference::Int8Interpreter::Create(int8));
  std::vector<LayerError> layers;
  std::vector<graph::TensorId> answers;
  const std::vector<int> makers = graph::Producers(int8);
  for (const graph::Node& node : real.nodes) {
    const graph::TensorId out = node.outputs[0];
    if (int8.tensor(out).type != graph::DType::kInt8) continue;
    const graph::Quantization& q = int8.tensor(out).quantization;
    const Range& range = ranges[static_cast<size_t>(out)];
    const graph::Node& maker = int8.nodes[static_cast<size_t>(makers[static_cast<size_t>(out)])];
    layers.push_back({.name = node.name,
                      .op = std::string(graph::Name(node.op)),
                      .in_float = maker.op != node.op,
                      .range_min = range.min,
                      .range_max = range.max,
                      .scale = q.scales[0],
                      .zero_point = q.zero_points[0],
                      .weight_bits = WeightBits(int8, maker)});
    answers.push_back(out);
  }
  std::vector<Sums> sums(layers.size());
  for (size_t i = 0; i < std::min(count, calibration.inputs.size()); ++i) {
    SetInputs(float_network, calibration.inputs[i]);
    SetInputs(int8_network, calibration.inputs[i]);
    float_network.Run();
    int8_network.Run();
    for (size_t n = 0; n < layers.size(); ++n)
      Compare(float_network.value(answers[n]), int8_network.value(answers[n]), layers[n], sums[n]);
  }
  for (size_t n = 0; n < layers.size(); ++n) Finish(sums[n], layers[n]);
  return layers;
}

std::string ToText(const std::vector<LayerError>& errors) {
  std::string text =
      "layer                            operator         range                   scale       zero   rms error   max "
      "error  clipped   S/N dB  range from  weights\n";
  for (const LayerError& e : errors) {
    char line[256];
    const std::string op = e.op + (e.in_float ? " float" : "");
    std::snprintf(line, sizeof line, "%-32.32s %-16.16s %10.4g ..%10.4g  %-10.4g %5d%s  %s\n", e.name.c_str(),
                  op.c_str(), static_cast<double>(e.range_min), static_cast<double>(e.range_max),
                  static_cast<double>(e.scale), e.zero_point, Errors(e).c_str(), Sources(e).c_str());
    text += line;
  }
  return text;
}

}  // namespace linnet::quantize
