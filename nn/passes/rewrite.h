// Small edits that passes share.
#pragma once

#include <algorithm>

#include "linnet/graph/graph.h"

namespace linnet::passes {

// Every reader of `from`, graph outputs included, reads `to` instead.
inline void ReplaceUses(graph::Graph& graph, graph::TensorId from, graph::TensorId to) {
  for (graph::Node& node : graph.nodes) std::replace(node.inputs.begin(), node.inputs.end(), from, to);
  std::replace(graph.outputs.begin(), graph.outputs.end(), from, to);
}

inline bool IsGraphOutput(const graph::Graph& graph, graph::TensorId id) {
  return std::find(graph.outputs.begin(), graph.outputs.end(), id) != graph.outputs.end();
}

inline bool IsGraphInput(const graph::Graph& graph, graph::TensorId id) {
  return std::find(graph.inputs.begin(), graph.inputs.end(), id) != graph.inputs.end();
}

// Whether equal elements of the two tensors are equal numbers.
inline bool HaveOneScale(const graph::Tensor& a, const graph::Tensor& b) {
  return a.type == b.type && a.quantization.scales == b.quantization.scales &&
         a.quantization.zero_points == b.quantization.zero_points;
}

// Whether `a` can be read in place of its copy `b`: equal elements are equal numbers, and `b` has no learned range of its own.
inline bool MeanTheSame(const graph::Tensor& a, const graph::Tensor& b) {
  return HaveOneScale(a, b) && (b.learned.empty() || a.learned == b.learned);
}

// Readers of `output` read `input` instead, unless that would leave a network of no layers or change what bits mean.
// The node between them is then dead; whether it is. A learned range of the copy becomes that of what it copies.
inline bool Bypass(graph::Graph& graph, graph::TensorId input, graph::TensorId output) {
  graph::Tensor& kept = graph.tensor(input);
  const graph::Tensor& copy = graph.tensor(output);
  const bool takes_range = kept.learned.empty() && !kept.constant;
  if (!(takes_range ? HaveOneScale(kept, copy) : MeanTheSame(kept, copy))) return false;
  if (IsGraphOutput(graph, output) && (IsGraphInput(graph, input) || kept.constant)) return false;
  if (takes_range) kept.learned = copy.learned;
  ReplaceUses(graph, output, input);
  return true;
}

// Removes the nodes whose flag is set; returns how many.
inline int EraseNodes(graph::Graph& graph, const std::vector<bool>& dead) {
  std::vector<graph::Node> kept;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!dead[i]) kept.push_back(std::move(graph.nodes[i]));
  }
  const int erased = static_cast<int>(graph.nodes.size() - kept.size());
  graph.nodes = std::move(kept);
  return erased;
}

}  // namespace linnet::passes
