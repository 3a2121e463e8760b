#include "transposition.h"

#include <cstring>
#include <numeric>

namespace linnet::passes {

bool IsIdentity(const Permutation& permutation) {
  for (size_t i = 0; i < permutation.size(); ++i) {
    if (permutation[i] != static_cast<int>(i)) return false;
  }
  return true;
}

Permutation Inverse(const Permutation& permutation) {
  Permutation inverse(permutation.size());
  for (size_t i = 0; i < permutation.size(); ++i) inverse[static_cast<size_t>(permutation[i])] = static_cast<int>(i);
  return inverse;
}

Permutation Compose(const Permutation& first, const Permutation& second) {
  Permutation both(first.size());
  for (size_t i = 0; i < both.size(); ++i) both[i] = first[static_cast<size_t>(second[i])];
  return both;
}

graph::Shape Permute(const graph::Shape& shape, const Permutation& permutation) {
  graph::Shape permuted;
  for (const int d : permutation) permuted.push_back(shape[static_cast<size_t>(d)]);
  return permuted;
}

std::vector<size_t> SourceOfEach(const graph::Shape& shape, const Permutation& permutation) {
  std::vector<size_t> strides(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * static_cast<size_t>(shape[d]);
  const graph::Shape permuted = Permute(shape, permutation);
  std::vector<size_t> sources(static_cast<size_t>(graph::ElementCount(shape)));
  std::vector<int64_t> position(shape.size(), 0);
  for (size_t& source : sources) {
    source = 0;
    for (size_t d = 0; d < position.size(); ++d)
      source += static_cast<size_t>(position[d]) * strides[static_cast<size_t>(permutation[d])];
    for (size_t d = position.size(); d-- > 0;) {
      if (++position[d] < permuted[d]) break;
      position[d] = 0;
    }
  }
  return sources;
}

graph::Tensor Permute(const graph::Tensor& constant, const Permutation& permutation) {
  graph::Tensor result = constant;
  result.shape = Permute(constant.shape, permutation);
  if (result.learned.min.size() > 1) result.learned = {};  // its channels may have moved
  const auto size = static_cast<size_t>(graph::SizeBytes(constant.type));
  const std::vector<size_t> sources = SourceOfEach(constant.shape, permutation);
  for (size_t i = 0; i < sources.size(); ++i)
    std::memcpy(&result.data[i * size], &constant.data[sources[i] * size], size);
  return result;
}

}  // namespace linnet::passes
