#include "linnet/train/architecture.h"

namespace linnet::train {
namespace {

Layer Pool(const std::string& name) {
  Layer layer{LayerKind::kMaxPool, name};
  layer.window = 2;
  return layer;
}

Layer Drop(const std::string& name, double keep, double scale) {
  Layer layer{LayerKind::kDropout, name};
  layer.keep = 1.0 - (1.0 - keep) * scale;
  return layer;
}

Layer Dense(const std::string& name, int outputs, bool relu) {
  Layer layer{LayerKind::kDense, name};
  layer.outputs = outputs;
  layer.relu = relu;
  return layer;
}

Layer Conv(const std::string& name, int outputs, int window) {
  Layer layer{LayerKind::kConv, name};
  layer.outputs = outputs;
  layer.window = window;
  layer.relu = true;
  return layer;
}

Layer Normal(Layer layer) {
  layer.batch_norm = true;
  return layer;
}

std::vector<Layer> Dnn() {
  return {
      {LayerKind::kFlatten, "flatten"}, Dense("fc1", 128, true), Dense("fc2", 64, true), Dense("fc3", kOutputs, false)};
}

std::vector<Layer> Cnn(double drop_scale) {
  return {Conv("conv1", 16, 5),
          Pool("pool1"),
          Drop("drop1", 0.9, drop_scale),
          Conv("conv2", 32, 5),
          Pool("pool2"),
          Drop("drop2", 0.75, drop_scale),
          Conv("conv3", 64, 5),
          Pool("pool3"),
          Drop("drop3", 0.75, drop_scale),
          {LayerKind::kFlatten, "flatten"},
          Drop("drop4", 0.5, drop_scale),
          Dense("fc1", kOutputs, false)};
}

std::vector<Layer> TinyCnn(double drop_scale) {
  return {Normal(Conv("conv1", 16, 3)),
          Pool("pool1"),
          Normal(Conv("conv2", 24, 3)),
          Normal(Conv("conv3", 24, 3)),
          Pool("pool2"),
          Drop("drop1", 0.9, drop_scale),
          Normal(Conv("conv4", 40, 3)),
          Pool("pool3"),
          Drop("drop2", 0.8, drop_scale),
          {LayerKind::kFlatten, "flatten"},
          Drop("drop3", 0.6, drop_scale),
          Dense("fc1", kOutputs, false)};
}

std::vector<Layer> DsCnn(double drop_scale) {
  std::vector<Layer> layers;
  Layer first = Normal(Conv("conv1", 32, 3));
  first.stride = 2;
  layers.push_back(first);
  for (int i = 2; i <= 5; ++i) {
    Layer depthwise{LayerKind::kDepthwise, "depthwise" + std::to_string(i)};
    depthwise.window = 3;
    depthwise.stride = i == 4 ? 2 : 1;
    depthwise.relu = true;
    layers.push_back(Normal(depthwise));
    layers.push_back(Normal(Conv("conv" + std::to_string(i), i < 4 ? 48 : 64, 1)));
  }
  layers.push_back({LayerKind::kGlobalAveragePool, "average"});
  layers.push_back({LayerKind::kFlatten, "flatten"});
  layers.push_back(Drop("drop1", 0.8, drop_scale));
  layers.push_back(Dense("fc1", kOutputs, false));
  return layers;
}

}  // namespace

bool MakeArchitecture(const std::string& name, int height, int width, double drop_scale, Architecture* architecture) {
  *architecture = {name, height, width, {}};
  if (name == "dnn") architecture->layers = Dnn();
  if (name == "cnn") architecture->layers = Cnn(drop_scale);
  if (name == "ds-cnn") architecture->layers = DsCnn(drop_scale);
  if (name == "tiny-cnn") architecture->layers = TinyCnn(drop_scale);
  return !architecture->layers.empty();
}

std::string KnownArchitectures() { return "dnn, cnn, ds-cnn, tiny-cnn"; }

Extent InputOf(const Architecture& architecture) { return {architecture.height, architecture.width, 1}; }

Extent After(const Layer& layer, const Extent& before) {
  switch (layer.kind) {
    case LayerKind::kConv:
      return {StridedSize(before.height, layer.stride), StridedSize(before.width, layer.stride), layer.outputs};
    case LayerKind::kDepthwise:
      return {StridedSize(before.height, layer.stride), StridedSize(before.width, layer.stride), before.channels};
    case LayerKind::kMaxPool:
      return {StridedSize(before.height, layer.window), StridedSize(before.width, layer.window), before.channels};
    case LayerKind::kGlobalAveragePool: return {1, 1, before.channels};
    case LayerKind::kFlatten: return {1, 1, before.elements()};
    case LayerKind::kDense: return {1, 1, layer.outputs};
    case LayerKind::kDropout: break;
  }
  return before;
}

std::vector<Parameter> ParametersOf(const Architecture& architecture) {
  Extent extent = InputOf(architecture);
  std::vector<Parameter> parameters;
  for (const Layer& layer : architecture.layers) {
    const Extent after = After(layer, extent);
    if (layer.kind == LayerKind::kConv) {
      parameters.push_back({layer.name + "/weights", {layer.window, layer.window, extent.channels, layer.outputs}, {}});
    }
    if (layer.kind == LayerKind::kDepthwise) {
      parameters.push_back({layer.name + "/weights", {layer.window, layer.window, extent.channels, 1}, {}});
    }
    if (layer.kind == LayerKind::kDense) {
      parameters.push_back({layer.name + "/weights", {extent.channels, layer.outputs}, {}});
    }
    if (layer.weighted()) parameters.push_back({layer.name + "/bias", {after.channels}, {}});
    extent = after;
  }
  return parameters;
}

Architecture Folded(Architecture architecture) {
  for (Layer& layer : architecture.layers) layer.batch_norm = false;
  return architecture;
}

}  // namespace linnet::train
