// profile: what a network costs on the emulated Cortex-M4, layer by layer.
#include <fmt/format.h>

#include "linnet/emit/emit.h"
#include "linnet/profile/profile.h"
#include "model.h"
#include "model_cost.h"
#include "model_inputs.h"

namespace linnet::cli {

double EnergyMicrojoules(uint64_t cycles) { return static_cast<double>(cycles) * profile::kNanojoulesACycle / 1000; }

std::string Energy(uint64_t cycles) { return fmt::format("{:.2f}", EnergyMicrojoules(cycles)); }

Json CostJson(const profile::BoardCost& cost) {
  return {{"instructions", cost.instructions_max},
          {"instructions_max", cost.instructions_max},
          {"instructions_min", cost.instructions_min},
          {"cycles_estimated", cost.cycles_estimated_max},
          {"energy_estimated_uj", EnergyMicrojoules(cost.cycles_estimated_max)},
          {"stack_bytes_max", cost.stack_bytes_max},
          {"stack_bytes_bound", cost.stack_bytes_bound},
          {"arena_bytes", cost.arena_bytes},
          {"flash_code_bytes", cost.flash_code_bytes},
          {"flash_weights_bytes", cost.flash_weights_bytes},
          {"loop_bytes_max", cost.loop_bytes_max},
          {"loop_function", cost.loop_function},
          {"inner_loop_bytes_max", cost.inner_loop_bytes_max}};
}

std::string CostText(const profile::BoardCost& cost) {
  return fmt::format(
      "instructions {} to {}, estimated Cortex-M4 cycles {}, estimated energy {} uJ\n"
      "stack {} B (at most {} B), arena {} B, flash {} B code + {} B weights, longest loop {} B, longest inner loop {} "
      "B\n",
      Grouped(cost.instructions_min), Grouped(cost.instructions_max), Grouped(cost.cycles_estimated_max),
      Energy(cost.cycles_estimated_max), Grouped(cost.stack_bytes_max), Grouped(cost.stack_bytes_bound),
      Grouped(cost.arena_bytes), Grouped(cost.flash_code_bytes), Grouped(cost.flash_weights_bytes),
      Grouped(cost.loop_bytes_max), Grouped(cost.inner_loop_bytes_max));
}

namespace {

Json LayerJson(const emit::LayerReport& layer, const profile::LayerCost& cost, double share) {
  return {{"name", layer.name},
          {"op", layer.op},
          {"storage", layer.storage},
          {"weights", layer.weights},
          {"zero_weights", layer.zero_weights},
          {"macs", layer.macs},
          {"weight_bytes", layer.weight_bytes},
          {"weight_bits", layer.weight_bits},
          {"arena_bytes", layer.arena_bytes},
          {"instructions", cost.instructions},
          {"cycles_estimated", cost.cycles_estimated},
          {"energy_estimated_uj", EnergyMicrojoules(cost.cycles_estimated)},
          {"share", share}};
}

std::vector<std::string> Row(const emit::LayerReport& layer, const profile::LayerCost& cost, double share) {
  return {layer.name,
          emit::OperatorText(layer),
          Grouped(static_cast<uint64_t>(layer.macs)),
          Grouped(layer.weight_bytes),
          layer.weight_bits == 0 ? "-" : std::to_string(layer.weight_bits),
          Grouped(layer.arena_bytes),
          Grouped(cost.instructions),
          layer.macs > 0
              ? fmt::format("{:.2f}", static_cast<double>(cost.instructions) / static_cast<double>(layer.macs))
              : "-",
          Grouped(cost.cycles_estimated),
          Energy(cost.cycles_estimated),
          Percent(share)};
}

}  // namespace

Done Profile(const Console& console, const ProfileOptions& options) {
  const auto folder = CompiledModel(console, options.model, options.weights, options.prefer);
  if (!folder) return std::unexpected(folder.error());
  const auto report = emit::ReadReport(folder->path);
  if (!report) return std::unexpected(Failure(report.error()));
  const auto inputs = profile::RandomInputs(report->input_bytes(), static_cast<size_t>(options.inputs), 1);
  const auto ran = profile::RunOnBoard(folder->path, inputs);
  if (!ran) return std::unexpected(Failure(ran.error()));
  if (!ran->cost) return Failed(options.model + ": the board gave no figures");
  const profile::BoardCost& cost = *ran->cost;

  Json result = {{"model", options.model}, {"name", report->name}, {"macs", report->macs}, {"inputs", options.inputs}};
  result.update(CostJson(cost));
  Json layers = Json::array();
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const emit::LayerReport& layer, const profile::LayerCost& layer_cost) {
    const double share = static_cast<double>(layer_cost.cycles_estimated) /
                         static_cast<double>(std::max<uint64_t>(1, cost.cycles_estimated_max));
    layers.push_back(LayerJson(layer, layer_cost, share));
    rows.push_back(Row(layer, layer_cost, share));
  };
  for (size_t i = 0; i < report->layers.size(); ++i) add(report->layers[i], cost.layers.at(i));
  emit::LayerReport glue;
  glue.name = "model_run";
  glue.op = "calls";
  add(glue, cost.glue);
  result["layers"] = layers;
  emit::LayerReport total;
  total.name = "total";
  total.macs = report->macs;
  for (const auto& layer : report->layers) total.weight_bytes += layer.weight_bytes;
  total.arena_bytes = cost.arena_bytes;
  rows.push_back(Row(total, {"total", cost.instructions_max, cost.cycles_estimated_max}, 1));
  console.Result(result, Table({"layer", "op", "MACs", "weights B", "bits", "arena B", "instructions", "a MAC",
                                "est. cycles", "est. uJ", "share"},
                               rows) +
                             fmt::format("the most over {} random inputs; cycles by the Cortex-M4 table with memory "
                                         "that never waits, energy 0.37 nJ a cycle: estimates\n",
                                         options.inputs) +
                             CostText(cost));
  console.Next("linnet prove " + options.model);
  return {};
}

}  // namespace linnet::cli
