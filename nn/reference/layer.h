// One node of a quantised or mixed graph made ready to run.
#pragma once

#include <memory>

#include "linnet/graph/fixed_point.h"
#include "linnet/graph/graph.h"
#include "tensors.h"

namespace linnet::reference {

struct Layer {
  virtual ~Layer() = default;
  virtual void Run(Tensors& tensors) = 0;
  virtual void Reset() {}  // state to what it is before the first run
};

// A layer without state from a function of all tensors.
template <typename Function>
class FunctionLayer : public Layer {
 public:
  explicit FunctionLayer(Function function) : function_(std::move(function)) {}
  void Run(Tensors& tensors) override { function_(tensors); }

 private:
  Function function_;
};
template <typename Function>
std::unique_ptr<Layer> MakeLayer(Function function) {
  return std::make_unique<FunctionLayer<Function>>(std::move(function));
}

// A layer without state from a function of one tensor's elements to another's.
template <typename T, typename Function>
std::unique_ptr<Layer> Unary(const graph::Node& node, Function function) {
  return MakeLayer([in = node.inputs[0], out = node.outputs[0], f = std::move(function)](Tensors& tensors) {
    f(std::span<const T>(tensors.as<T>(in)), tensors.as<T>(out));
  });
}

// Scale and zero point of a per-tensor quantised tensor.
struct Scale {
  float scale;
  int32_t zero_point;
  bool operator==(const Scale&) const = default;
};
Scale ScaleOf(const graph::Graph& graph, graph::TensorId id);

// Whether all that the node reads and makes is float32, as the float kernels want it.
bool IsFloatNode(const graph::Graph& graph, const graph::Node& node);

// REQUIRES of each: CheckNode accepted the node.
std::unique_ptr<Layer> MakeProductLayer(const graph::Graph& graph,
                                        const graph::Node& node);  // convolutions, fully connected
std::unique_ptr<Layer> MakeElementLayer(const graph::Graph& graph, const graph::Node& node);  // pools, element-wise
std::unique_ptr<Layer> MakeReductionLayer(const graph::Graph& graph,
                                          const graph::Node& node);  // sums, means, softmaxes
std::unique_ptr<Layer> MakeRecurrentLayer(const graph::Graph& graph, const graph::Node& node);  // kLstm, kSvdf
// What only moves elements, of any type; kArgMax; between float and int8; float nodes.
std::unique_ptr<Layer> MakeTypedLayer(const graph::Graph& graph, const graph::Node& node);

// What nn/graph/README.md demands of a node: types, scales, and what its arithmetic can compute.
Outcome<void> CheckNode(const graph::Graph& graph, const graph::Node& node);

}  // namespace linnet::reference
