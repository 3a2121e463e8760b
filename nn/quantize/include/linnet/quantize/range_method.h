// How the range of an activation is chosen from the values that calibration shows. Host only.
#pragma once

#include <string>
#include <string_view>

#include "linnet/base/error.h"

namespace linnet::quantize {

enum class RangeMethod {
  kMinMax,           // from the least to the greatest value: nothing is clipped
  kPercentile,       // leaves out the outermost values, half of the share at either end
  kMeanSquareError,  // the range with the least mean square error of clipping and rounding together
};

struct RangeChoice {
  RangeMethod method = RangeMethod::kMinMax;
  double percentile = 99.99;  // of kPercentile: the share of values that stay inside
};

// "minmax", "percentile=99.99" or "mse".
//   kInvalidArgument: anything else, or a percentile outside 50..100; the message lists the three
Outcome<RangeChoice> ParseRangeChoice(std::string_view text);
std::string ToText(const RangeChoice& choice);

}  // namespace linnet::quantize
