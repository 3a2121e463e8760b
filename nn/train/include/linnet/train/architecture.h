// A network to train, as a list of layers; and its trained form, as named tensors.
// C++17 and nothing of base: the one translation unit that includes LibTorch reads this header too.
#pragma once

#include <string>
#include <vector>

namespace linnet::train {

enum class LayerKind { kConv, kDepthwise, kMaxPool, kGlobalAveragePool, kDropout, kFlatten, kDense };

// A layer of a chain. Convolutions are SAME, pools SAME with a stride as wide as their window.
struct Layer {
  LayerKind kind;
  std::string name;   // "conv1": prefix of its tensors and of its nodes in the GraphDef
  int window = 0;     // kConv, kDepthwise, kMaxPool: pixels a side
  int outputs = 0;    // kConv: features, kDense: neurons
  int stride = 1;     // kConv, kDepthwise
  bool relu = false;  // kConv, kDepthwise, kDense
  bool batch_norm =
      false;            // kConv, kDepthwise, kDense: between the sum and ReLU while it is trained; folded after that
  double keep = 1.0;    // kDropout: the probability with which a value is kept
  int weight_bits = 8;  // kConv, kDepthwise, kDense: 8 or 4, once they are rounded

  bool weighted() const {
    return kind == LayerKind::kConv || kind == LayerKind::kDepthwise || kind == LayerKind::kDense;
  }
};

struct Architecture {
  std::string name;  // "dnn", "cnn"
  int height = 0;    // of the input images, one channel of pixels / 255
  int width = 0;
  std::vector<Layer> layers;
};

inline constexpr int kOutputs = 10;  // of every network, however few classes it is trained on

// The networks that are built in. Returns false for an unknown name.
//   dnn: height*width-128-64-10, the poster's
//   cnn: the poster's: three 5x5 convolutions of 16, 32 and 64 features, each with ReLU and a 2x2 max-pool, then one dense
//        layer; dropouts that keep 0.9, 0.75, 0.75 after the pools and 0.5 before the dense layer, where drop_scale = 1
//   ds-cnn: depthwise separable: a 3x3 convolution, then four pairs of depthwise 3x3 and pointwise, global average
//   tiny-cnn: five 3x3 convolutions with at most 32 KB of weights
// drop_scale multiplies the probabilities of dropping: 0.5 makes them half.
bool MakeArchitecture(const std::string& name, int height, int width, double drop_scale, Architecture* architecture);

// "cnn, dnn, ...", for messages.
std::string KnownArchitectures();

// Row-major floats in TensorFlow's layouts: convolution weights [height, width, in, out], depthwise weights
// [height, width, in, 1], dense weights [in, out].
struct Parameter {
  std::string name;  // "conv1/weights", "conv1/bias"
  std::vector<int> shape;
  std::vector<float> values;
};

// What a trained network holds: weights and bias of every weighted layer, in order, names and shapes set and values empty.
std::vector<Parameter> ParametersOf(const Architecture& architecture);

// What lies between two layers.
struct Extent {
  int height = 0, width = 0, channels = 1;
  int elements() const { return height * width * channels; }
};
Extent InputOf(const Architecture& architecture);
Extent After(const Layer& layer, const Extent& before);

// The same network without batch normalisation: what is exported, pruned and quantised.
Architecture Folded(Architecture architecture);

// Pixels a side after a SAME window of stride `stride`: rounded up.
inline int StridedSize(int size, int stride) { return (size + stride - 1) / stride; }

}  // namespace linnet::train
