// Transpositions cost a walk through memory. They sink: past layers that work element by element, pads, slices, reductions and
// concatenations, until two meet and cancel, one finds that it only moves dimensions of extent 1 (a reshape), or one stands
// before a flattening and a fully-connected layer, whose weights then take the order of what was there before.
#include <cstring>

#include "linnet/graph/build.h"
#include "linnet/passes/passes.h"
#include "rewrite.h"
#include "sink_transposes.h"
#include "transposition.h"

namespace linnet::passes {
namespace {

using graph::Graph;
using graph::Node;
using graph::OpKind;

// Whether the other dimensions keep their order.
bool MovesOnlyOnes(const graph::Shape& shape, const Permutation& permutation) {
  int last = -1;
  for (const int d : permutation) {
    if (shape[static_cast<size_t>(d)] == 1) continue;
    if (d < last) return false;
    last = d;
  }
  return true;
}

int TurnIntoReshapes(Graph& graph) {
  int changes = 0;
  for (Node& node : graph.nodes) {
    if (!IsPlainTranspose(graph, node)) continue;
    const Permutation& permutation = PermutationOf(node);
    if (IsIdentity(permutation) || !MovesOnlyOnes(graph.tensor(node.inputs[0]).shape, permutation)) continue;
    node.op = OpKind::kReshape;
    node.attributes = graph::NoAttributes{};
    ++changes;
  }
  return changes;
}

// The weights of a fully-connected layer with their rows in the order of what stood before the transposition.
graph::TensorId ReorderRows(Graph& graph, graph::TensorId weights, const std::vector<size_t>& sources) {
  graph::Tensor reordered = graph.tensor(weights);
  const size_t row = reordered.data.size() / sources.size();
  for (size_t j = 0; j < sources.size(); ++j)
    std::memcpy(&reordered.data[sources[j] * row], &graph.tensor(weights).data[j * row], row);
  graph.tensors.push_back(std::move(reordered));
  return static_cast<graph::TensorId>(graph.tensors.size() - 1);
}

// transpose -> reshape to one row -> fully-connected
bool FoldIntoWeights(Graph& graph, Node& layer, const std::vector<int>& producers, const std::vector<int>& uses) {
  const auto behind = [&](graph::TensorId id, OpKind op) -> Node* {
    if (static_cast<size_t>(id) >= producers.size() || uses[static_cast<size_t>(id)] != 1) return nullptr;
    const int producer = producers[static_cast<size_t>(id)];
    if (producer < 0 || graph.nodes[static_cast<size_t>(producer)].op != op) return nullptr;
    return &graph.nodes[static_cast<size_t>(producer)];
  };
  if (layer.op != OpKind::kFullyConnected || !graph.tensor(layer.inputs[1]).constant) return false;
  Node* flat = behind(layer.inputs[0], OpKind::kReshape);
  if (flat == nullptr || graph.tensor(layer.inputs[0]).shape[0] != 1) return false;
  const Node* transpose = behind(flat->inputs[0], OpKind::kTranspose);
  if (transpose == nullptr || !IsPlainTranspose(graph, *transpose)) return false;
  const std::vector<size_t> sources = SourceOfEach(graph.tensor(transpose->inputs[0]).shape, PermutationOf(*transpose));
  flat->inputs[0] = transpose->inputs[0];
  layer.inputs[1] = ReorderRows(graph, layer.inputs[1], sources);
  return true;
}

}  // namespace

int RemoveTransposes(Graph& graph) {
  int changes = SinkTransposes(graph) + TurnIntoReshapes(graph);
  const std::vector<int> producers = graph::Producers(graph);
  const std::vector<int> uses = graph::UseCounts(graph);
  for (Node& layer : graph.nodes) changes += FoldIntoWeights(graph, layer, producers, uses) ? 1 : 0;
  return changes;
}

}  // namespace linnet::passes
