#include "linnet/graph/resize_nearest.h"

#include <algorithm>
#include <cmath>

namespace linnet::graph {

int64_t NearestSource(int64_t out, int64_t in_extent, int64_t out_extent, const ResizeAttributes& attributes) {
  const bool corners = attributes.align_corners && out_extent > 1;
  const float scale = corners ? static_cast<float>(in_extent - 1) / static_cast<float>(out_extent - 1)
                              : static_cast<float>(in_extent) / static_cast<float>(out_extent);
  const float position = (static_cast<float>(out) + (attributes.half_pixel_centers ? 0.5F : 0.0F)) * scale;
  const auto nearest = static_cast<int64_t>(attributes.align_corners ? std::round(position) : std::floor(position));
  return std::clamp<int64_t>(nearest, 0, in_extent - 1);
}

}  // namespace linnet::graph
