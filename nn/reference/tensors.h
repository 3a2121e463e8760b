// The values of a graph's tensors, each in its own type.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "linnet/graph/graph.h"

namespace linnet::reference {

class Tensors {
 public:
  // Constants filled, the rest zero. REQUIRES: Verify accepts the graph.
  explicit Tensors(const graph::Graph& graph) {
    for (const graph::Tensor& tensor : graph.tensors) {
      const auto count = static_cast<size_t>(graph::ElementCount(tensor.shape));
      auto& bytes = bytes_.emplace_back(count * static_cast<size_t>(graph::SizeBytes(tensor.type)));
      if (tensor.constant && !bytes.empty()) std::memcpy(bytes.data(), tensor.data.data(), bytes.size());
    }
  }

  std::span<std::byte> bytes(graph::TensorId id) { return bytes_.at(static_cast<size_t>(id)); }
  std::span<const std::byte> bytes(graph::TensorId id) const { return bytes_.at(static_cast<size_t>(id)); }

  // REQUIRES: the tensor's type is T.
  template <typename T>
  std::span<T> as(graph::TensorId id) {
    auto& bytes = bytes_.at(static_cast<size_t>(id));
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  template <typename T>
  std::span<const T> as(graph::TensorId id) const {
    const auto& bytes = bytes_.at(static_cast<size_t>(id));
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }

 private:
  std::vector<std::vector<std::byte>> bytes_;  // by tensor id
};

}  // namespace linnet::reference
