#include "sharing.h"

#include <algorithm>

namespace linnet::plan {

using graph::Graph;
using graph::TensorId;

namespace {

size_t SizeOf(const graph::Tensor& tensor) {
  return static_cast<size_t>(graph::ElementCount(tensor.shape)) * static_cast<size_t>(graph::SizeBytes(tensor.type));
}

std::unexpected<Error> Wrong(const graph::Tensor& tensor, const std::string& what) {
  return Fail(Status::kInvalidArgument, "tensor '" + tensor.name + "': " + what);
}

}  // namespace

Outcome<Lifetimes> FindLifetimes(const Graph& graph, std::span<const LayerUse> layers, std::span<const size_t> order) {
  Lifetimes lives(graph.tensors.size());
  const auto life = [&lives](TensorId id) -> std::optional<Lifetime>& { return lives.at(static_cast<size_t>(id)); };
  const auto make = [&](TensorId id, int step, int maker) -> Outcome<void> {
    const graph::Tensor& tensor = graph.tensor(id);
    if (graph::ElementCount(tensor.shape) <= 0)
      return Wrong(tensor, "its size is not known; give the input a fixed shape");
    const size_t element = static_cast<size_t>(graph::SizeBytes(tensor.type));
    life(id) = Lifetime{SizeOf(tensor), std::max(element, kAlignmentBytes), step, step, maker};
    return {};
  };
  for (const TensorId id : graph.inputs) {
    if (auto made = make(id, -1, -1); !made) return std::unexpected(made.error());
  }
  for (size_t step = 0; step < order.size(); ++step) {
    const LayerUse& layer = layers[order[step]];
    for (const TensorId id : layer.operands) {
      if (graph.tensor(id).constant) continue;
      if (!life(id)) return Wrong(graph.tensor(id), "nothing makes it before layer '" + layer.name + "' reads it");
      life(id)->last = static_cast<int>(step);
    }
    if (auto made = make(layer.output, static_cast<int>(step), static_cast<int>(step)); !made)
      return std::unexpected(made.error());
  }
  for (const TensorId id : graph.outputs) {
    if (!life(id)) return Wrong(graph.tensor(id), "the network's output is made by no layer");
    life(id)->last = static_cast<int>(order.size());
  }
  return lives;
}

std::vector<Sharable> FindSharables(const Graph& graph, std::span<const LayerUse> layers, const Lifetimes& lifetimes) {
  std::vector<Sharable> views, in_place, parts;
  const auto lives = [&](TensorId id) { return !graph.tensor(id).constant && lifetimes[static_cast<size_t>(id)]; };
  for (const LayerUse& layer : layers) {
    if (layer.view && lives(layer.operands[0])) {
      views.push_back({layer.operands[0], layer.output, static_cast<int64_t>(layer.view_offset_bytes), true});
    }
    for (const InPlace& over : layer.in_place) {
      const TensorId id = layer.operands[over.operand];
      if (lives(id)) in_place.push_back({id, layer.output, -static_cast<int64_t>(over.lead_bytes), false});
    }
    for (size_t i = 0; i < layer.part_offsets_bytes.size(); ++i) {
      if (lives(layer.operands[i]))
        parts.push_back({layer.operands[i], layer.output, -static_cast<int64_t>(layer.part_offsets_bytes[i]), true});
    }
  }
  views.insert(views.end(), in_place.begin(), in_place.end());
  views.insert(views.end(), parts.begin(), parts.end());
  return views;
}

}  // namespace linnet::plan
