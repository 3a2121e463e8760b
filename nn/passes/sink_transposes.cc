#include "sink_transposes.h"

#include <algorithm>
#include <optional>

#include "linnet/base/check.h"
#include "linnet/graph/build.h"
#include "linnet/graph/shapes.h"
#include "rewrite.h"

namespace linnet::passes {
namespace {

using graph::Graph;
using graph::kNoTensor;
using graph::Node;
using graph::OpKind;
using graph::TensorId;

bool IsBinary(OpKind op) {
  return op == OpKind::kAdd || op == OpKind::kSub || op == OpKind::kMul || op == OpKind::kDiv ||
         op == OpKind::kMaximum || op == OpKind::kMinimum;
}

bool IsElementwise(OpKind op) {
  switch (op) {
    case OpKind::kRelu:
    case OpKind::kRelu6:
    case OpKind::kClamp:
    case OpKind::kLeakyRelu:
    case OpKind::kHardSwish:
    case OpKind::kSigmoid:
    case OpKind::kTanh:
    case OpKind::kQuantize:  // float to int8: a fourth of the bytes to move afterwards
    case OpKind::kIdentity: return true;
    default: return IsBinary(op);
  }
}

// The layer as it is without the transposition before it, and the transposition that then comes after it.
struct Sunk {
  Node layer;
  Permutation permutation;
};

template <typename Values>
Values Unpermute(const Values& values, const Permutation& permutation) {
  Values result(values.size());
  for (size_t i = 0; i < values.size(); ++i) result[static_cast<size_t>(permutation[i])] = values[i];
  return result;
}

// The order that the dimensions left by a reduction come in.
Permutation Remaining(const Permutation& permutation, const std::vector<int>& reduced) {
  std::vector<int> left;
  for (size_t d = 0; d < permutation.size(); ++d) {
    if (std::ranges::find(reduced, static_cast<int>(d)) == reduced.end()) left.push_back(permutation[d]);
  }
  std::vector<int> sorted = left;
  std::ranges::sort(sorted);
  for (int& d : left) d = static_cast<int>(std::ranges::lower_bound(sorted, d) - sorted.begin());
  return left;
}

// With attributes for the dimensions as they were before `permutation`; nothing if the layer needs the transposition.
std::optional<Sunk> WithoutTransposition(const Node& node, const Permutation& permutation) {
  Sunk sunk{node, permutation};
  if (IsElementwise(node.op)) return sunk;
  if (node.op == OpKind::kSoftmax || node.op == OpKind::kLogSoftmax) {
    if (permutation.empty() || permutation.back() != static_cast<int>(permutation.size()) - 1) return std::nullopt;
    return sunk;
  }
  if (auto* concat = std::get_if<graph::ConcatAttributes>(&sunk.layer.attributes)) {
    concat->axis = permutation[static_cast<size_t>(concat->axis)];
    return sunk;
  }
  if (auto* slice = std::get_if<graph::SliceAttributes>(&sunk.layer.attributes)) {
    slice->ranges = Unpermute(slice->ranges, permutation);
    return sunk;
  }
  if (auto* pad = std::get_if<graph::PadAttributes>(&sunk.layer.attributes)) {
    pad->amounts = Unpermute(pad->amounts, permutation);
    return sunk;
  }
  if (node.op == OpKind::kMean || node.op == OpKind::kSum) {
    auto& reduce = std::get<graph::ReduceAttributes>(sunk.layer.attributes);
    if (!reduce.keep_dims) sunk.permutation = Remaining(permutation, reduce.axes);
    for (int& axis : reduce.axes) axis = permutation[static_cast<size_t>(axis)];
    std::ranges::sort(reduce.axes);
    return sunk;
  }
  return std::nullopt;
}

class Sinker {
 public:
  explicit Sinker(Graph& graph) : graph_(graph), producers_(graph::Producers(graph)), uses_(graph::UseCounts(graph)) {}

  // Moves the transposition before node `i` behind it, if it can be done.
  bool Sink(size_t i) {
    const Node node = graph_.nodes[i];
    if (IsPlainTranspose(graph_, node)) return Join(i);
    int slot = -1;  // of the last transposition before the node: all that the node reads is there by then
    std::optional<Permutation> permutation;
    for (const TensorId id : node.inputs) {
      const int at = TransposeBefore(id);
      if (at < 0) {
        if (!IsMovableConstant(node, id)) return false;
        continue;
      }
      const Permutation& this_one = PermutationOf(graph_.nodes[static_cast<size_t>(at)]);
      if (permutation && *permutation != this_one) return false;
      permutation = this_one;
      slot = std::max(slot, at);
    }
    if (!permutation || !ConstantsFit(node, permutation->size())) return false;
    auto sunk = WithoutTransposition(node, *permutation);
    if (!sunk) return false;
    Exchange(i, static_cast<size_t>(slot), *permutation, std::move(*sunk));
    return true;
  }

