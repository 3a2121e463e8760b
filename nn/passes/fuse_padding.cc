// A layer that pads rows and columns becomes the padding of the convolution or max-pool behind it. A convolution's padding counts
// as zero (in an int8 graph: as the input's zero point), which is what a Pad of value 0 writes. Padding takes no part in a pool, so
// there the value must be one that can't win against any input. An average pool divides by what it counts: never.
#include <limits>

#include "linnet/graph/build.h"
#include "linnet/graph/shapes.h"
#include "linnet/passes/passes.h"
#include "rewrite.h"

namespace linnet::passes {
namespace {

using graph::Activation;
using graph::Graph;
using graph::Node;
using graph::OpKind;

graph::Window* WindowOf(Node& node) {
  if (node.op == OpKind::kConv2D || node.op == OpKind::kDepthwiseConv2D)
    return &std::get<graph::ConvAttributes>(node.attributes).window;
  if (node.op == OpKind::kMaxPool) return &std::get<graph::PoolAttributes>(node.attributes).window;
  return nullptr;
}

bool PadsRowsAndColumnsOnly(const Node& pad) {
  const auto& amounts = std::get<graph::PadAttributes>(pad.attributes).amounts;
  const std::pair<int, int> none{0, 0};
  return amounts.size() == 4 && amounts[0] == none && amounts[3] == none;
}

// Whether no element of what is padded can be below the padding's value.
bool CantWin(const Graph& graph, const Node& pad, const std::vector<int>& producers) {
  const float value = std::get<graph::PadAttributes>(pad.attributes).value;
  if (value <= std::numeric_limits<float>::lowest()) return true;
  const graph::Tensor& input = graph.tensor(pad.inputs[0]);
  if (value != 0) return false;
  if (input.type == graph::DType::kInt8) return input.quantization.zero_points.at(0) == -128;
  const int producer = producers[static_cast<size_t>(pad.inputs[0])];
  if (producer < 0) return false;
  const Node& layer = graph.nodes[static_cast<size_t>(producer)];
  const Activation activation = graph::ActivationOf(layer);
  return activation == Activation::kRelu || activation == Activation::kRelu6 || layer.op == OpKind::kRelu ||
         layer.op == OpKind::kRelu6 || layer.op == OpKind::kSigmoid || layer.op == OpKind::kSoftmax;
}

// Whether every stop of a pool still covers an element that is there.
bool EveryStopCovers(const Graph& graph, const Node& pool, const graph::Window& w, const graph::Shape& in) {
  const graph::Shape& out = graph.tensor(pool.outputs[0]).shape;
  const auto covers = [](int64_t stops, int stride, int kernel, int before, int64_t extent) {
    return before < kernel && (stops - 1) * stride - before < extent;
  };
  return covers(out[1], w.stride_h, w.kernel_h, w.pad_top, in[1]) &&
         covers(out[2], w.stride_w, w.kernel_w, w.pad_left, in[2]);
}

graph::Window Widened(graph::Window window, const Node& pad) {
  const auto& amounts = std::get<graph::PadAttributes>(pad.attributes).amounts;
  window.padding = graph::Padding::kExplicit;
  window.pad_top += amounts[1].first;
  window.pad_bottom += amounts[1].second;
  window.pad_left += amounts[2].first;
  window.pad_right += amounts[2].second;
  return window;
}

// Two paddings of the same value, one behind the other, are one.
bool JoinPads(Graph& graph, const Node& first, Node& second) {
  const auto& inner = std::get<graph::PadAttributes>(first.attributes);
  auto& outer = std::get<graph::PadAttributes>(second.attributes);
  if (inner.value != outer.value || !MeanTheSame(graph.tensor(first.outputs[0]), graph.tensor(second.outputs[0])))
    return false;
  for (size_t d = 0; d < outer.amounts.size(); ++d) {
    outer.amounts[d].first += inner.amounts[d].first;
    outer.amounts[d].second += inner.amounts[d].second;
  }
  second.inputs[0] = first.inputs[0];
  return true;
}

bool FuseInto(Graph& graph, const Node& pad, Node& layer, const std::vector<int>& producers) {
  if (!MeanTheSame(graph.tensor(pad.inputs[0]), graph.tensor(pad.outputs[0]))) return false;
  if (layer.op == OpKind::kPad) return JoinPads(graph, pad, layer);
  graph::Window* window = WindowOf(layer);
  if (window == nullptr || layer.inputs[0] != pad.outputs[0] || !PadsRowsAndColumnsOnly(pad)) return false;
  const graph::Window widened = Widened(*window, pad);
  if (layer.op == OpKind::kMaxPool) {
    // What the pool's own padding hid, a Pad before it still shows.
    if (!CantWin(graph, pad, producers) || !EveryStopCovers(graph, layer, widened, graph.tensor(pad.inputs[0]).shape))
      return false;
  } else if (std::get<graph::PadAttributes>(pad.attributes).value != 0) {
    return false;
  }
  *window = widened;
  layer.inputs[0] = pad.inputs[0];
  return true;
}

}  // namespace

int FusePadding(Graph& graph) {
  const std::vector<int> producers = graph::Producers(graph);
  int changes = 0;
  for (Node& layer : graph.nodes) {  // a Pad that nobody reads any more, dead code removal takes
    for (bool again = true; again;) {
      const int producer = producers[static_cast<size_t>(layer.inputs[0])];
      again = producer >= 0 && graph.nodes[static_cast<size_t>(producer)].op == OpKind::kPad &&
              FuseInto(graph, graph.nodes[static_cast<size_t>(producer)], layer, producers);
      changes += again ? 1 : 0;
    }
  }
  return changes;
}

}  // namespace linnet::passes
