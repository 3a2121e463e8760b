// A network to train, as a list of layers; and its trained form, as named tensors.
// C++17 and nothing of base: the one translation unit that includes LibTorch reads this header too.
#pragma once

#include <string>
#include <vector>

namespace linnet::train {

enum class LayerKind { kConv, kMaxPool, kDropout, kFlatten, kDense };

// A layer of a chain. Convolutions are SAME with stride 1, pools SAME with a stride as wide as their window.
struct Layer {
  LayerKind kind;
  std::string name;   // "conv1": prefix of its tensors and of its nodes in the GraphDef
  int window = 0;     // kConv, kMaxPool: pixels a side
  int outputs = 0;    // kConv: features, kDense: neurons
  bool relu = false;  // kConv, kDense
  double keep = 1.0;  // kDropout: the probability with which a value is kept
};

struct Architecture {
  std::string name;  // "dnn", "cnn"
  int height = 0;    // of the input images, one channel of pixels / 255
  int width = 0;
  std::vector<Layer> layers;
};

inline constexpr int kOutputs = 10;  // of every network, however few classes it is trained on

// The poster's two networks. Returns false for an unknown name.
//   dnn: height*width-128-64-10
//   cnn: three 5x5 convolutions of 16, 32 and 64 features, each with ReLU and a 2x2 max-pool, then one dense layer;
//        dropouts that keep 0.9, 0.75, 0.75 after the pools and 0.5 before the dense layer, where drop_scale = 1
// drop_scale multiplies the probabilities of dropping: 0.5 makes them half.
bool MakeArchitecture(const std::string& name, int height, int width, double drop_scale, Architecture* architecture);

// Row-major floats in TensorFlow's layouts: convolution weights [height, width, in, out], dense weights [in, out].
struct Parameter {
  std::string name;  // "conv1/weights", "conv1/bias"
  std::vector<int> shape;
  std::vector<float> values;
};

// What Architecture's layers need, in order, names and shapes set and values empty.
std::vector<Parameter> ParametersOf(const Architecture& architecture);

// Pixels a side after a SAME pool of stride `window`: rounded up.
inline int PooledSize(int size, int window) { return (size + window - 1) / window; }

}  // namespace linnet::train
