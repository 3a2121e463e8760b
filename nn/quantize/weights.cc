#include "weights.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace linnet::quantize {
namespace {

constexpr double kBiasLimit = 1 << 30;  // leaves the products as much of 32 bits again
constexpr double kBiasStepsAlone = 1 << 20;

double Round(double value) { return value < 0 ? -std::floor(-value + 0.5) : std::floor(value + 0.5); }

// The smallest scale that reaches the largest weight and lets the bias fit.
float ChannelScale(double largest_weight, double bias, double in_scale, double out_scale) {
  double scale = largest_weight / 127.0;
  // A channel without weights answers its bias, or zero: any scale says that; take one with room for the bias.
  if (scale == 0) scale = bias != 0 ? std::fabs(bias) / (in_scale * kBiasStepsAlone) : out_scale / in_scale;
  scale = std::max(scale, std::fabs(bias) / (in_scale * kBiasLimit));
  // Weights so small that a float can't hold their scale are zeros.
  return std::max(static_cast<float>(scale), std::numeric_limits<float>::min());
}

}  // namespace

Outcome<QuantizedWeights> QuantizeWeights(const std::vector<float>& weights, const std::vector<float>& bias,
                                          size_t channels, float in_scale, float out_scale) {
  std::vector<double> largest(channels, 0);
  for (size_t i = 0; i < weights.size(); ++i)
    largest[i % channels] = std::max(largest[i % channels], std::fabs(static_cast<double>(weights[i])));
  QuantizedWeights result;
  result.weights.resize(weights.size());
  for (size_t c = 0; c < channels; ++c) {
    const double b = bias.empty() ? 0 : bias[c];
    result.scales.push_back(ChannelScale(largest[c], b, in_scale, out_scale));
    result.bias.push_back(static_cast<int32_t>(std::clamp(
        Round(b / (static_cast<double>(in_scale) * static_cast<double>(result.scales[c]))), -kBiasLimit, kBiasLimit)));
  }
  std::vector<int64_t> reach(channels, 0);
  for (size_t i = 0; i < weights.size(); ++i) {
    const size_t c = i % channels;
    result.weights[i] = static_cast<int8_t>(
        std::clamp(Round(static_cast<double>(weights[i]) / static_cast<double>(result.scales[c])), -127.0, 127.0));
    reach[c] += 255 * std::abs(result.weights[i]);
  }
  for (size_t c = 0; c < channels; ++c) {
    if (reach[c] + std::abs(static_cast<int64_t>(result.bias[c])) > std::numeric_limits<int32_t>::max()) {
      return Fail(Status::kUnimplemented, "output channel " + std::to_string(c) +
                                              " sums so many products that 32 bits can't hold them; split the layer");
    }
  }
  return result;
}

}  // namespace linnet::quantize
