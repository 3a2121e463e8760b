// From values to positions and round numbers beside them. Private to nn/study.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace linnet::study {

struct Axis {
  double low = 0, high = 1;
  bool logarithmic = false;
  std::vector<double> ticks;       // within low..high, growing
  std::vector<std::string> texts;  // beside them: "0.2", "50 k"

  // 0 at low, 1 at high.
  double Position(double value) const;
};

// An axis that holds all finite `values` with some room around them; 0 to 1 where there are none. Logarithmic where
// `may_be_logarithmic`, all are positive and the greatest is more than 20 times the least.
Axis MakeAxis(std::span<const double> values, bool may_be_logarithmic);

// The same for whole numbers that are counted, such as epochs: no ticks between them.
Axis CountAxis(std::span<const double> values);

}  // namespace linnet::study
