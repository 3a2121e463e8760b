#include "linnet/graph/build.h"

#include <cstring>

#include "linnet/base/check.h"
#include "linnet/graph/shapes.h"

namespace linnet::graph {
namespace {

TensorId Append(Graph& graph, Tensor tensor) {
  graph.tensors.push_back(std::move(tensor));
  return static_cast<TensorId>(graph.tensors.size() - 1);
}

DType OutputType(const Graph& graph, const Node& node) {
  switch (node.op) {
    case OpKind::kArgMax: return DType::kInt64;
    case OpKind::kQuantize: return DType::kInt8;
    case OpKind::kDequantize: return DType::kFloat32;
    default: return node.inputs.empty() ? DType::kFloat32 : graph.tensor(node.inputs[0]).type;
  }
}

}  // namespace

TensorId AddInput(Graph& graph, std::string name, Shape shape, DType type) {
  Tensor tensor;
  tensor.name = std::move(name);
  tensor.type = type;
  tensor.shape = std::move(shape);
  const TensorId id = Append(graph, std::move(tensor));
  graph.inputs.push_back(id);
  return id;
}

TensorId AddConstant(Graph& graph, std::string name, Shape shape, std::span<const float> values) {
  LINNET_CHECK(static_cast<int64_t>(values.size()) == ElementCount(shape));
  Tensor tensor;
  tensor.name = std::move(name);
  tensor.shape = std::move(shape);
  tensor.constant = true;
  SetFloatValues(tensor, values);
  return Append(graph, std::move(tensor));
}

Outcome<TensorId> AddNode(Graph& graph, OpKind op, std::string name, std::vector<TensorId> inputs,
                          Attributes attributes, Shape target) {
  Tensor output;
  output.name = name;
  output.shape = std::move(target);
  Node node;
  node.op = op;
  node.name = std::move(name);
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  output.type = OutputType(graph, node);
  const TensorId id = Append(graph, std::move(output));
  node.outputs = {id};
  if (auto padded = ResolvePadding(graph, node); !padded) return std::unexpected(padded.error());
  LINNET_ASSIGN(graph.tensor(id).shape, InferOutputShape(graph, node));
  graph.nodes.push_back(std::move(node));
  return id;
}

std::vector<float> FloatValues(const Tensor& tensor) {
  LINNET_CHECK(tensor.constant && tensor.type == DType::kFloat32);
  std::vector<float> values(static_cast<size_t>(ElementCount(tensor.shape)));
  LINNET_CHECK(tensor.data.size() == values.size() * sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
  return values;
}

void SetFloatValues(Tensor& tensor, std::span<const float> values) {
  tensor.data.resize(values.size_bytes());
  if (!values.empty()) std::memcpy(tensor.data.data(), values.data(), values.size_bytes());
}

std::string Describe(const Node& node) { return "layer '" + node.name + "' (" + std::string(Name(node.op)) + ")"; }

std::string ToString(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ",") + std::to_string(shape[i]);
  return text + "]";
}

std::vector<int> Producers(const Graph& graph) {
  std::vector<int> producers(graph.tensors.size(), -1);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const TensorId id : graph.nodes[i].outputs) producers.at(static_cast<size_t>(id)) = static_cast<int>(i);
  }
  return producers;
}

std::vector<int> UseCounts(const Graph& graph) {
  std::vector<int> uses(graph.tensors.size(), 0);
  for (const Node& node : graph.nodes) {
    for (const TensorId id : node.inputs) {
      if (id != kNoTensor) ++uses.at(static_cast<size_t>(id));
    }
  }
  for (const TensorId id : graph.outputs) ++uses.at(static_cast<size_t>(id));
  return uses;
}

}  // namespace linnet::graph
