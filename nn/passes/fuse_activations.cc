// An activation that only clamps joins the layer before it. In an int8 graph that is exact where the activation keeps scale and
// zero point: clamping to int8 and then to a part of it is clamping to the part. For the same reason a range that was learned
// before the activation holds behind it; two that differ keep the layers apart.
#include <limits>
#include <optional>

#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "linnet/graph/tflite_arithmetic.h"
#include "linnet/passes/passes.h"
#include "layer_activation.h"
#include "rewrite.h"

namespace linnet::passes {
namespace {

using graph::Activation;
using graph::Graph;
using graph::Node;
using graph::OpKind;

// The activation that a layer of its own is.
std::optional<Activation> AsActivation(const Node& node) {
  if (node.op == OpKind::kRelu) return Activation::kRelu;
  if (node.op == OpKind::kRelu6) return Activation::kRelu6;
  if (node.op != OpKind::kClamp) return std::nullopt;
  const auto& clamp = std::get<graph::ClampAttributes>(node.attributes);
  if (clamp.lo == 0 && clamp.hi == 6) return Activation::kRelu6;
  if (clamp.lo == 0 && clamp.hi >= std::numeric_limits<float>::max()) return Activation::kRelu;
  if (clamp.lo == -1 && clamp.hi == 1) return Activation::kReluN1To1;
  return std::nullopt;
}

// One after the other as one, where there is such a one.
std::optional<Activation> Together(Activation first, Activation second) {
  if (first == Activation::kNone || first == second) return second;
  const bool both_from_zero = first != Activation::kReluN1To1 && second != Activation::kReluN1To1;
  if (both_from_zero) return Activation::kRelu6;  // one of them is
  return std::nullopt;
}

// A clamp of int8 to all of int8, as after a layer whose zero point is -128.
bool ClampsNothing(const Graph& graph, const Node& node, Activation activation) {
  const graph::Tensor& output = graph.tensor(node.outputs[0]);
  if (output.type != graph::DType::kInt8 || output.quantization.scales.size() != 1) return false;
  const auto range_of =
      graph.arithmetic == graph::Arithmetic::kTflite ? graph::tflite::ActivationRangeQuantized : graph::ActivationRange;
  const graph::ClampRange range =
      range_of(activation, output.quantization.scales[0], output.quantization.zero_points[0]);
  return range.lo == -128 && range.hi == 127;
}

bool RangeMovesOn(const Graph& graph, size_t before, size_t output) {
  const graph::Learned& learned = graph.tensors[output].learned;
  return graph.tensors[before].learned.empty() || learned.empty() || learned == graph.tensors[before].learned;
}

}  // namespace

int FuseActivations(Graph& graph) {
  std::vector<bool> dead(graph.nodes.size(), false);
  std::vector<int> producers = graph::Producers(graph);
  std::vector<int> uses = graph::UseCounts(graph);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const std::optional<Activation> after = AsActivation(node);
    const auto before = static_cast<size_t>(node.inputs[0]);
    const auto output = static_cast<size_t>(node.outputs[0]);
    if (!after || !HaveOneScale(graph.tensors[before], graph.tensors[output])) continue;
    if (ClampsNothing(graph, node, *after)) {
      dead[i] = Bypass(graph, node.inputs[0], node.outputs[0]);
      if (dead[i]) uses[before] += uses[output] - 1;
      continue;
    }
    if (producers[before] < 0 || uses[before] != 1) continue;
    Node& layer = graph.nodes[static_cast<size_t>(producers[before])];
    const std::optional<Activation> both = Together(graph::ActivationOf(layer), *after);
    if (!both || !RangeMovesOn(graph, before, output) || !SetActivation(layer, *both)) continue;
    if (!graph.tensors[before].learned.empty()) graph.tensors[output].learned = graph.tensors[before].learned;
    layer.outputs = node.outputs;
    producers[output] = producers[before];  // a second one may follow
    dead[i] = true;
  }
  return EraseNodes(graph, dead);
}

}  // namespace linnet::passes
