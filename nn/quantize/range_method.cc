#include "linnet/quantize/range_method.h"

#include <charconv>
#include <cstdio>

namespace linnet::quantize {

Outcome<RangeChoice> ParseRangeChoice(std::string_view text) {
  constexpr std::string_view kPercentile = "percentile=";
  if (text == "minmax") return RangeChoice{};
  if (text == "mse") return RangeChoice{.method = RangeMethod::kMeanSquareError};
  if (text.starts_with(kPercentile)) {
    RangeChoice choice{.method = RangeMethod::kPercentile};
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + kPercentile.size(), end, choice.percentile);
    if (parsed.ec == std::errc() && parsed.ptr == end && choice.percentile >= 50 && choice.percentile <= 100)
      return choice;
  }
  return Fail(Status::kInvalidArgument, "there is no range '" + std::string(text) +
                                            "'; there are minmax, mse, and percentile=P with P from 50 to 100, such as "
                                            "percentile=99.99");
}

std::string ToText(const RangeChoice& choice) {
  if (choice.method == RangeMethod::kMinMax) return "minmax";
  if (choice.method == RangeMethod::kMeanSquareError) return "mse";
  char text[48];
  std::snprintf(text, sizeof text, "percentile=%.6g", choice.percentile);
  return text;
}

}  // namespace linnet::quantize
