// Networks with random weights, layer by layer as TensorFlow 1.x writes them.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "graphdef_builder.h"

namespace linnet::tests {

struct Network {
  std::string name;
  graphdef::GraphDef def;
  std::string output;                   // "name:0"; empty: what the importer chooses
  std::map<std::string, double> feeds;  // Placeholders beside the input: keep_prob 1, is_training 0
};

// One network in the making. The input is called "x"; `last` is the layer that the next one reads.
class Maker {
 public:
  explicit Maker(uint32_t seed) : random_(seed) {}

  graphdef::GraphDefBuilder b;
  std::string last;
  std::vector<int64_t> shape;  // of `last`, batch 1

  int Below(int limit) { return static_cast<int>(random_() % static_cast<uint32_t>(limit)); }
  float Uniform(float lo, float hi) { return lo + (hi - lo) * static_cast<float>(random_() >> 8) / 16777216.0F; }
  std::vector<float> Uniforms(size_t count, float lo, float hi);

  void Input(const std::vector<int64_t>& input_shape);
  // A Const and the Identity that reads it, as a frozen variable stands in a graph.
  std::string Variable(const std::string& name, const std::vector<int64_t>& variable_shape, float lo, float hi);
  std::string Number(const std::string& name, float value);
  std::string Ints(const std::string& name, const std::vector<int>& values);  // one dimension
  std::string Int(const std::string& name, int value);

  // `last` becomes the layer's answer.
  graphdef::NodeDef& Then(const std::string& name, const std::string& op, const std::vector<std::string>& more = {});
  void Conv(const std::string& name, int kernel_h, int kernel_w, int channels, int stride, const std::string& padding,
            int dilation = 1);
  void Depthwise(const std::string& name, int kernel, int multiplier, int stride, const std::string& padding);
  void Pool(const std::string& name, const std::string& op, int kernel, int stride, const std::string& padding);
  void Bias(const std::string& name, const std::string& op = "BiasAdd");
  void BatchNorm(const std::string& name, const std::string& op);
  // x * (gamma / sqrt(variance + epsilon)) + (beta - mean * ...), as tf.nn.batch_normalization writes it.
  void UnfusedBatchNorm(const std::string& name);
  void Dense(const std::string& name, int units, bool transpose_b = false);
  // Shape, StridedSlice, Pack, Reshape.
  void Flatten(const std::string& name);

 private:
  void SetWindow(graphdef::NodeDef& node, int stride, const std::string& padding, int dilation);
  std::mt19937 random_;
};

// training_networks.cc: parts of OperatorNetworks.
void Dropouts(Maker& m);
void Branches(Maker& m);

// Every operator of the importer, in networks with names.
std::vector<Network> OperatorNetworks(uint32_t seed);
// A chain of layers drawn at random.
Network RandomNetwork(uint32_t seed);

}  // namespace linnet::tests
