#include "linnet/quantize/quantize.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "error_table.h"
#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "ranges.h"
#include "weights.h"

namespace linnet::quantize {
namespace {

using graph::DType;
using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::TensorId;

bool IsProduct(OpKind op) {
  return op == OpKind::kConv2D || op == OpKind::kDepthwiseConv2D || op == OpKind::kFullyConnected;
}

Outcome<void> CheckSupported(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    if (node.op == OpKind::kArgMax || node.op == OpKind::kIdentity || node.op == OpKind::kQuantize ||
        node.op == OpKind::kDequantize) {
      return Fail(Status::kUnimplemented,
                  graph::Describe(node) +
                      ": has no int8 arithmetic; run the passes first, or take an earlier layer as the output");
    }
    if (node.op == OpKind::kDiv && !graph.tensor(node.inputs[1]).constant) {
      return Fail(Status::kUnimplemented,
                  graph::Describe(node) + ": only a division by a constant has int8 arithmetic");
    }
    if (IsProduct(node.op) &&
        (!graph.tensor(node.inputs[1]).constant ||
         (node.inputs.size() > 2 && node.inputs[2] != graph::kNoTensor && !graph.tensor(node.inputs[2]).constant))) {
      return Fail(Status::kUnimplemented, graph::Describe(node) + ": weights and bias must be constant");
    }
  }
  for (const TensorId id : graph.outputs) {
    if (graph.tensor(id).constant)
      return Fail(Status::kUnimplemented, "the output '" + graph.tensor(id).name + "' is a constant");
  }
  return {};
}

// a / constant = a * (1 / constant).
void TurnDivisionsIntoProducts(Graph& graph) {
  for (Node& node : graph.nodes) {
    if (node.op != OpKind::kDiv) continue;
    const graph::Tensor& divisor = graph.tensor(node.inputs[1]);
    std::vector<float> inverse = graph::FloatValues(divisor);
    for (float& v : inverse) v = 1.0F / v;
    const std::string name = divisor.name + "/inverse";
    const graph::Shape shape = divisor.shape;
    node.inputs[1] = graph::AddConstant(graph, name, shape, inverse);
    node.op = OpKind::kMul;
  }
}

class Quantizer {
 public:
  Quantizer(const Graph& source, std::vector<Scale> scales)
      : source_(source), graph_(source), scales_(std::move(scales)) {}

  Outcome<Graph> Run() {
    for (size_t i = 0; i < source_.tensors.size(); ++i) {
      if (!source_.tensors[i].constant) SetInt8(static_cast<TensorId>(i));
    }
    for (Node& node : graph_.nodes) {
      if (!IsProduct(node.op)) {
        for (TensorId& id : node.inputs) {
          if (source_.tensor(id).constant) id = ElementConstant(id);
        }
      } else if (auto ok = QuantizeProduct(node); !ok) {
        return std::unexpected(ok.error());
      }
    }
    return std::move(graph_);
  }

 private:
  Scale ScaleOf(TensorId id) const { return scales_[static_cast<size_t>(id)]; }

  void SetInt8(TensorId id) {
    graph::Tensor& tensor = graph_.tensor(id);
    tensor.type = DType::kInt8;
    tensor.quantization = {{ScaleOf(id).scale}, {ScaleOf(id).zero_point}, -1};
  }

  TensorId Append(std::string name, DType type, graph::Shape shape, const void* values,
                  graph::Quantization quantization) {
    graph::Tensor tensor;
    tensor.name = std::move(name);
    tensor.type = type;
    tensor.shape = std::move(shape);
    tensor.constant = true;
    tensor.data.resize(static_cast<size_t>(graph::ElementCount(tensor.shape) * graph::SizeBytes(type)));
    std::memcpy(tensor.data.data(), values, tensor.data.size());
    tensor.quantization = std::move(quantization);
    graph_.tensors.push_back(std::move(tensor));
    return static_cast<TensorId>(graph_.tensors.size() - 1);
  }

  // A constant operand of an element-wise layer.
  TensorId ElementConstant(TensorId id) {
    const graph::Tensor& source = source_.tensor(id);
    const Scale scale = ScaleOf(id);
    std::vector<int8_t> values;
    for (const float v : graph::FloatValues(source))
      values.push_back(graph::QuantizeValue(v, scale.scale, scale.zero_point));
    return Append(source.name, DType::kInt8, source.shape, values.data(), {{scale.scale}, {scale.zero_point}, -1});
  }

