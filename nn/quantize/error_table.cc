#include "error_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "linnet/reference/float_interpreter.h"
#include "linnet/reference/int8_interpreter.h"

namespace linnet::quantize {
namespace {

struct Sums {
  double signal = 0;
  double noise = 0;
  double max_error = 0;
  size_t count = 0;
};

void Compare(std::span<const float> real, std::span<const int8_t> int8, const LayerError& layer, Sums& sums) {
  for (size_t i = 0; i < real.size(); ++i) {
    const double exact = real[i];
    const double error = static_cast<double>(layer.scale) * (int8[i] - layer.zero_point) - exact;
    sums.signal += exact * exact;
    sums.noise += error * error;
    sums.max_error = std::max(sums.max_error, std::fabs(error));
  }
  sums.count += real.size();
}

}  // namespace

Outcome<std::vector<LayerError>> MeasureErrors(const graph::Graph& real, const graph::Graph& int8,
                                               const std::vector<Range>& ranges, const Calibration& calibration,
                                               size_t count) {
  LINNET_ASSIGN(auto float_network, reference::FloatInterpreter::Create(real));
  LINNET_ASSIGN(auto int8_network, reference::Int8Interpreter::Create(int8));
  std::vector<LayerError> layers;
  for (const graph::Node& node : int8.nodes) {
    const graph::TensorId out = node.outputs[0];
    const graph::Quantization& q = int8.tensor(out).quantization;
    const Range& range = ranges[static_cast<size_t>(out)];
    layers.push_back({.name = node.name,
                      .op = std::string(graph::Name(node.op)),
                      .range_min = range.min,
                      .range_max = range.max,
                      .scale = q.scales[0],
                      .zero_point = q.zero_points[0]});
  }
  std::vector<Sums> sums(layers.size());
  for (size_t i = 0; i < std::min(count, calibration.inputs.size()); ++i) {
    float_network.Run(calibration.inputs[i]);
    int8_network.RunFloat(calibration.inputs[i]);
    for (size_t n = 0; n < layers.size(); ++n) {
      const graph::TensorId out = int8.nodes[n].outputs[0];
      Compare(float_network.value(out), int8_network.value(out), layers[n], sums[n]);
    }
  }
  for (size_t n = 0; n < layers.size(); ++n) {
    if (sums[n].count == 0) continue;
    layers[n].rms_error = std::sqrt(sums[n].noise / static_cast<double>(sums[n].count));
    layers[n].max_error = sums[n].max_error;
    layers[n].signal_to_noise_db =
        sums[n].noise > 0 ? 10 * std::log10(std::max(sums[n].signal, 1e-300) / sums[n].noise) : 999;
  }
  return layers;
}

std::string ToText(const std::vector<LayerError>& errors) {
  std::string text =
      "layer                            operator         range                   scale       zero   rms error   max "
      "error   S/N dB\n";
  for (const LayerError& e : errors) {
    char line[256];
    std::snprintf(line, sizeof line, "%-32.32s %-16.16s %10.4g ..%10.4g  %-10.4g %5d  %10.4g  %10.4g  %7.1f\n",
                  e.name.c_str(), e.op.c_str(), static_cast<double>(e.range_min), static_cast<double>(e.range_max),
                  static_cast<double>(e.scale), e.zero_point, e.rms_error, e.max_error, e.signal_to_noise_db);
    text += line;
  }
  return text;
}

}  // namespace linnet::quantize
