// The interpreters hold every tensor at once: a file of a few bytes must not make them ask for all of the host's memory.
#pragma once

#include "linnet/graph/graph.h"

namespace linnet::reference {

inline constexpr int64_t kMaxTotalElements = int64_t{1} << 27;

inline Outcome<void> CheckTotalSize(const graph::Graph& graph) {
  int64_t total = 0;
  for (const graph::Tensor& tensor : graph.tensors) {
    total += graph::ElementCount(tensor.shape);  // Verify keeps each at 2^26 or less
    if (total > kMaxTotalElements)
      return Fail(Status::kResourceExhausted, "all tensors together have more than 2^27 elements, too large to run");
  }
  return {};
}

}  // namespace linnet::reference
