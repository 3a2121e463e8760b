#include "linnet/emit/emit.h"

#include <algorithm>

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
    if (vectors.inputs[i].size() != report.input_count || vectors.outputs[i].size() != report.output_count) {
      return Fail(Status::kInvalidArgument,
                  "golden vector " + std::to_string(i) + " has " + std::to_string(vectors.inputs[i].size()) +
                      " inputs and " + std::to_string(vectors.outputs[i].size()) + " outputs; the network has " +
                      std::to_string(report.input_count) + " and " + std::to_string(report.output_count));
    }
  }
  return {};
}

// The end of the network that the caller sees.
Outcome<void> Describe(const graph::Tensor& tensor, const char* which, size_t& count, float& scale,
                       int32_t& zero_point) {
  const auto& q = tensor.quantization;
  if (tensor.type != graph::DType::kInt8 || q.scales.size() != 1 || q.zero_points.size() != 1) {
    return Fail(Status::kUnimplemented, std::string("the network's ") + which + " '" + tensor.name +
                                            "' is not int8 with one scale and zero point; quantise the graph first");
  }
  count = static_cast<size_t>(graph::ElementCount(tensor.shape));
  scale = q.scales[0];
  zero_point = q.zero_points[0];
  return {};
}

Outcome<Report> MakeReport(const Graph& graph, const std::vector<Layer>& layers, const plan::Plan& plan,
                           const GoldenVectors& vectors, const Options& options) {
  Report report{.name = options.name,
                .identity = Identity(graph),
                .layers = {},
                .arena_bytes = plan.arena_bytes,
                .vector_count = vectors.inputs.size(),
                .accuracy_float = options.accuracy_float,
                .accuracy_int8 = options.accuracy_int8,
                .accuracy_data = options.accuracy_data};
  for (size_t n = 0; n < layers.size(); ++n) {
    const Layer& layer = layers[n];
    report.layers.push_back({layer.node->name, std::string(graph::Name(layer.node->op)),
                             graph.tensor(layer.operands[0]).shape, graph.tensor(layer.node->outputs[0]).shape,
                             layer.macs, layer.weight_bytes, plan.live_bytes[n], layer.function});
    report.macs += layer.macs;
    report.flash_weights_bytes += layer.weight_bytes;
  }
  auto input =
      Describe(graph.tensor(graph.inputs[0]), "input", report.input_count, report.input_scale, report.input_zero_point);
  if (!input) return std::unexpected(input.error());
  auto output = Describe(graph.tensor(graph.outputs[0]), "output", report.output_count, report.output_scale,
                         report.output_zero_point);
  if (!output) return std::unexpected(output.error());
  return report;
}

}  // namespace

Outcome<Report> Emit(const Graph& graph, const GoldenVectors& vectors, const Options& options,
                     const std::filesystem::path& directory) {
  if (auto name = CheckName(options.name); !name) return std::unexpected(name.error());
  if (auto sound = graph::Verify(graph); !sound) return std::unexpected(sound.error());
  LINNET_ASSIGN(const std::vector<Layer> layers, LowerGraph(graph));
  std::vector<size_t> scratch;
  for (const Layer& layer : layers) scratch.push_back(layer.scratch_bytes);
  LINNET_ASSIGN(const plan::Plan plan, plan::PlanArena(graph, scratch));
  LINNET_ASSIGN(Report report, MakeReport(graph, layers, plan, vectors, options));
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
