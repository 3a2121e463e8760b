// From calibration to the range of every tensor.
#pragma once

#include <cstdint>
#include <vector>

#include "linnet/quantize/quantize.h"

namespace linnet::quantize {

struct Range {
  float min = 0;  // zero is always inside
  float max = 0;
  void Include(float value) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
};

// How often the values of a tensor fell into each of the equal parts of its range.
struct Histogram {
  static constexpr size_t kBins = 2048;
  Range range;
  std::vector<uint64_t> counts;
  double value(size_t bin) const {  // its middle
    const double width = (static_cast<double>(range.max) - static_cast<double>(range.min)) / kBins;
    return static_cast<double>(range.min) + (static_cast<double>(bin) + 0.5) * width;
  }
};

// By tensor: the least and the greatest value over all calibration inputs; constants over their elements.
//   kInvalidArgument: a calibration input of the wrong size, a number that is not finite
Outcome<std::vector<Range>> MeasureRanges(const graph::Graph& graph, const Calibration& calibration);

// By tensor, narrowed as `choice` says; constants as they were. Runs the calibration once more unless the choice is kMinMax.
// REQUIRES: `measured` is MeasureRanges' answer for the same graph and calibration.
Outcome<std::vector<Range>> ChooseRanges(const graph::Graph& graph, const Calibration& calibration,
                                         const std::vector<Range>& measured, const RangeChoice& choice);

// The parts of ChooseRanges that look at one tensor.
Range PercentileRange(const Histogram& histogram, double percentile);
Range LeastErrorRange(const Histogram& histogram);

}  // namespace linnet::quantize
