// Post-training quantisation: a float graph and examples of its input become an int8 graph (nn/graph/README.md) and a table
// that says what it cost, layer by layer. TensorFlow Lite's arithmetic: activations asymmetric with one scale a tensor and an
// exact zero, weights symmetric in -127..127 with one scale an output channel, bias int32. What quantisation-aware training
// learned (graph::Learned) is taken as it is. Host only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"
#include "linnet/quantize/range_method.h"
#include "linnet/quantize/weight_choice.h"

namespace linnet::quantize {

// Inputs as the float graph takes them: each as many floats as its inputs have elements, one input after the other.
struct Calibration {
  std::vector<std::vector<float>> inputs;
};

struct Options {
  size_t error_inputs = 50;  // how many of the calibration inputs the error table is measured on
  RangeChoice range;
  WeightChoice weights;  // of layers whose weights training didn't learn as 4-bit
  graph::Arithmetic arithmetic = graph::Arithmetic::kSingleRounding;
};

// How many values get their scale from where.
struct RangeSources {
  int learned = 0;     // in training
  int calibrated = 0;  // from calibration inputs
  int fixed = 0;       // by the operator that makes them
};
RangeSources CountRanges(const graph::Graph& graph);

enum class RangeSource : uint8_t { kCalibration, kLearned, kOperator };

// One layer's answer in int8 against float, over the error inputs.
struct LayerError {
  std::string name;
  std::string op;
  bool in_float = false;  // no int8 arithmetic: computed in float between a Dequantize and a Quantize
  RangeSource range_source = RangeSource::kCalibration;
  float range_min = 0, range_max = 0;  // that the scale was chosen for
  float scale = 0;
  int32_t zero_point = 0;
  int weight_bits = 0;           // 4 or 8 where the layer has weights
  bool learned_weights = false;  // on the steps that training learned
  bool measured = false;         // the errors below; not without calibration inputs
  double rms_error = 0;          // of the real values
  double max_error = 0;
  double clipped = 0;  // share of the float answer's values that int8 with this scale can't reach
  double signal_to_noise_db =
      0;  // 10 log10(mean square of the float answer / mean square of the error); 999 without error
};

struct QuantizedGraph {
  graph::Graph graph;
  std::vector<LayerError> errors;  // one a layer that answers int8, in running order
};

// `graph` after passes::RunPasses. Inputs become int8; so do outputs, but for an ArgMax's index. Layers that only move, choose or
// average values share scale and zero point with their input; ranges are taken after a fused activation. A layer without int8
// arithmetic (a division by what isn't constant) stays in float between a Dequantize and a Quantize.
// Calibration inputs may be missing where CountRanges finds none calibrated.
//   kInvalidArgument: no calibration input, one of the wrong size, a weight, constant or activation that is not finite
//   kUnimplemented: a layer that can't be quantised; the message names the layer
Outcome<QuantizedGraph> Quantize(const graph::Graph& graph, const Calibration& calibration,
                                 const Options& options = {});

// The error table for people, one line a layer.
std::string ToText(const std::vector<LayerError>& errors);

}  // namespace linnet::quantize
