#include "linnet/reference/float_interpreter.h"

#include <algorithm>

#include "float_kernels.h"
#include "linnet/base/check.h"
#include "linnet/graph/build.h"
#include "total_size.h"

namespace linnet::reference {

FloatInterpreter::FloatInterpreter(const graph::Graph& graph) : graph_(graph), values_(graph.tensors.size()) {
  for (size_t i = 0; i < values_.size(); ++i) {
    const graph::Tensor& tensor = graph_.tensors[i];
    if (!tensor.constant)
      values_[i].resize(static_cast<size_t>(graph::ElementCount(tensor.shape)));
    else if (tensor.type == graph::DType::kFloat32)
      values_[i] = graph::FloatValues(tensor);
  }
}

Outcome<FloatInterpreter> FloatInterpreter::Create(const graph::Graph& graph) {
  if (auto ok = graph::Verify(graph); !ok) return std::unexpected(ok.error());
  if (graph.inputs.size() != 1 || graph.outputs.size() != 1) {
    return Fail(Status::kUnimplemented, "the graph has " + std::to_string(graph.inputs.size()) + " inputs and " +
                                            std::to_string(graph.outputs.size()) +
                                            " outputs; exactly one of each can be run");
  }
  if (auto ok = CheckTotalSize(graph); !ok) return std::unexpected(ok.error());
  for (const graph::Node& node : graph.nodes) {
    if (node.op == graph::OpKind::kQuantize || node.op == graph::OpKind::kDequantize) {
      return Fail(Status::kUnimplemented, graph::Describe(node) + ": a quantised graph can't be run in float");
    }
    for (const graph::TensorId id : node.inputs) {
      if (id != graph::kNoTensor && graph.tensor(id).type != graph::DType::kFloat32) {
        return Fail(Status::kUnimplemented,
                    graph::Describe(node) + ": reads '" + graph.tensor(id).name + "', which is not float32");
      }
    }
  }
  return FloatInterpreter(graph);
}

void FloatInterpreter::Run(std::span<const float> input) {
  std::vector<float>& target = values_[static_cast<size_t>(graph_.inputs[0])];
  LINNET_CHECK(input.size() == target.size());
  std::copy(input.begin(), input.end(), target.begin());
  for (const graph::Node& node : graph_.nodes) RunFloatNode(graph_, node, values_);
}

std::span<const float> FloatInterpreter::output() const { return value(graph_.outputs[0]); }

std::vector<float> EvaluateConstant(const graph::Graph& graph, const graph::Node& node) {
  std::vector<std::vector<float>> values(graph.tensors.size());
  for (const graph::TensorId id : node.inputs) {
    if (id != graph::kNoTensor) values[static_cast<size_t>(id)] = graph::FloatValues(graph.tensor(id));
  }
  auto& out = values[static_cast<size_t>(node.outputs[0])];
  out.resize(static_cast<size_t>(graph::ElementCount(graph.tensor(node.outputs[0]).shape)));
  RunFloatNode(graph, node, values);
  return std::move(out);
}

}  // namespace linnet::reference
