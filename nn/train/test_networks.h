// Networks with random weights, for tests: as if they had been trained.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "linnet/train/architecture.h"
#include "linnet/train/random.h"
#include "linnet/train/trainer.h"

namespace linnet::train {

inline Layer Weighted(LayerKind kind, const std::string& name, int window, int outputs, int stride, bool relu) {
  Layer layer{kind, name};
  layer.window = window;
  layer.outputs = outputs;
  layer.stride = stride;
  layer.relu = relu;
  return layer;
}

// Sides that no stride divides, even and odd windows, every kind of layer but the pool over all pixels.
inline Architecture Crooked() {
  Architecture architecture{"crooked", 11, 14, {}};
  Layer pool{LayerKind::kMaxPool, "pool"};
  pool.window = 3;
  architecture.layers = {Weighted(LayerKind::kConv, "conv1", 4, 3, 2, true),
                         Weighted(LayerKind::kDepthwise, "depthwise", 3, 0, 2, true),
                         Weighted(LayerKind::kConv, "conv2", 1, 5, 1, false),
                         pool,
                         Layer{LayerKind::kDropout, "drop"},
                         Layer{LayerKind::kFlatten, "flatten"},
                         Weighted(LayerKind::kDense, "fc1", 0, 7, 1, true),
                         Weighted(LayerKind::kDense, "fc2", 0, 10, 1, false)};
  return architecture;
}

// Uniform, of the size that keeps the spread of values from layer to layer (He and others 2015), biases small.
inline std::vector<Parameter> RandomWeights(const Architecture& architecture, uint64_t seed) {
  Random random(seed);
  std::vector<Parameter> parameters = ParametersOf(architecture);
  for (Parameter& parameter : parameters) {
    size_t count = 1;
    for (int size : parameter.shape) count *= static_cast<size_t>(size);
    const bool depthwise = parameter.shape.size() == 4 && parameter.shape[3] == 1;
    const size_t columns = static_cast<size_t>(depthwise ? parameter.shape[2] : parameter.shape.back());
    const float half =
        parameter.shape.size() == 1 ? 0.1f : std::sqrt(6 * static_cast<float>(columns) / static_cast<float>(count));
    for (size_t i = 0; i < count; ++i) parameter.values.push_back(random.Symmetric(half));
  }
  return parameters;
}

inline Architecture WithBits(Architecture architecture, int bits) {
  for (Layer& layer : architecture.layers) layer.weight_bits = bits;
  return architecture;
}

inline float MostSteps(const Layer& layer) { return static_cast<float>((1 << (layer.weight_bits - 1)) - 1); }

// What training could have learned: outputs within 8 units, each channel's weights up to its largest.
inline Learned LearnedOf(const Architecture& architecture, const std::vector<Parameter>& parameters) {
  Learned learned{true, {0, 1}, {}, {}};
  Extent extent = InputOf(architecture);
  size_t next = 0;
  for (const Layer& layer : architecture.layers) {
    extent = After(layer, extent);
    std::vector<float> scales;
    if (layer.weighted()) {
      scales.assign(static_cast<size_t>(extent.channels), 0);
      const std::vector<float>& weights = parameters[next].values;
      for (size_t i = 0; i < weights.size(); ++i) {
        float& scale = scales[i % scales.size()];
        scale = std::max(scale, std::fabs(weights[i]) / MostSteps(layer));
      }
      next += 2;
    }
    ValueRange range;
    if (layer.weighted()) range = layer.relu ? ValueRange{0, 8} : ValueRange{-7, 9};
    if (layer.kind == LayerKind::kGlobalAveragePool) range = {0, 3};  // of values behind a ReLU
    learned.outputs.push_back(range);
    learned.weight_scales.push_back(scales);
  }
  return learned;
}

inline void RoundToSteps(const Architecture& architecture, const Learned& learned, std::vector<Parameter>* parameters) {
  size_t next = 0;
  for (size_t l = 0; l < architecture.layers.size(); ++l) {
    if (!architecture.layers[l].weighted()) continue;
    std::vector<float>& weights = (*parameters)[next].values;
    const std::vector<float>& scales = learned.weight_scales[l];
    for (size_t i = 0; i < weights.size(); ++i) {
      weights[i] = std::round(weights[i] / scales[i % scales.size()]) * scales[i % scales.size()];
    }
    next += 2;
  }
}

}  // namespace linnet::train
