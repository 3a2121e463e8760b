#include <algorithm>
#include <numeric>

#include "linnet/plan/plan.h"

namespace linnet::plan {
namespace {

using graph::Graph;
using graph::TensorId;

// Tensors that share memory form a group, named by its first member.
class Groups {
 public:
  explicit Groups(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), TensorId{0}); }
  TensorId Find(TensorId id) const {
    while (parent_[static_cast<size_t>(id)] != id) id = parent_[static_cast<size_t>(id)];
    return id;
  }
  void Join(TensorId a, TensorId b) { parent_[static_cast<size_t>(Find(b))] = Find(a); }

 private:
  std::vector<TensorId> parent_;
};

// From the node that writes a group first to the node that reads it last.
struct Lifetime {
  int first = -1;
  int last = -1;
};

std::vector<int> LastReaders(const Graph& graph) {
  std::vector<int> last(graph.tensors.size(), -1);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const TensorId id : graph.nodes[n].inputs) {
      if (id != graph::kNoTensor) last[static_cast<size_t>(id)] = static_cast<int>(n);
    }
  }
  for (const TensorId id : graph.outputs) last[static_cast<size_t>(id)] = static_cast<int>(graph.nodes.size());
  return last;
}

size_t SizeOf(const graph::Tensor& tensor) {
  return static_cast<size_t>(graph::ElementCount(tensor.shape)) * static_cast<size_t>(graph::SizeBytes(tensor.type));
}

}  // namespace

bool WorksInPlace(graph::OpKind op) {
  using enum graph::OpKind;
  return op == kRelu || op == kRelu6 || op == kSigmoid || op == kTanh || op == kReshape || op == kIdentity ||
         op == kSoftmax || op == kAdd || op == kSub || op == kMul;
}

Outcome<Plan> PlanArena(const Graph& graph, std::span<const size_t> scratch_bytes) {
  if (graph.inputs.size() != 1 || graph.outputs.size() != 1) {
    return Fail(Status::kInvalidArgument, "the network has " + std::to_string(graph.inputs.size()) + " inputs and " +
                                              std::to_string(graph.outputs.size()) +
                                              " outputs; one of each is supported");
  }
  const TensorId input = graph.inputs[0];
  const TensorId output = graph.outputs[0];
  const auto at = [](TensorId id) { return static_cast<size_t>(id); };
  for (const auto& tensor : graph.tensors) {
    if (!tensor.constant && graph::ElementCount(tensor.shape) <= 0) {
      return Fail(Status::kInvalidArgument,
                  "tensor " + tensor.name + ": its size is not known; give the input a fixed shape");
    }
  }

  // A node works in its input's memory when it is the last reader of every tensor there. The caller's input is never
  // written; the caller's output takes the place of its whole group.
  const std::vector<int> last_reader = LastReaders(graph);
  Groups groups(graph.tensors.size());
  std::vector<int> group_end = last_reader;  // by group: its last reader
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const auto& node = graph.nodes[n];
    if (!WorksInPlace(node.op) || node.inputs.empty() || node.outputs.size() != 1) continue;
    const TensorId from = node.inputs[0];
    const TensorId to = node.outputs[0];
    if (graph.tensor(from).constant || SizeOf(graph.tensor(from)) != SizeOf(graph.tensor(to))) continue;
    const TensorId group = groups.Find(from);
    const bool takes_callers_input = group == groups.Find(input);
    const bool reads_only = node.op == graph::OpKind::kReshape || node.op == graph::OpKind::kIdentity;
    if (takes_callers_input && (!reads_only || to == output)) continue;
    if (!reads_only && group_end[at(group)] > static_cast<int>(n)) continue;
    groups.Join(group, to);
    group_end[at(group)] = std::max(group_end[at(group)], last_reader[at(to)]);
  }

  Plan plan;
  plan.tensors.resize(graph.tensors.size());
  plan.scratch.resize(graph.nodes.size());
  plan.live_bytes.resize(graph.nodes.size());

  std::vector<Lifetime> lifetimes(graph.tensors.size());
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const TensorId id : graph.nodes[n].outputs) {
      Lifetime& life = lifetimes[at(groups.Find(id))];
      if (life.first < 0) life.first = static_cast<int>(n);
      life.last = std::max({life.last, static_cast<int>(n), last_reader[at(id)]});
    }
  }

  std::vector<Block> blocks;
  std::vector<Place*> places;
  std::vector<Place> by_group(graph.tensors.size());
  for (size_t g = 0; g < graph.tensors.size(); ++g) {
    const auto id = static_cast<TensorId>(g);
    if (groups.Find(id) != id) continue;
    if (graph.tensors[g].constant) {
      by_group[g].home = Home::kFlash;
    } else if (groups.Find(input) == id) {
      by_group[g].home = Home::kInput;
    } else if (groups.Find(output) == id) {
      by_group[g].home = Home::kOutput;
    } else if (lifetimes[g].first >= 0) {
      by_group[g].home = Home::kArena;
      blocks.push_back({SizeOf(graph.tensors[g]), lifetimes[g].first, lifetimes[g].last});
      places.push_back(&by_group[g]);
    }
  }
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    if (scratch_bytes[n] == 0) continue;
    plan.scratch[n].home = Home::kArena;
    blocks.push_back({scratch_bytes[n], static_cast<int>(n), static_cast<int>(n)});
    places.push_back(&plan.scratch[n]);
  }

  const Layout layout = PlaceBlocks(blocks);
  for (size_t i = 0; i < blocks.size(); ++i) places[i]->offset_bytes = layout.offsets[i];
  for (size_t t = 0; t < graph.tensors.size(); ++t)
    plan.tensors[t] = by_group[at(groups.Find(static_cast<TensorId>(t)))];
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const Block& b : blocks) {
      if (b.first <= static_cast<int>(n) && static_cast<int>(n) <= b.last) plan.live_bytes[n] += b.bytes;
    }
  }
  if (plan.tensors[at(output)].home != Home::kOutput) {
    return Fail(Status::kInvalidArgument,
                "the network's output '" + graph.tensor(output).name + "' is made by no layer");
  }
  plan.arena_bytes = (layout.peak_bytes + 7) / 8 * 8;
  return plan;
}

}  // namespace linnet::plan
