// Post-training quantisation: a float graph and examples of its input become an int8 graph (nn/graph/README.md) and a table
// that says what it cost, layer by layer. TensorFlow Lite's arithmetic: activations asymmetric with one scale a tensor and an
// exact zero, weights symmetric in -127..127 with one scale an output channel, bias int32. Host only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"

namespace linnet::quantize {

// Inputs as the float graph takes them, each as many floats as its input has elements.
struct Calibration {
  std::vector<std::vector<float>> inputs;
};

struct Options {
  size_t error_inputs = 50;  // how many of the calibration inputs the error table is measured on
};

// One layer's answer in int8 against float, over the error inputs.
struct LayerError {
  std::string name;
  std::string op;
  float range_min = 0, range_max = 0;  // of the float answer, over all calibration inputs
  float scale = 0;
  int32_t zero_point = 0;
  double rms_error = 0;  // of the real values
  double max_error = 0;
  double signal_to_noise_db =
      0;  // 10 log10(mean square of the float answer / mean square of the error); 999 without error
};

struct QuantizedGraph {
  graph::Graph graph;
  std::vector<LayerError> errors;  // one a layer, in running order
};

// `graph` after passes::RunPasses. Layers that only move or choose values (pools, reshapes, padding, a lone Relu) share scale
// and zero point with their input; ranges are taken after a fused activation.
//   kInvalidArgument: no calibration input, one of the wrong size, a weight, constant or activation that is not finite
//   kUnimplemented: a layer that has no int8 arithmetic, more than one input or output; the message names the layer
Outcome<QuantizedGraph> Quantize(const graph::Graph& graph, const Calibration& calibration,
                                 const Options& options = {});

// The error table for people, one line a layer.
std::string ToText(const std::vector<LayerError>& errors);

}  // namespace linnet::quantize