 private:
  // The transposition that makes `id` for one reader only, -1 if there is none.
  int TransposeBefore(TensorId id) const {
    if (id == kNoTensor || uses_[static_cast<size_t>(id)] != 1) return -1;
    const int producer = producers_[static_cast<size_t>(id)];
    return producer >= 0 && IsPlainTranspose(graph_, graph_.nodes[static_cast<size_t>(producer)]) ? producer : -1;
  }

  // A transposition behind another is one; two that cancel are none, and the one that is left is dead.
  bool Join(size_t i) {
    Node& node = graph_.nodes[i];
    auto& permutation = std::get<graph::TransposeAttributes>(node.attributes).permutation;
    const int producer = producers_[static_cast<size_t>(node.inputs[0])];
    const bool behind = producer >= 0 && IsPlainTranspose(graph_, graph_.nodes[static_cast<size_t>(producer)]);
    if (behind) {
      const Node& before = graph_.nodes[static_cast<size_t>(producer)];
      permutation = Compose(PermutationOf(before), permutation);
      node.inputs[0] = before.inputs[0];
    }
    const bool cancel = IsIdentity(permutation) && uses_[static_cast<size_t>(node.outputs[0])] > 0 &&
                        Bypass(graph_, node.inputs[0], node.outputs[0]);
    if (behind || cancel) uses_ = graph::UseCounts(graph_);
    return behind || cancel;
  }

  bool IsMovableConstant(const Node& node, TensorId id) const {
    return IsBinary(node.op) && id != kNoTensor && graph_.tensor(id).constant &&
           graph_.tensor(id).quantization.scales.size() <= 1;
  }

  bool ConstantsFit(const Node& node, size_t rank) const {
    return std::ranges::all_of(node.inputs, [&](TensorId id) {
      return !graph_.tensor(id).constant || graph_.tensor(id).shape.size() <= rank;
    });
  }

  // A constant operand in the order of dimensions before `permutation`.
  TensorId Unpermuted(TensorId id, const Permutation& permutation) {
    graph::Tensor constant = graph_.tensor(id);
    if (graph::ElementCount(constant.shape) == 1) return id;
    constant.shape.insert(constant.shape.begin(), permutation.size() - constant.shape.size(), 1);
    graph_.tensors.push_back(Permute(constant, Inverse(permutation)));
    producers_.push_back(-1);
    uses_.push_back(1);
    return static_cast<TensorId>(graph_.tensors.size() - 1);
  }

  // The layer takes the transposition's place, a transposition the layer's.
  void Exchange(size_t i, size_t slot, const Permutation& permutation, Sunk sunk) {
    const TensorId between = graph_.nodes[slot].outputs[0];
    const TensorId output = graph_.nodes[i].outputs[0];
    const std::string transpose_name = graph_.nodes[slot].name;
    for (TensorId& id : sunk.layer.inputs) {
      const int at = TransposeBefore(id);
      id = at >= 0 ? graph_.nodes[static_cast<size_t>(at)].inputs[0] : Unpermuted(id, permutation);
    }
    if (IsIdentity(sunk.permutation)) {  // a reduction took the dimensions that had moved
      graph_.nodes[i] = std::move(sunk.layer);
      uses_ = graph::UseCounts(graph_);
      return;
    }
    sunk.layer.outputs = {between};
    graph::Tensor& made = graph_.tensor(between);
    made.type = graph_.tensor(output).type;
    made.quantization = graph_.tensor(output).quantization;
    made.learned = graph_.tensor(output).learned;
    made.name = sunk.layer.name + "/untransposed";
    made.shape = Permute(graph_.tensor(output).shape, Inverse(sunk.permutation));
    graph_.nodes[slot] = std::move(sunk.layer);
    graph_.nodes[i] = {OpKind::kTranspose,
                       transpose_name,
                       {between},
                       {output},
                       graph::TransposeAttributes{std::move(sunk.permutation)}};
    producers_ = graph::Producers(graph_);
    uses_ = graph::UseCounts(graph_);
  }

  Graph& graph_;
  std::vector<int> producers_, uses_;
};

}  // namespace

bool IsPlainTranspose(const Graph& graph, const Node& node) {
  return node.op == OpKind::kTranspose && MeanTheSame(graph.tensor(node.inputs[0]), graph.tensor(node.outputs[0]));
}

const Permutation& PermutationOf(const Node& transpose) {
  return std::get<graph::TransposeAttributes>(transpose.attributes).permutation;
}

int SinkTransposes(Graph& graph) {
  Sinker sinker(graph);
  int changes = 0;
  for (size_t i = 0; i < graph.nodes.size(); ++i) changes += sinker.Sink(i) ? 1 : 0;
  return changes;
}

}  // namespace linnet::passes
