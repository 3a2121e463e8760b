// What the tests of passes share.
#pragma once

#include <string>

#include "linnet/graph/build.h"

namespace linnet::passes {

// The layers and answers of the text form, without inputs and constants.
inline std::string Layers(const graph::Graph& graph) {
  std::string text;
  const std::string whole = graph::ToText(graph);
  for (size_t at = 0; at < whole.size();) {
    const size_t end = whole.find('\n', at) + 1;
    const std::string line = whole.substr(at, end - at);
    if (!line.starts_with("input ") && !line.starts_with("const ") && !line.starts_with("arithmetic ")) text += line;
    at = end;
  }
  return text;
}

inline graph::TensorId Int8Input(graph::Graph& graph, const std::string& name, graph::Shape shape, float scale,
                                 int32_t zero_point) {
  const graph::TensorId id = graph::AddInput(graph, name, std::move(shape), graph::DType::kInt8);
  graph.tensor(id).quantization = {{scale}, {zero_point}, -1};
  return id;
}

// Appends a node whose output has that scale and zero point.
inline graph::TensorId Int8Node(graph::Graph& graph, graph::OpKind op, const std::string& name,
                                std::vector<graph::TensorId> inputs, graph::Attributes attributes, float scale,
                                int32_t zero_point, graph::Shape target = {}) {
  const graph::TensorId id =
      graph::AddNode(graph, op, name, std::move(inputs), std::move(attributes), std::move(target)).value();
  graph.tensor(id).type = graph::DType::kInt8;
  graph.tensor(id).quantization = {{scale}, {zero_point}, -1};
  return id;
}

inline graph::TensorId Int8Constant(graph::Graph& graph, const std::string& name, graph::Shape shape,
                                    const std::vector<int8_t>& values, float scale, int32_t zero_point = 0) {
  graph::Tensor tensor;
  tensor.name = name;
  tensor.type = graph::DType::kInt8;
  tensor.shape = std::move(shape);
  tensor.constant = true;
  tensor.data.assign(values.begin(), values.end());
  tensor.quantization = {{scale}, {zero_point}, -1};
  graph.tensors.push_back(std::move(tensor));
  return static_cast<graph::TensorId>(graph.tensors.size() - 1);
}

}  // namespace linnet::passes
