#include "linnet/passes/passes.h"
#include "rewrite.h"

namespace linnet::passes {
namespace {

// Drops the tensors nothing names and renumbers the rest. Graph inputs stay: they are the caller's.
int DropTensors(graph::Graph& graph) {
  std::vector<bool> used(graph.tensors.size(), false);
  const auto use = [&](const std::vector<graph::TensorId>& ids) {
    for (const graph::TensorId id : ids) {
      if (id != graph::kNoTensor) used[static_cast<size_t>(id)] = true;
    }
  };
  use(graph.inputs);
  use(graph.outputs);
  for (const graph::Node& node : graph.nodes) use(node.inputs), use(node.outputs);

  std::vector<graph::TensorId> renumbered(graph.tensors.size(), graph::kNoTensor);
  std::vector<graph::Tensor> kept;
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    if (!used[i]) continue;
    renumbered[i] = static_cast<graph::TensorId>(kept.size());
    kept.push_back(std::move(graph.tensors[i]));
  }
  const int dropped = static_cast<int>(graph.tensors.size() - kept.size());
  graph.tensors = std::move(kept);
  const auto renumber = [&](std::vector<graph::TensorId>& ids) {
    for (graph::TensorId& id : ids) {
      if (id != graph::kNoTensor) id = renumbered[static_cast<size_t>(id)];
    }
  };
  renumber(graph.inputs);
  renumber(graph.outputs);
  for (graph::Node& node : graph.nodes) renumber(node.inputs), renumber(node.outputs);
  return dropped;
}

}  // namespace

int RemoveDeadCode(graph::Graph& graph) {
  std::vector<bool> needed(graph.tensors.size(), false);
  for (const graph::TensorId id : graph.outputs) needed[static_cast<size_t>(id)] = true;
  std::vector<bool> dead(graph.nodes.size(), false);
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    const graph::Node& node = graph.nodes[i];
    dead[i] = !needed[static_cast<size_t>(node.outputs[0])];
    if (dead[i]) continue;
    for (const graph::TensorId id : node.inputs) {
      if (id != graph::kNoTensor) needed[static_cast<size_t>(id)] = true;
    }
  }
  const int erased = EraseNodes(graph, dead);
  return erased + DropTensors(graph);
}

}  // namespace linnet::passes
