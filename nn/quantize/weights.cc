#include "weights.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "linnet/graph/learned.h"

namespace linnet::quantize {
namespace {

constexpr double kBiasLimit = 1 << 30;  // leaves the products as much of 32 bits again
constexpr double kBiasStepsAlone = 1 << 20;

double Round(double value) { return value < 0 ? -std::floor(-value + 0.5) : std::floor(value + 0.5); }

// At least `scale`, and so much that the bias fits.
float ChannelScale(double scale, double bias, double in_scale, double out_scale) {
  // A channel without weights answers its bias, or zero: any scale says that; take one with room for the bias.
  if (scale == 0) scale = bias != 0 ? std::fabs(bias) / (in_scale * kBiasStepsAlone) : out_scale / in_scale;
  scale = std::max(scale, std::fabs(bias) / (in_scale * kBiasLimit));
  // Weights so small that a float can't hold their scale are zeros.
  return std::max(static_cast<float>(scale), std::numeric_limits<float>::min());
}

// By channel: the scale that reaches the largest weight.
std::vector<double> OwnScales(const std::vector<float>& weights, size_t channels, int bits) {
  std::vector<double> scales(channels, 0);
  for (size_t i = 0; i < weights.size(); ++i)
    scales[i % channels] = std::max(scales[i % channels], std::fabs(static_cast<double>(weights[i])));
  for (double& scale : scales) scale /= WeightSteps(bits);
  return scales;
}

// By channel: the learned step; empty where it can't be taken.
std::vector<double> LearnedScales(const std::vector<float>& weights, size_t channels, const graph::Learned& learned) {
  if (learned.empty() || learned.bits > 8 || channels % learned.min.size() != 0) return {};
  std::vector<double> scales;
  for (size_t c = 0; c < channels; ++c)
    scales.push_back(static_cast<double>(graph::StepsOf(learned, c % learned.min.size()).scale));
  const double reach = (1 << (learned.bits - 1)) - 0.5;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (std::fabs(static_cast<double>(weights[i])) >= reach * scales[i % channels] && weights[i] != 0) return {};
  }
  return scales;
}

// Whether no sum of products with int8 values and the bias can leave 32 bits.
Outcome<void> CheckReach(const QuantizedWeights& quantized) {
  const size_t channels = quantized.scales.size();
  std::vector<int64_t> reach(quantized.bias.begin(), quantized.bias.end());
  for (int64_t& sum : reach) sum = std::abs(sum);
  for (size_t i = 0; i < quantized.weights.size(); ++i) reach[i % channels] += 255 * std::abs(quantized.weights[i]);
  for (size_t c = 0; c < channels; ++c) {
    if (reach[c] > std::numeric_limits<int32_t>::max()) {
      return Fail(Status::kUnimplemented, "output channel " + std::to_string(c) +
                                              " sums so many products that 32 bits can't hold them; split the layer");
    }
  }
  return {};
}

}  // namespace

Outcome<QuantizedWeights> QuantizeWeights(const std::vector<float>& weights, const std::vector<float>& bias,
                                          size_t channels, float in_scale, float out_scale, int bits,
                                          const graph::Learned& learned) {
  QuantizedWeights result;
  result.bits = learned.empty() ? bits : learned.bits <= 4 ? 4 : 8;
  std::vector<double> scales = LearnedScales(weights, channels, learned);
  result.learned = !scales.empty();
  if (!result.learned) scales = OwnScales(weights, channels, result.bits);
  result.weights.resize(weights.size());
  for (size_t c = 0; c < channels; ++c) {
    const double b = bias.empty() ? 0 : bias[c];
    result.scales.push_back(ChannelScale(scales[c], b, in_scale, out_scale));
    result.bias.push_back(static_cast<int32_t>(std::clamp(
        Round(b / (static_cast<double>(in_scale) * static_cast<double>(result.scales[c]))), -kBiasLimit, kBiasLimit)));
  }
  const double steps = WeightSteps(result.bits);
  for (size_t i = 0; i < weights.size(); ++i) {
    const double scale = static_cast<double>(result.scales[i % channels]);
    result.weights[i] = static_cast<int8_t>(std::clamp(Round(static_cast<double>(weights[i]) / scale), -steps, steps));
  }
  if (auto ok = CheckReach(result); !ok) return std::unexpected(ok.error());
  return result;
}

}  // namespace linnet::quantize
