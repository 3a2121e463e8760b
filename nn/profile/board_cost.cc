#include "board_cost.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "code_facts.h"
#include "layer_cost.h"
#include "subprocess.h"

namespace linnet::profile {

namespace fs = std::filesystem;

namespace {

std::string_view Text(const Bytes& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

void Raise(Cycles64& most, const Cycles64& run) {
  most = {std::max(most.instructions, run.instructions), std::max(most.cycles, run.cycles)};
}

Outcome<void> MeasureFlash(const fs::path& work, BoardCost& cost) {
  LINNET_ASSIGN(const std::string sizes, RunTool({"arm-none-eabi-size", "-A", "alone"}, work));
  std::istringstream lines(sizes);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string section;
    uint32_t bytes = 0;
    if (!(fields >> section >> bytes)) continue;
    if (section.starts_with(".rodata")) cost.flash_weights_bytes += bytes;
    if (section.starts_with(".text") || section.starts_with(".ARM.ex")) cost.flash_code_bytes += bytes;
  }
  return {};
}

}  // namespace

Outcome<void> AddPlugin(Machine& machine, const fs::path& work, const emit::Report& report) {
  std::vector<std::string> functions;
  for (const auto& layer : report.layers) functions.push_back(layer.function);
  LINNET_ASSIGN(const fs::path plugin, FindPlugin());
  LINNET_ASSIGN(const std::string symbols, RunTool({"arm-none-eabi-nm", "-S", "-C", "runner"}, work));
  LINNET_ASSIGN(const std::string map, MapOf(symbols, functions));
  if (auto written = WriteWholeFile(work / "map.txt", {map.begin(), map.end()}); !written) return written;
  machine.start = machine.start + Arguments{"-plugin", fs::absolute(plugin).string() + ",map=map.txt,out=cycles.txt"};
  return {};
}

Outcome<void> ReadCycles(const fs::path& work, const emit::Report& report, size_t input_count, BoardCost& cost) {
  LINNET_ASSIGN(const Bytes log, ReadWholeFile(work / "cycles.txt"));
  LINNET_ASSIGN(std::vector<RunCost> runs, ParseLog(Text(log), report.layers.size()));
  if (runs.size() != report.vector_count + input_count) {
    return Fail(Status::kInternal, fmt::format("the plugin counted {} runs of {} golden vectors and {} inputs",
                                               runs.size(), report.vector_count, input_count));
  }
  runs.erase(runs.begin(), runs.begin() + static_cast<ptrdiff_t>(report.vector_count));
  Cycles64 total;
  Cycles64 glue;
  std::vector<Cycles64> layers(report.layers.size());
  for (const RunCost& run : runs) {
    Raise(total, run.total);
    Raise(glue, run.glue);
    for (size_t i = 0; i < layers.size(); ++i) Raise(layers[i], run.layers[i]);
    cost.instructions_min =
        cost.instructions_min == 0 ? run.total.instructions : std::min(cost.instructions_min, run.total.instructions);
  }
  cost.instructions_max = total.instructions;
  cost.cycles_estimated_max = total.cycles;
  cost.glue = {"model_run", glue.instructions, glue.cycles};
  for (size_t i = 0; i < layers.size(); ++i) {
    cost.layers.push_back({report.layers[i].name, layers[i].instructions, layers[i].cycles});
  }
  return {};
}

Outcome<void> MeasureImage(const Machine& machine, const fs::path& work, BoardCost& cost) {
  const Arguments link = Arguments{machine.compiler} + machine.flags +
                         Arguments{"--specs=nano.specs",
                                   "-nostartfiles",
                                   "-Wl,--gc-sections",
                                   "-Wl,-e,model_run",
                                   "-Wl,-u,model_description",
                                   "-Wl,-u,model_reset",
                                   "model.o",
                                   "-o",
                                   "alone"};
  if (auto done = RunTool(link, work); !done) return std::unexpected(done.error());
  if (auto measured = MeasureFlash(work, cost); !measured) return measured;

  LINNET_ASSIGN(const std::string listing, RunTool({"arm-none-eabi-objdump", "-d", "alone"}, work));
  LINNET_ASSIGN(const Bytes info, ReadWholeFile(work / "model.ci"));
  LINNET_ASSIGN(const auto frames, ParseStackUsage(Text(info)));
  const auto functions = ParseListing(listing);
  LINNET_ASSIGN(cost.stack_bytes_bound, StackBound(functions, frames, "model_run"));
  const Loops loops = FindLoops(functions);
  cost.loop_bytes_max = loops.longest.bytes;
  cost.loop_function = loops.longest.function;
  cost.inner_loop_bytes_max = loops.longest_inner.bytes;
  return {};
}

}  // namespace linnet::profile
