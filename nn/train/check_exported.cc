#include "check_exported.h"

#include <algorithm>
#include <cmath>

namespace linnet::train {
namespace {

bool AreOf(const Architecture& architecture, const std::vector<Parameter>& parameters) {
  const std::vector<Parameter> expected = ParametersOf(architecture);
  return std::ranges::equal(parameters, expected, [](const Parameter& found, const Parameter& wanted) {
    size_t count = 1;
    for (int size : wanted.shape) count *= static_cast<size_t>(size);
    return found.name == wanted.name && found.shape == wanted.shape && found.values.size() == count;
  });
}

// As many scales as the layer has output channels, and a range a layer.
bool AreOf(const Architecture& architecture, const Learned& learned) {
  if (!learned.any) return true;
  const std::vector<Layer>& layers = architecture.layers;
  if (learned.outputs.size() != layers.size() || learned.weight_scales.size() != layers.size()) return false;
  Extent extent = InputOf(architecture);
  for (size_t i = 0; i < layers.size(); ++i) {
    extent = After(layers[i], extent);
    if (!layers[i].weighted()) continue;
    if (layers[i].weight_bits != 8 && layers[i].weight_bits != 4) return false;
    const std::vector<float>& scales = learned.weight_scales[i];
    if (scales.size() != static_cast<size_t>(extent.channels)) return false;
    if (!std::ranges::all_of(scales, [](float scale) { return scale > 0 && std::isfinite(scale); })) return false;
  }
  return true;
}

}  // namespace

Outcome<void> CheckExported(const Architecture& architecture, const std::vector<Parameter>& parameters,
                            const Learned& learned) {
  const bool normalised = std::ranges::any_of(architecture.layers, [](const Layer& layer) { return layer.batch_norm; });
  if (!normalised && AreOf(architecture, parameters) && AreOf(architecture, learned)) return {};
  return Fail(Status::kInvalidArgument, "the weights are not those of `" + architecture.name + "`, folded");
}

}  // namespace linnet::train
