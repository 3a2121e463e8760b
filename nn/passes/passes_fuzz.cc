// Any graph that verifies: the passes leave one that verifies, and an int8 graph that ran answers the same bits.
#include <algorithm>

#include "linnet/base/check.h"
#include "linnet/graph/graph_file.h"
#include "linnet/passes/passes.h"
#include "linnet/reference/int8_interpreter.h"

namespace {

using linnet::graph::DType;
using linnet::graph::Graph;

int64_t TotalElements(const Graph& graph) {
  int64_t total = 0;
  for (const auto& tensor : graph.tensors) total += linnet::graph::ElementCount(tensor.shape);
  return total;
}

bool IsInt8(const Graph& graph) {
  const auto is_int8 = [&](linnet::graph::TensorId id) { return graph.tensor(id).type == DType::kInt8; };
  return std::ranges::all_of(graph.inputs, is_int8) &&
         std::ranges::all_of(graph.nodes, [&](const auto& node) { return is_int8(node.outputs[0]); });
}

std::vector<std::vector<std::byte>> Answers(linnet::reference::Int8Interpreter& network) {
  for (size_t i = 0; i < network.graph().inputs.size(); ++i) {
    std::vector<int8_t> input(
        static_cast<size_t>(linnet::graph::ElementCount(network.graph().tensor(network.graph().inputs[i]).shape)));
    for (size_t j = 0; j < input.size(); ++j) input[j] = static_cast<int8_t>(j * 37 + i);
    network.SetInput(i, std::as_bytes(std::span(input)));
  }
  network.Run();
  std::vector<std::vector<std::byte>> answers;
  for (const auto id : network.graph().outputs) {
    const auto bytes = network.bytes(id);
    answers.emplace_back(bytes.begin(), bytes.end());
  }
  return answers;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace linnet;  // NOLINT
  const auto graph = graph::FromFile({data, size});
  if (!graph || TotalElements(*graph) > 4000 || graph->nodes.size() > 60) return 0;
  Graph after = *graph;
  const auto passed = passes::RunPasses(after, {.off = {"drop-argmax"}});
  LINNET_CHECK(passed.has_value());
  if (!IsInt8(*graph)) return 0;
  auto one = reference::Int8Interpreter::Create(*graph);
  if (!one) return 0;
  auto other = reference::Int8Interpreter::Create(after);
  LINNET_CHECK(other.has_value());
  LINNET_CHECK(Answers(*one) == Answers(*other));
  return 0;
}
