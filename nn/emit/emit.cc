#include "linnet/emit/emit.h"

#include <algorithm>

#include <fmt/format.h>

#include "linnet/graph/graph_file.h"
#include "linnet/plan/explain.h"
#include "linnet/plan/plan.h"
#include "lower.h"
#include "make_report.h"
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

plan::LayerUse UseOf(const Layer& layer) {
  plan::LayerUse use = {.name = layer.node->name,
                        .operands = layer.operands,
                        .output = layer.output,
                        .view = layer.copies,
                        .view_offset_bytes = layer.copies_from_bytes,
                        .part_offsets_bytes = layer.part_offsets_bytes,
                        .scratch_bytes = layer.scratch_bytes,
                        .wide_scratch_bytes = layer.wide_scratch_bytes,
                        .state_bytes = layer.state_bytes};
  for (const InPlace& over : layer.in_place) use.in_place.push_back({over.operand, over.lead_bytes});
  return use;
}

// Layers in the order in which they run, and where everything lives meanwhile.
struct Planned {
  std::vector<Layer> layers;
  plan::Plan plan;
};

Outcome<Planned> PlanLayers(const Graph& graph, const Options& options) {
  LINNET_ASSIGN(const std::vector<Layer> layers, LowerGraph(graph, options.prefer));
  std::vector<plan::LayerUse> uses;
  for (const Layer& layer : layers) uses.push_back(UseOf(layer));
  Planned planned;
  LINNET_ASSIGN(planned.plan, plan::PlanArena(graph, uses));
  if (auto sound = plan::CheckPlan(graph, uses, planned.plan); !sound) return std::unexpected(sound.error());
  if (options.ram_bytes && planned.plan.arena_bytes > *options.ram_bytes)
    return Fail(Status::kResourceExhausted, plan::ExplainExcess(planned.plan, *options.ram_bytes));
  for (const size_t i : planned.plan.order) planned.layers.push_back(layers[i]);
  return planned;
}

}  // namespace

Outcome<Report> Emit(const Graph& graph, const GoldenVectors& vectors, const Options& options,
                     const std::filesystem::path& directory) {
  if (auto name = CheckName(options.name); !name) return std::unexpected(name.error());
  if (auto sound = graph::Verify(graph); !sound) return std::unexpected(sound.error());
  LINNET_ASSIGN(const Planned planned, PlanLayers(graph, options));
  const auto& [layers, plan] = planned;
  LINNET_ASSIGN(const Report report, MakeReport(graph, layers, plan, vectors, options));
  if (auto fit = CheckVectors(vectors, report); !fit) return std::unexpected(fit.error());

  LINNET_ASSIGN(OutputDirectory out, OutputDirectory::Create(directory));
  for (const auto& [file, text] :
       {std::pair{"model.cc", RenderModel(graph, layers, plan, report)},
        std::pair{"model_vectors.cc", RenderVectors(vectors, report)}, std::pair{"report.json", ToJson(report)},
        std::pair{kGraphFile, std::string(AsText(graph::ToFile(graph)))}}) {
    if (auto written = out.Write(file, text); !written) return std::unexpected(written.error());
  }
  if (options.float_graph != nullptr) {
    auto kept = out.Write(kFloatGraphFile, std::string(AsText(graph::ToFile(*options.float_graph))));
    if (!kept) return std::unexpected(kept.error());
  }
  if (auto published = out.Publish(); !published) return std::unexpected(published.error());
  return report;
}

}  // namespace linnet::emit
