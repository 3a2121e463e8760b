// Images of a data set as inputs of a network, and how many of them a network gets right. Host only.
#pragma once

#include <cstdint>
#include <span>

#include "linnet/data/dataset.h"
#include "linnet/graph/graph.h"
#include "linnet/quantize/quantize.h"
#include "linnet/reference/float_interpreter.h"
#include "linnet/reference/int8_interpreter.h"

namespace linnet::quantize {

// Fails unless `input` is [1,height,width,channels] or has that many elements in one dimension besides ones, as [1,784].
//   kInvalidArgument: the message says both shapes
Outcome<void> CheckFits(const data::Images& images, const graph::Shape& input);

// Pixels as the network was trained on them: value / 255, so 0 to 1, row-major with channels last, flattened where the input is.
// REQUIRES: out.size() == pixels.size().
void PixelsToInput(std::span<const uint8_t> pixels, std::span<float> out);

// `count` images (all, if there are fewer) chosen without repetition by `seed`; the same on every host.
//   kInvalidArgument: the images don't fit the graph's input
inline constexpr uint64_t kDefaultCalibrationSeed = 1;
inline constexpr int kDefaultCalibrationCount = 500;
Outcome<Calibration> CalibrationFrom(const data::Images& images, const graph::Graph& graph,
                                     int count = kDefaultCalibrationCount, uint64_t seed = kDefaultCalibrationSeed);

// Inputs of uniform random numbers in 0..1, for a network without a data set at hand.
Calibration RandomCalibration(const graph::Graph& graph, int count = kDefaultCalibrationCount,
                              uint64_t seed = kDefaultCalibrationSeed);

// How many images have their label as the greatest output (the first of equals).
// REQUIRES: CheckFits accepts the images.
int CountCorrect(reference::FloatInterpreter& network, const data::Images& images);
int CountCorrect(reference::Int8Interpreter& network, const data::Images& images);

}  // namespace linnet::quantize
