#include "linnet/train/architecture.h"

namespace linnet::train {
namespace {

Layer Conv(const std::string& name, int outputs) { return {LayerKind::kConv, name, 5, outputs, true, 1.0}; }
Layer Pool(const std::string& name) { return {LayerKind::kMaxPool, name, 2, 0, false, 1.0}; }
Layer Drop(const std::string& name, double keep, double scale) {
  return {LayerKind::kDropout, name, 0, 0, false, 1.0 - (1.0 - keep) * scale};
}
Layer Flatten() { return {LayerKind::kFlatten, "flatten", 0, 0, false, 1.0}; }
Layer Dense(const std::string& name, int outputs, bool relu) {
  return {LayerKind::kDense, name, 0, outputs, relu, 1.0};
}

}  // namespace

bool MakeArchitecture(const std::string& name, int height, int width, double drop_scale, Architecture* architecture) {
  *architecture = {name, height, width, {}};
  if (name == "dnn") {
    architecture->layers = {Flatten(), Dense("fc1", 128, true), Dense("fc2", 64, true), Dense("fc3", kOutputs, false)};
    return true;
  }
  if (name == "cnn") {
    architecture->layers = {Conv("conv1", 16),
                            Pool("pool1"),
                            Drop("drop1", 0.9, drop_scale),
                            Conv("conv2", 32),
                            Pool("pool2"),
                            Drop("drop2", 0.75, drop_scale),
                            Conv("conv3", 64),
                            Pool("pool3"),
                            Drop("drop3", 0.75, drop_scale),
                            Flatten(),
                            Drop("drop4", 0.5, drop_scale),
                            Dense("fc1", kOutputs, false)};
    return true;
  }
  return false;
}

std::vector<Parameter> ParametersOf(const Architecture& architecture) {
  int height = architecture.height, width = architecture.width, channels = 1;
  std::vector<Parameter> parameters;
  for (const Layer& layer : architecture.layers) {
    switch (layer.kind) {
      case LayerKind::kConv:
        parameters.push_back({layer.name + "/weights", {layer.window, layer.window, channels, layer.outputs}, {}});
        parameters.push_back({layer.name + "/bias", {layer.outputs}, {}});
        channels = layer.outputs;
        break;
      case LayerKind::kMaxPool:
        height = PooledSize(height, layer.window);
        width = PooledSize(width, layer.window);
        break;
      case LayerKind::kFlatten:
        channels *= height * width;
        height = width = 1;
        break;
      case LayerKind::kDense:
        parameters.push_back({layer.name + "/weights", {channels, layer.outputs}, {}});
        parameters.push_back({layer.name + "/bias", {layer.outputs}, {}});
        channels = layer.outputs;
        break;
      case LayerKind::kDropout: break;
    }
  }
  return parameters;
}

}  // namespace linnet::train