  Outcome<void> QuantizeProduct(Node& node) {
    const graph::Tensor& weights = source_.tensor(node.inputs[1]);
    const auto channels = static_cast<size_t>(source_.tensor(node.outputs[0]).shape.back());
    const bool has_bias = node.inputs.size() > 2 && node.inputs[2] != graph::kNoTensor;
    const std::vector<float> bias =
        has_bias ? graph::FloatValues(source_.tensor(node.inputs[2])) : std::vector<float>();
    const float in_scale = ScaleOf(node.inputs[0]).scale;
    auto made = QuantizeWeights(graph::FloatValues(weights), bias, channels, in_scale, ScaleOf(node.outputs[0]).scale);
    if (!made) return Fail(made.error().status, graph::Describe(node) + ": " + made.error().message);
    const std::vector<int32_t> zeros(channels, 0);
    const int axis = node.op == OpKind::kFullyConnected ? 1 : 3;
    node.inputs[1] =
        Append(weights.name, DType::kInt8, weights.shape, made->weights.data(), {made->scales, zeros, axis});
    if (!has_bias) return {};
    std::vector<float> bias_scales;
    for (const float s : made->scales) bias_scales.push_back(in_scale * s);
    node.inputs[2] = Append(source_.tensor(node.inputs[2]).name, DType::kInt32, {static_cast<int64_t>(channels)},
                            made->bias.data(), {bias_scales, zeros, 0});
    return {};
  }

  const Graph& source_;
  Graph graph_;
  std::vector<Scale> scales_;
};

// The float constants that nothing reads any more become nothing; ids stay, so that tensors can be compared by id.
void EmptyUnusedConstants(Graph& graph) {
  const std::vector<int> uses = graph::UseCounts(graph);
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    if (graph.tensors[i].constant && uses[i] == 0)
      graph.tensors[i] = {.name = graph.tensors[i].name,
                          .type = DType::kInt8,
                          .shape = {1},
                          .quantization = {},
                          .constant = true,
                          .data = {0}};
  }
}

// Drops the emptied constants and renumbers.
void Compact(Graph& graph) {
  const std::vector<int> uses = graph::UseCounts(graph);
  std::vector<TensorId> renumbered(graph.tensors.size(), graph::kNoTensor);
  std::vector<graph::Tensor> kept;
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    if (graph.tensors[i].constant && uses[i] == 0) continue;
    renumbered[i] = static_cast<TensorId>(kept.size());
    kept.push_back(std::move(graph.tensors[i]));
  }
  graph.tensors = std::move(kept);
  const auto renumber = [&](std::vector<TensorId>& ids) {
    for (TensorId& id : ids) {
      if (id != graph::kNoTensor) id = renumbered[static_cast<size_t>(id)];
    }
  };
  renumber(graph.inputs);
  renumber(graph.outputs);
  for (Node& node : graph.nodes) renumber(node.inputs), renumber(node.outputs);
}

}  // namespace

Outcome<QuantizedGraph> Quantize(const Graph& source, const Calibration& calibration, const Options& options) {
  if (auto ok = graph::Verify(source); !ok) return std::unexpected(ok.error());
  if (auto ok = CheckSupported(source); !ok) return std::unexpected(ok.error());
  Graph graph = source;
  TurnDivisionsIntoProducts(graph);
  LINNET_ASSIGN(const std::vector<Range> ranges, MeasureRanges(graph, calibration));
  LINNET_ASSIGN(std::vector<Scale> scales, ChooseScales(graph, ranges));
  QuantizedGraph result;
  LINNET_ASSIGN(result.graph, Quantizer(graph, std::move(scales)).Run());
  EmptyUnusedConstants(result.graph);
  LINNET_ASSIGN(result.errors, MeasureErrors(graph, result.graph, ranges, calibration, options.error_inputs));
  Compact(result.graph);
  if (auto ok = graph::Verify(result.graph); !ok)
    return Fail(Status::kInternal, "after quantisation: " + ok.error().message);
  return result;
}

}  // namespace linnet::quantize
