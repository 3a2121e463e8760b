// What an int8 code of a value means, where its range was learned. C++17, see architecture.h.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "linnet/train/trainer.h"

namespace linnet::train {

// value = scale * (code - zero_point), codes -128 to 127
struct Affine {
  double scale;
  int64_t zero_point;
};

// 255 steps over the range, zero on one of them: nn/quantize's ChooseScale.
inline Affine AffineOf(const ValueRange& range) {
  const float scale = static_cast<float>((static_cast<double>(range.max) - static_cast<double>(range.min)) / 255.0);
  if (!(scale > 0) || !std::isfinite(scale)) return {1.0, 0};
  const double zero_point = std::floor(-128.0 - static_cast<double>(range.min) / static_cast<double>(scale) + 0.5);
  return {static_cast<double>(scale), static_cast<int64_t>(std::min(127.0, std::max(-128.0, zero_point)))};
}

}  // namespace linnet::train
