// Putting a graph together, for importers, passes and tests. Host only.
#pragma once

#include <span>
#include <string>

#include "linnet/graph/graph.h"

namespace linnet::graph {

// A float input of the graph, or a tensor to be filled by AddNode's caller.
TensorId AddInput(Graph& graph, std::string name, Shape shape, DType type = DType::kFloat32);

// REQUIRES: values.size() == ElementCount(shape).
TensorId AddConstant(Graph& graph, std::string name, Shape shape, std::span<const float> values);

// Appends a node with one output named like the node; infers its shape and padding. `target` is a reshape's shape.
//   kInvalidArgument: the shapes don't fit the operator; the graph is unchanged but for unused tensors.
Outcome<TensorId> AddNode(Graph& graph, OpKind op, std::string name, std::vector<TensorId> inputs,
                          Attributes attributes = NoAttributes{}, Shape target = {});

// The elements of a float constant. REQUIRES: constant, kFloat32, data as long as the shape says.
std::vector<float> FloatValues(const Tensor& tensor);
void SetFloatValues(Tensor& tensor, std::span<const float> values);

// "layer 'conv1' (Conv2D)": how every message about a node begins.
std::string Describe(const Node& node);
std::string ToString(const Shape& shape);  // "[1,28,28,1]"

// The node that makes each tensor, -1 for inputs and constants; and how many nodes and graph outputs read each.
std::vector<int> Producers(const Graph& graph);
std::vector<int> UseCounts(const Graph& graph);

}  // namespace linnet::graph
