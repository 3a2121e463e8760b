#include "linnet/quantize/quantize.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "error_table.h"
#include "float_islands.h"
#include "linnet/graph/build.h"
#include "linnet/graph/fixed_point.h"
#include "scales.h"
#include "weights.h"

namespace linnet::quantize {
namespace {

using graph::DType;
using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::TensorId;

bool IsProduct(OpKind op) {
  return op == OpKind::kConv2D || op == OpKind::kDepthwiseConv2D || op == OpKind::kFullyConnected ||
         op == OpKind::kTransposeConv;
}

Outcome<void> CheckNode(const Graph& graph, const Node& node) {
  switch (node.op) {
    case OpKind::kLstm:
    case OpKind::kSvdf:
    case OpKind::kQuantize:
    case OpKind::kDequantize:
      return Fail(
          Status::kUnimplemented,
          graph::Describe(node) +
              ": a float network can't hold it; compile the int8 model that it belongs to, or leave the layer out");
    default: break;
  }
  if (IsProduct(node.op) &&
      (!graph.tensor(node.inputs[1]).constant ||
       (node.inputs.size() > 2 && node.inputs[2] != graph::kNoTensor && !graph.tensor(node.inputs[2]).constant))) {
    return Fail(Status::kUnimplemented, graph::Describe(node) + ": weights and bias must be constant");
  }
  for (const TensorId id : node.inputs) {
    if (id != graph::kNoTensor && graph.tensor(id).type != DType::kFloat32) {
      return Fail(Status::kUnimplemented, graph::Describe(node) + ": reads '" + graph.tensor(id).name + "', which is " +
                                              std::string(graph::Name(graph.tensor(id).type)) +
                                              "; float networks are quantised, so take an earlier layer as the output");
    }
  }
  return {};
}

Outcome<void> CheckSupported(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    if (auto ok = CheckNode(graph, node); !ok) return ok;
  }
  for (const TensorId id : graph.inputs) {
    if (graph.tensor(id).type == DType::kFloat32) continue;
    return Fail(Status::kUnimplemented, "the input '" + graph.tensor(id).name + "' is " +
                                            std::string(graph::Name(graph.tensor(id).type)) + ", not float32");
  }
  for (const TensorId id : graph.outputs) {
    if (graph.tensor(id).constant)
      return Fail(Status::kUnimplemented, "the output '" + graph.tensor(id).name + "' is a constant");
  }
  return {};
}

// What inputs and layers hold: the float values that become int8.
std::vector<TensorId> Values(const Graph& graph) {
  std::vector<TensorId> values = graph.inputs;
  for (const Node& node : graph.nodes) {
    if (graph.tensor(node.outputs[0]).type == DType::kFloat32) values.push_back(node.outputs[0]);
  }
  return values;
}

// a / constant = a * (1 / constant).
void TurnDivisionsIntoProducts(Graph& graph) {
  for (Node& node : graph.nodes) {
    if (node.op != OpKind::kDiv || !graph.tensor(node.inputs[1]).constant) continue;
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
  Quantizer(const Graph& source, const std::vector<Scale>& scales, const WeightChoice& choice)
      : source_(source), graph_(source), scales_(scales), choice_(choice) {
    for (graph::Tensor& tensor : graph_.tensors) tensor.learned = {};
  }

  // Layers, by their output, whose weights are on learned steps.
  const std::set<TensorId>& learned_weights() const { return learned_weights_; }

  Outcome<Graph> Run(graph::Arithmetic arithmetic) {
    graph_.arithmetic = arithmetic;
    for (size_t i = 0; i < source_.tensors.size(); ++i) {
      if (!source_.tensors[i].constant && source_.tensors[i].type == DType::kFloat32) SetInt8(static_cast<TensorId>(i));
    }
    std::vector<bool> in_float;
    for (Node& node : graph_.nodes) {
      in_float.push_back(StaysFloat(source_, node, arithmetic));
      if (in_float.back()) continue;
      if (!IsProduct(node.op)) {
        for (TensorId& id : node.inputs) {
          if (source_.tensor(id).constant) id = ElementConstant(id);
        }
      } else if (auto ok = QuantizeProduct(node); !ok) {
        return std::unexpected(ok.error());
      }
    }
    WrapInFloat(graph_, in_float);
    BringToOneScale();
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

  // A Quantize before each operand that has another scale than the layer's answer, where the layer moves numbers as they are.
  void BringToOneScale() {
    std::vector<Node> nodes;
    for (Node& node : graph_.nodes) {
      if (SharesScale(node.op) && graph_.tensor(node.outputs[0]).type == DType::kInt8) {
        for (TensorId& id : node.inputs) {
          const graph::Quantization& wanted = graph_.tensor(node.outputs[0]).quantization;
          const graph::Quantization& found = graph_.tensor(id).quantization;
          if (found.scales == wanted.scales && found.zero_points == wanted.zero_points) continue;
          graph::Tensor rescaled;
          rescaled.name = graph_.tensor(id).name + "/rescaled";
          rescaled.type = DType::kInt8;
          rescaled.shape = graph_.tensor(id).shape;
          rescaled.quantization = wanted;
          graph_.tensors.push_back(std::move(rescaled));
          const auto made = static_cast<TensorId>(graph_.tensors.size() - 1);
          nodes.push_back({OpKind::kQuantize, node.name + "/rescale", {id}, {made}, graph::NoAttributes{}});
          id = made;
        }
      }
      nodes.push_back(std::move(node));
    }
    graph_.nodes = std::move(nodes);
  }

  Outcome<void> QuantizeProduct(Node& node) {
    const graph::Tensor& weights = source_.tensor(node.inputs[1]);
    const auto channels = static_cast<size_t>(source_.tensor(node.outputs[0]).shape.back());
    const bool has_bias = node.inputs.size() > 2 && node.inputs[2] != graph::kNoTensor;
    const std::vector<float> bias =
        has_bias ? graph::FloatValues(source_.tensor(node.inputs[2])) : std::vector<float>();
    const float in_scale = ScaleOf(node.inputs[0]).scale;
    const bool int4 = choice_.IsInt4(node.name);
    const graph::Learned learned = int4 && weights.learned.bits > 4 ? graph::Learned{} : weights.learned;
    auto made = QuantizeWeights(graph::FloatValues(weights), bias, channels, in_scale, ScaleOf(node.outputs[0]).scale,
                                int4 ? 4 : 8, learned);
    if (!made) return Fail(made.error().status, graph::Describe(node) + ": " + made.error().message);
    const std::vector<int32_t> zeros(channels, 0);
    const int axis = node.op == OpKind::kFullyConnected ? 1 : 3;
    if (made->learned) learned_weights_.insert(node.outputs[0]);
    node.inputs[1] = Append(weights.name, DType::kInt8, weights.shape, made->weights.data(),
                            {made->scales, zeros, axis, made->bits});
    if (!has_bias) return {};
    std::vector<float> bias_scales;
    for (const float s : made->scales) bias_scales.push_back(in_scale * s);
    node.inputs[2] = Append(source_.tensor(node.inputs[2]).name, DType::kInt32, {static_cast<int64_t>(channels)},
                            made->bias.data(), {bias_scales, zeros, 0});
    return {};
  }

  const Graph& source_;
  Graph graph_;
  const std::vector<Scale>& scales_;
  const WeightChoice& choice_;
  std::set<TensorId> learned_weights_;
};

Outcome<void> CheckEnough(const Graph& graph, const Calibration& calibration) {
  if (!calibration.inputs.empty()) return {};
  const std::vector<std::optional<Scale>> known = KnownScales(graph);
  for (const TensorId id : Values(graph)) {
    if (known[static_cast<size_t>(id)]) continue;
    return Fail(Status::kInvalidArgument, "no calibration inputs: the range of '" + graph.tensor(id).name +
                                              "' can't be known, and training learned none");
  }
  return {};
}

// The whole of what the scales reach, where calibration didn't choose them.
void TakeKnownRanges(const Graph& graph, const std::vector<Scale>& scales, std::vector<Range>& ranges) {
  const std::vector<std::optional<Scale>> known = KnownScales(graph);
  for (size_t i = 0; i < scales.size(); ++i) {
    if (!known[i]) continue;
    ranges[i] = {scales[i].scale * static_cast<float>(-128 - scales[i].zero_point),
                 scales[i].scale * static_cast<float>(127 - scales[i].zero_point)};
  }
}

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

// In the error table: where each layer's numbers come from. REQUIRES: ids of `real` are those of the quantised graph.
void SaySources(const Graph& real, const std::set<TensorId>& learned_weights, QuantizedGraph& quantized) {
  const std::vector<std::optional<Scale>> known = KnownScales(real);
  size_t row = 0;
  for (const Node& node : real.nodes) {
    const TensorId out = node.outputs[0];
    if (quantized.graph.tensor(out).type != DType::kInt8) continue;
    LayerError& error = quantized.errors[row++];
    const auto& scale = known[static_cast<size_t>(out)];
    if (scale) error.range_source = scale->learned ? RangeSource::kLearned : RangeSource::kOperator;
    error.learned_weights = learned_weights.contains(out);
  }
}

}  // namespace

RangeSources CountRanges(const Graph& graph) {
  RangeSources count;
  const std::vector<std::optional<Scale>> known = KnownScales(graph);
  for (const TensorId id : Values(graph)) {
    const auto& scale = known[static_cast<size_t>(id)];
    ++(!scale ? count.calibrated : scale->learned ? count.learned : count.fixed);
  }
  return count;
}

Outcome<QuantizedGraph> Quantize(const Graph& source, const Calibration& calibration, const Options& options) {
  if (auto ok = graph::Verify(source); !ok) return std::unexpected(ok.error());
  if (auto ok = CheckSupported(source); !ok) return std::unexpected(ok.error());
  if (auto ok = CheckWeightChoice(options.weights, source); !ok) return std::unexpected(ok.error());
  Graph graph = source;
  TurnDivisionsIntoProducts(graph);
  if (auto ok = CheckEnough(graph, calibration); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const std::vector<Range> measured, MeasureRanges(graph, calibration));
  LINNET_ASSIGN(std::vector<Range> ranges, ChooseRanges(graph, calibration, measured, options.range));
  const std::vector<Scale> scales = ChooseScales(graph, ranges);
  TakeKnownRanges(graph, scales, ranges);
  QuantizedGraph result;
  Quantizer quantizer(graph, scales, options.weights);
  LINNET_ASSIGN(result.graph, quantizer.Run(options.arithmetic));
  EmptyUnusedConstants(result.graph);
  LINNET_ASSIGN(result.errors, MeasureErrors(graph, result.graph, ranges, calibration, options.error_inputs));
  SaySources(graph, quantizer.learned_weights(), result);
  Compact(result.graph);
  if (auto ok = graph::Verify(result.graph); !ok)
    return Fail(Status::kInternal, "after quantisation: " + ok.error().message);
  return result;
}

}  // namespace linnet::quantize
