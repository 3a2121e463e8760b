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
  if (auto ok = CheckTotalSize(graph); !ok) return std::unexpected(ok.error());
  for (const graph::Node& node : graph.nodes) {
    if (node.op == graph::OpKind::kQuantize || node.op == graph::OpKind::kDequantize) {
      return Fail(Status::kUnimplemented, graph::Describe(node) + ": a quantised graph can't be run in float");
    }
    if (auto ok = CheckFloatNode(node); !ok) return std::unexpected(ok.error());
    for (const graph::TensorId id : node.inputs) {
      if (id != graph::kNoTensor && graph.tensor(id).type != graph::DType::kFloat32) {
        return Fail(Status::kUnimplemented,
                    graph::Describe(node) + ": reads '" + graph.tensor(id).name + "', which is not float32");
      }
    }
  }
  return FloatInterpreter(graph);
}

void FloatInterpreter::SetInput(size_t index, std::span<const float> values) {
  std::vector<float>& target = values_.at(static_cast<size_t>(graph_.inputs.at(index)));
  LINNET_CHECK(values.size() == target.size());
  std::copy(values.begin(), values.end(), target.begin());
}

void FloatInterpreter::Run() {
  const FloatValues spans(values_.begin(), values_.end());
  for (const graph::Node& node : graph_.nodes) RunFloatNode(graph_, node, spans);
}

void FloatInterpreter::Run(std::span<const float> input) {
  LINNET_CHECK(graph_.inputs.size() == 1);
  SetInput(0, input);
  Run();
}

std::span<const float> FloatInterpreter::output(size_t index) const { return value(graph_.outputs.at(index)); }

std::vector<float> EvaluateConstant(const graph::Graph& graph, const graph::Node& node) {
  std::vector<std::vector<float>> values(graph.tensors.size());
  for (const graph::TensorId id : node.inputs) {
    if (id != graph::kNoTensor) values[static_cast<size_t>(id)] = graph::FloatValues(graph.tensor(id));
  }
  auto& out = values[static_cast<size_t>(node.outputs[0])];
  out.resize(static_cast<size_t>(graph::ElementCount(graph.tensor(node.outputs[0]).shape)));
  RunFloatNode(graph, node, FloatValues(values.begin(), values.end()));
  return std::move(out);
}

}  // namespace linnet::reference
