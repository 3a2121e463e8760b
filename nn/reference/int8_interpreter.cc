#include "linnet/reference/int8_interpreter.h"

#include <algorithm>
#include <cstring>

#include "int8_layer.h"
#include "linnet/base/check.h"
#include "total_size.h"

namespace linnet::reference {

Int8Interpreter::Int8Interpreter(const graph::Graph& graph) : graph_(graph), values_(graph.tensors.size()) {}
Int8Interpreter::Int8Interpreter(Int8Interpreter&&) noexcept = default;
Int8Interpreter& Int8Interpreter::operator=(Int8Interpreter&&) noexcept = default;
Int8Interpreter::~Int8Interpreter() = default;

Outcome<Int8Interpreter> Int8Interpreter::Create(const graph::Graph& graph) {
  if (auto ok = graph::Verify(graph); !ok) return std::unexpected(ok.error());
  if (graph.inputs.size() != 1 || graph.outputs.size() != 1) {
    return Fail(Status::kUnimplemented, "an int8 graph has exactly one input and one output, this one " +
                                            std::to_string(graph.inputs.size()) + " and " +
                                            std::to_string(graph.outputs.size()));
  }
  if (auto ok = CheckTotalSize(graph); !ok) return std::unexpected(ok.error());
  Int8Interpreter interpreter(graph);
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    const graph::Tensor& tensor = graph.tensors[i];
    if (tensor.type != graph::DType::kInt8) continue;
    interpreter.values_[i].resize(static_cast<size_t>(graph::ElementCount(tensor.shape)));
    if (tensor.constant) std::memcpy(interpreter.values_[i].data(), tensor.data.data(), tensor.data.size());
  }
  for (const graph::Node& node : graph.nodes) {
    if (auto ok = CheckInt8Node(graph, node); !ok) return std::unexpected(ok.error());
    const bool product = node.op == graph::OpKind::kConv2D || node.op == graph::OpKind::kDepthwiseConv2D ||
                         node.op == graph::OpKind::kFullyConnected;
    interpreter.layers_.push_back(product ? MakeProductLayer(graph, node) : MakeElementLayer(graph, node));
  }
  return interpreter;
}

void Int8Interpreter::Run(std::span<const int8_t> input) {
  std::vector<int8_t>& target = values_[static_cast<size_t>(graph_.inputs[0])];
  LINNET_CHECK(input.size() == target.size());
  std::copy(input.begin(), input.end(), target.begin());
  for (const auto& layer : layers_) layer->Run(values_);
}

void Int8Interpreter::RunFloat(std::span<const float> input) {
  const Scale scale = ScaleOf(graph_, graph_.inputs[0]);
  input_.resize(input.size());
  std::transform(input.begin(), input.end(), input_.begin(),
                 [&](float x) { return graph::QuantizeValue(x, scale.scale, scale.zero_point); });
  Run(input_);
}

std::span<const int8_t> Int8Interpreter::output() const { return value(graph_.outputs[0]); }

}  // namespace linnet::reference
