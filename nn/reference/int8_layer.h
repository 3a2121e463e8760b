// One int8 node made ready to run.
#pragma once

#include <memory>
#include <vector>

#include "linnet/graph/fixed_point.h"
#include "linnet/graph/graph.h"

namespace linnet::reference {

using Int8Values = std::vector<std::vector<int8_t>>;  // by tensor id; constants filled, the rest sized

struct Int8Layer {
  virtual ~Int8Layer() = default;
  virtual void Run(Int8Values& values) const = 0;
};

// Scale and zero point of a per-tensor quantised tensor.
struct Scale {
  float scale;
  int32_t zero_point;
  bool operator==(const Scale&) const = default;
};
Scale ScaleOf(const graph::Graph& graph, graph::TensorId id);

// kConv2D, kDepthwiseConv2D, kFullyConnected; and everything else.
// REQUIRES: CheckInt8Node accepted the node.
std::unique_ptr<Int8Layer> MakeProductLayer(const graph::Graph& graph, const graph::Node& node);
std::unique_ptr<Int8Layer> MakeElementLayer(const graph::Graph& graph, const graph::Node& node);

// What nn/graph/README.md demands of an int8 node: types, scales, equal scales where the operator has no arithmetic for others.
Outcome<void> CheckInt8Node(const graph::Graph& graph, const graph::Node& node);

}  // namespace linnet::reference
