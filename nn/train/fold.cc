#include "linnet/train/fold.h"

#include <cmath>

namespace linnet::train {
namespace {

const Parameter* Find(const std::vector<Parameter>& tensors, const std::string& name, size_t count) {
  for (const Parameter& tensor : tensors) {
    if (tensor.name == name) return tensor.values.size() == count ? &tensor : nullptr;
  }
  return nullptr;
}

size_t CountOf(const std::vector<int>& shape) {
  size_t count = 1;
  for (int size : shape) count *= static_cast<size_t>(size);
  return count;
}

bool Normalize(const Layer& layer, const std::vector<Parameter>& tensors, Parameter* weights, Parameter* bias) {
  const size_t channels = bias->values.size();  // the fastest index of the weights, of depthwise ones too
  const Parameter* gamma = Find(tensors, layer.name + "/gamma", channels);
  const Parameter* beta = Find(tensors, layer.name + "/beta", channels);
  const Parameter* mean = Find(tensors, layer.name + "/mean", channels);
  const Parameter* variance = Find(tensors, layer.name + "/variance", channels);
  if (gamma == nullptr || beta == nullptr || mean == nullptr || variance == nullptr) return false;
  std::vector<float> factor(channels);
  for (size_t c = 0; c < channels; ++c) {
    factor[c] = gamma->values[c] / std::sqrt(variance->values[c] + kBatchNormEpsilon);
    bias->values[c] = (bias->values[c] - mean->values[c]) * factor[c] + beta->values[c];
  }
  for (size_t i = 0; i < weights->values.size(); ++i) weights->values[i] *= factor[i % channels];
  return true;
}

}  // namespace

bool FoldBatchNorm(const Architecture& architecture, const std::vector<Parameter>& tensors,
                   std::vector<Parameter>* folded) {
  *folded = ParametersOf(architecture);
  for (Parameter& parameter : *folded) {
    const Parameter* found = Find(tensors, parameter.name, CountOf(parameter.shape));
    if (found == nullptr || found->shape != parameter.shape) return false;
    parameter.values = found->values;
  }
  auto next = folded->begin();
  for (const Layer& layer : architecture.layers) {
    if (!layer.weighted()) continue;
    if (layer.batch_norm && !Normalize(layer, tensors, &next[0], &next[1])) return false;
    next += 2;
  }
  return true;
}

}  // namespace linnet::train
