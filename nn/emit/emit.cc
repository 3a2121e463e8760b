#include "linnet/emit/emit.h"

#include <algorithm>

#include <fmt/format.h>

#include "linnet/model/model.h"
#include "linnet/plan/plan.h"
#include "lower.h"
#include "output_directory.h"
#include "render.h"

namespace linnet::emit {
namespace {

using graph::Graph;

Outcome<void> CheckName(const std::string& name) {
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '+';
  });
  if (name.empty() || name.size() > 31 || !plain) {
    return Fail(Status::kInvalidArgument, "name '" + name + "': 1 to 31 letters, digits and -_.+ are allowed");
  }
  return {};
}

Outcome<void> CheckVectors(const GoldenVectors& vectors, const Report& report) {
  if (vectors.inputs.size() != vectors.outputs.size())
    return Fail(Status::kInvalidArgument, "as many golden outputs as inputs are needed");
  for (size_t i = 0; i < vectors.inputs.size(); ++i) {
    if (vectors.inputs[i].size() != report.input_bytes() || vectors.outputs[i].size() != report.output_bytes()) {
      return Fail(Status::kInvalidArgument,
                  fmt::format("golden vector {} has {} bytes of input and {} of output; the network has {} and {}", i,
                              vectors.inputs[i].size(), vectors.outputs[i].size(), report.input_bytes(),
                              report.output_bytes()));
    }
  }
  return {};
}

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
    if (tensor.type == kInt8) {
      const auto& q = tensor.quantization;
      if (q.scales.size() != 1 || q.zero_points.size() != 1)
        return Fail(Status::kUnimplemented,
                    name + " is int8 and needs one scale and zero point; quantise the graph first");
      end.scale = q.scales[0];
      end.zero_point = q.zero_points[0];
    } else if (tensor.type != kFloat32 && tensor.type != kInt32 && tensor.type != kInt64) {
      return Fail(Status::kUnimplemented, fmt::format("{} is {}; supported are float32, int8, int32 and int64", name,
                                                      graph::Name(tensor.type)));
    }
    end.offset_bytes = plan.tensors[static_cast<size_t>(id)].offset_bytes;
    ends.push_back(std::move(end));
  }
  return ends;
}

Outcome<Report> MakeReport(const Graph& graph, const std::vector<Layer>& layers, const plan::Plan& plan,
                           const GoldenVectors& vectors, const Options& options) {
  Report report{.name = options.name,
                .identity = Identity(graph),
                .layers = {},
                .arena_bytes = plan.arena_bytes,
                .state_bytes = plan.state_bytes,
                .inputs = {},
                .outputs = {},
                .vector_count = vectors.inputs.size(),
                .accuracy_float = options.accuracy_float,
                .accuracy_int8 = options.accuracy_int8,
                .accuracy_data = options.accuracy_data};
  for (size_t step = 0; step < layers.size(); ++step) {
    const Layer& layer = layers[step];
    const graph::TensorId input = layer.operands.empty() ? layer.output : layer.operands[0];
    report.layers.push_back({layer.node->name, std::string(graph::Name(layer.node->op)), graph.tensor(input).shape,
                             graph.tensor(layer.output).shape, layer.macs, layer.weight_bytes, plan.live_bytes[step],
                             layer.function});
    report.macs += layer.macs;
    report.flash_weights_bytes += layer.weight_bytes;
  }
  LINNET_ASSIGN(report.inputs, DescribeEnds(graph, graph.inputs, "input", plan));
  LINNET_ASSIGN(report.outputs, DescribeEnds(graph, graph.outputs, "output", plan));
  return report;
}

plan::LayerUse UseOf(const Layer& layer) {
  return {.name = layer.node->name,
          .operands = layer.operands,
          .output = layer.output,
          .in_place = layer.in_place,
          .view = layer.copies,
          .view_offset_bytes = layer.copies_from_bytes,
          .part_offsets_bytes = layer.part_offsets_bytes,
          .scratch_bytes = layer.scratch_bytes,
          .wide_scratch_bytes = layer.wide_scratch_bytes,
          .state_bytes = layer.state_bytes};
}

// Layers in the order in which they run, and where everything lives meanwhile.
struct Planned {
  std::vector<Layer> layers;
  plan::Plan plan;
};

Outcome<Planned> PlanLayers(const Graph& graph, const std::vector<Layer>& layers) {
  std::vector<plan::LayerUse> uses;
  for (const Layer& layer : layers) uses.push_back(UseOf(layer));
  Planned planned;
  LINNET_ASSIGN(planned.plan, plan::PlanArena(graph, uses));
  if (auto sound = plan::CheckPlan(graph, uses, planned.plan); !sound) return std::unexpected(sound.error());
  for (const size_t i : planned.plan.order) planned.layers.push_back(layers[i]);
  return planned;
}

}  // namespace

Outcome<Report> Emit(const Graph& graph, const GoldenVectors& vectors, const Options& options,
                     const std::filesystem::path& directory) {
  if (auto name = CheckName(options.name); !name) return std::unexpected(name.error());
  if (auto sound = graph::Verify(graph); !sound) return std::unexpected(sound.error());
  LINNET_ASSIGN(const std::vector<Layer> lowered, LowerGraph(graph));
  LINNET_ASSIGN(const Planned planned, PlanLayers(graph, lowered));
  const auto& [layers, plan] = planned;
  LINNET_ASSIGN(const Report report, MakeReport(graph, layers, plan, vectors, options));
  if (auto fit = CheckVectors(vectors, report); !fit) return std::unexpected(fit.error());

  LINNET_ASSIGN(OutputDirectory out, OutputDirectory::Create(directory));
  for (const auto& [file, text] :
       {std::pair{"model.cc", RenderModel(graph, layers, plan, report)},
        std::pair{"model_vectors.cc", RenderVectors(vectors, report)}, std::pair{"report.json", ToJson(report)}}) {
    if (auto written = out.Write(file, text); !written) return std::unexpected(written.error());
  }
  if (auto published = out.Publish(); !published) return std::unexpected(published.error());
  return report;
}

}  // namespace linnet::emit
