// Element-wise operators of two tensors with NumPy's broadcasting.
#pragma once

#include <vector>

#include "linnet/graph/graph.h"

namespace linnet::reference {

// Calls f(out_index, a_index, b_index) for every element of `out`, in order. REQUIRES: `a` and `b` broadcast to `out`.
template <typename Function>
void ForEachBroadcast(const graph::Shape& out, const graph::Shape& a, const graph::Shape& b, Function f) {
  const size_t rank = out.size();
  const auto strides = [&](const graph::Shape& shape) {
    std::vector<int64_t> result(rank, 0);  // 0 along a broadcast dimension
    int64_t stride = 1;
    for (size_t i = 0; i < shape.size(); ++i) {
      const size_t d = rank - 1 - i;
      const int64_t extent = shape[shape.size() - 1 - i];
      if (extent != 1) result[d] = stride;
      stride *= extent;
    }
    return result;
  };
  const std::vector<int64_t> a_strides = strides(a);
  const std::vector<int64_t> b_strides = strides(b);
  std::vector<int64_t> at(rank, 0);
  int64_t ai = 0;
  int64_t bi = 0;
  const int64_t count = graph::ElementCount(out);
  for (int64_t i = 0; i < count; ++i) {
    f(static_cast<size_t>(i), static_cast<size_t>(ai), static_cast<size_t>(bi));
    for (size_t d = rank; d-- > 0;) {
      ai += a_strides[d];
      bi += b_strides[d];
      if (++at[d] < out[d]) break;
      ai -= a_strides[d] * out[d];
      bi -= b_strides[d] * out[d];
      at[d] = 0;
    }
  }
}

}  // namespace linnet::reference
