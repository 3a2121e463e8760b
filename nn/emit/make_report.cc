#include "make_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "linnet/model/model.h"

namespace linnet::emit {
namespace {

using graph::Graph;

// The ends of the network that the caller sees.
Outcome<std::vector<TensorReport>> DescribeEnds(const Graph& graph, const std::vector<graph::TensorId>& ids,
                                                const std::string& which, const plan::Plan& plan) {
  if (ids.size() > kLinnetTensorsMax) {
    return Fail(Status::kUnimplemented, fmt::format("the network has {} {}s; at most {} are supported", ids.size(),
                                                    which, uint32_t{kLinnetTensorsMax}));
  }
  std::vector<TensorReport> ends;
  for (const graph::TensorId id : ids) {
    const graph::Tensor& tensor = graph.tensor(id);
    TensorReport end{.name = tensor.name, .type = tensor.type, .shape = tensor.shape};
    const std::string name = "the network's " + which + " '" + tensor.name + "'";
    using enum graph::DType;
    if (tensor.shape.size() > kLinnetRankMax)
      return Fail(Status::kUnimplemented, name + " has more than 6 dimensions; reshape it");
    if (tensor.type == kInt8 || tensor.type == kInt16) {
      const auto& q = tensor.quantization;
      if (q.scales.size() != 1 || q.zero_points.size() != 1)
        return Fail(Status::kUnimplemented,
                    name + " is an integer and needs one scale and zero point; quantise the graph first");
      end.scale = q.scales[0];
      end.zero_point = q.zero_points[0];
    } else if (tensor.type != kFloat32 && tensor.type != kInt32 && tensor.type != kInt64) {
      return Fail(Status::kUnimplemented, fmt::format("{} is {}; supported are float32, int8, int16, int32 and int64",
                                                      name, graph::Name(tensor.type)));
    }
    end.offset_bytes = plan.tensors[static_cast<size_t>(id)].offset_bytes;
    ends.push_back(std::move(end));
  }
  return ends;
}

// "Conv2D + MaxPool".
std::string OperatorsOf(const Layer& layer) {
  std::string text;
  for (const graph::Node* node : layer.nodes) text += (text.empty() ? "" : " + ") + std::string(graph::Name(node->op));
  return text;
}

LayerReport ReportOf(const Graph& graph, const Layer& layer, const Options& options) {
  const graph::TensorId input = layer.operands.empty() ? layer.output : layer.operands[0];
  LayerReport report{.name = layer.node->name,
                     .op = OperatorsOf(layer),
                     .input_shape = graph.tensor(input).shape,
                     .output_shape = graph.tensor(layer.output).shape,
                     .macs = layer.macs,
                     .weight_bytes = layer.weight_bytes,
                     .weights = layer.weights,
                     .zero_weights = layer.zero_weights,
                     .storage = layer.storage,
                     .weight_bits = layer.weight_bits,
                     .function = layer.copies || !layer.part_offsets_bytes.empty() ? "" : layer.function,
                     .output = graph.tensor(layer.output).name};
  for (const graph::Node* node : layer.nodes) report.nodes.push_back(node->name);
  for (const LayerError& error : options.errors) {
    if (error.layer == report.nodes.back()) report.error = error;
  }
  return report;
}

// 4-bit weights without a kernel for them.
bool KeepsInt4InBytes(const Graph& graph, const Layer& layer) {
  if (layer.weight_bits == 4 || layer.storage.starts_with("sparse")) return false;
  return std::ranges::any_of(layer.node->inputs, [&](graph::TensorId id) {
    return id != graph::kNoTensor && graph.tensor(id).quantization.bits == 4;
  });
}

}  // namespace

Outcome<Report> MakeReport(const Graph& graph, std::span<const Layer> layers, const plan::Plan& plan,
                           const GoldenVectors& vectors, const Options& options) {
  Report report{.name = options.name,
                .identity = Identity(graph),
                .arena_bytes = plan.arena_bytes,
                .state_bytes = plan.state_bytes,
                .lower_bound_bytes = plan.lower_bound_bytes,
                .memory = plan.holdings,
                .vector_count = vectors.inputs.size(),
                .accuracy_float = options.accuracy_float,
                .accuracy_int8 = options.accuracy_int8,
                .accuracy_data = options.accuracy_data,
                .notes = options.notes};
  for (size_t step = 0; step < layers.size(); ++step) {
    report.layers.push_back(ReportOf(graph, layers[step], options));
    report.layers.back().arena_bytes = plan.live_bytes[step];
    if (KeepsInt4InBytes(graph, layers[step])) {
      report.notes.push_back(layers[step].node->name + ": its 4-bit weights take a byte each; " +
                             std::string(graph::Name(layers[step].node->op)) + " of this shape has no 4-bit kernel");
    }
    report.macs += layers[step].macs;
    report.flash_weights_bytes += layers[step].weight_bytes;
  }
  LINNET_ASSIGN(report.inputs, DescribeEnds(graph, graph.inputs, "input", plan));
  LINNET_ASSIGN(report.outputs, DescribeEnds(graph, graph.outputs, "output", plan));
  return report;
}

}  // namespace linnet::emit
