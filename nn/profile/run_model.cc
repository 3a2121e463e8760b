// Builds the runner around a model and lets it run, here or on the emulated board.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include <fmt/format.h>

#include "layer_cost.h"
#include "linnet/emit/emit.h"
#include "linnet/profile/profile.h"
#include "subprocess.h"
#include "target/platform.h"

namespace linnet::profile {

namespace fs = std::filesystem;

namespace {

using Arguments = std::vector<std::string>;
constexpr std::chrono::minutes kCompileLimit{5};
constexpr std::chrono::minutes kRunLimit{10};

fs::path Root() {
  const char* root = std::getenv("LINNET_ROOT");
  return root != nullptr && *root != '\0' ? fs::path(root) : fs::path(LINNET_CONFIGURED_ROOT);
}

// One way to build and start the runner.
struct Machine {
  std::string compiler;
  Arguments flags;
  std::vector<std::string> sources;  // under nn/profile/target
  Arguments link;
  Arguments start;  // before the name of the program
};

Machine HostMachine() {
  return {.compiler = "g++", .flags = {}, .sources = {"runner_main.cc", "host_platform.cc"}, .link = {}, .start = {}};
}

Machine BoardMachine() {
  const Arguments cpu = {"-mcpu=cortex-m4", "-mthumb",   "-mfpu=fpv4-sp-d16",   "-mfloat-abi=hard",
                         "-fno-exceptions", "-fno-rtti", "-ffunction-sections", "-fdata-sections"};
  return {.compiler = "arm-none-eabi-g++",
          .flags = cpu,
          .sources = {"runner_main.cc", "board_platform.cc", "board_start.cc"},
          .link = {"--specs=nano.specs", "-nostartfiles", "-Wl,--gc-sections", "-T",
                   (Root() / "nn/profile/target/board.ld").string()},
          .start = {"qemu-system-arm", "-M", "mps2-an386", "-nographic", "-monitor", "none", "-serial", "none",
                    "-semihosting-config", "enable=on,target=native", "-icount", "shift=6"}};
}

Arguments operator+(Arguments a, const Arguments& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Outcome<void> RunTool(const Arguments& arguments, const fs::path& directory) {
  LINNET_ASSIGN(const Finished finished, RunProgram(arguments, directory, kCompileLimit));
  if (finished.exit_code == 0) return {};
  return Fail(Status::kFailedPrecondition,
              fmt::format("{} ended with {}:\n{}", arguments[0], finished.exit_code, finished.output.substr(0, 4000)));
}

Outcome<void> Build(const Machine& machine, const fs::path& model, const fs::path& work) {
  const fs::path root = Root();
  if (!fs::exists(root / "nn/kernels/include/linnet/kernels/kernels.h")) {
    return Fail(Status::kFailedPrecondition, root.string() + " holds no source tree of Linnet; set LINNET_ROOT to one");
  }
  const Arguments compile =
      Arguments{machine.compiler, "-std=c++23", "-O2", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off"} +
      machine.flags +
      Arguments{"-I" + (root / "nn/kernels/include").string(), "-I" + (root / "core/model/include").string()};
  std::error_code error;
  for (const char* file : {"model.cc", "model_vectors.cc"}) {
    const fs::path source = fs::absolute(model / file, error);
    if (!fs::exists(source)) return Fail(Status::kInvalidArgument, source.string() + " is missing: no compiled model");
    const std::string object = fs::path(file).stem().string() + ".o";
    if (auto done = RunTool(compile + Arguments{"-c", source.string(), "-o", object}, work); !done) return done;
  }
  Arguments link = compile;
  for (const auto& source : machine.sources) link.push_back((root / "nn/profile/target" / source).string());
  return RunTool(link + Arguments{"model.o", "model_vectors.o", "-o", "runner"} + machine.link, work);
}

std::unexpected<Error> Explain(int exit_code, const std::string& output) {
  switch (exit_code) {
    case target::kTooLarge: return Fail(Status::kResourceExhausted, "the model needs more memory than the machine has");
    case target::kModelFailed: return Fail(Status::kInternal, "model_run did not return 0");
    case target::kGuardBroken: return Fail(Status::kInternal, "the model wrote outside its arena");
    case target::kVectorDiffers: return Fail(Status::kDataLoss, "a golden vector of the model fails");
    case target::kBadDescription:
      return Fail(Status::kInvalidArgument, "the model's description is of another version");
    default: break;
  }
  return Fail(Status::kInternal, fmt::format("the runner ended with {}: {}", exit_code, output.substr(0, 1000)));
}

// Inputs through the built runner: outputs one an input, and what costs.bin holds.
struct Ran {
  std::vector<Bytes> outputs;
  std::vector<uint32_t> costs;  // instructions, stack bytes, ...
};

Outcome<Ran> Run(const Machine& machine, const fs::path& work, const std::vector<Bytes>& inputs, size_t output_bytes) {
  std::vector<uint8_t> all(4);
  const auto count = static_cast<uint32_t>(inputs.size());
  std::memcpy(all.data(), &count, 4);
  for (const Bytes& input : inputs) all.insert(all.end(), input.begin(), input.end());
  if (auto written = WriteWholeFile(work / "inputs.bin", all); !written) return std::unexpected(written.error());

  Arguments start = machine.start;
  if (!start.empty()) start.emplace_back("-kernel");
  LINNET_ASSIGN(const Finished finished, RunProgram(start + Arguments{(work / "runner").string()}, work, kRunLimit));
  if (finished.exit_code != 0) return Explain(finished.exit_code, finished.output);
  LINNET_ASSIGN(const Bytes outputs, ReadWholeFile(work / "outputs.bin"));
  LINNET_ASSIGN(const Bytes costs, ReadWholeFile(work / "costs.bin"));
  if (outputs.size() != inputs.size() * output_bytes || costs.size() != inputs.size() * 8) {
    return Fail(Status::kInternal, "the runner wrote fewer outputs than there were inputs");
  }
  Ran ran{.outputs = {}, .costs = std::vector<uint32_t>(costs.size() / 4)};
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto from = outputs.begin() + static_cast<ptrdiff_t>(i * output_bytes);
    ran.outputs.emplace_back(from, from + static_cast<ptrdiff_t>(output_bytes));
  }
  if (!costs.empty()) std::memcpy(ran.costs.data(), costs.data(), costs.size());
  return ran;
}

// Where the layers' functions lie in the runner, for the plugin, and the plugin among the emulator's arguments.
Outcome<void> AddPlugin(Machine& machine, const fs::path& work, const std::vector<std::string>& functions) {
  LINNET_ASSIGN(const fs::path plugin, FindPlugin());
  LINNET_ASSIGN(const Finished symbols, RunProgram({"arm-none-eabi-nm", "-S", "-C", "runner"}, work, kCompileLimit));
  LINNET_ASSIGN(const std::string map, MapOf(symbols.output, functions));
  if (auto written = WriteWholeFile(work / "map.txt", {map.begin(), map.end()}); !written) return written;
  machine.start = machine.start + Arguments{"-plugin", fs::absolute(plugin).string() + ",map=map.txt,out=cycles.txt"};
  return {};
}

// The most over the runs of the inputs, which follow those of the golden vectors.
Outcome<void> ReadCosts(const fs::path& work, const emit::Report& report, size_t input_count, BoardCost& cost) {
  LINNET_ASSIGN(const Bytes log, ReadWholeFile(work / "cycles.txt"));
  LINNET_ASSIGN(std::vector<RunCost> runs,
                ParseLog({reinterpret_cast<const char*>(log.data()), log.size()}, report.layers.size()));
  if (runs.size() != report.vector_count + input_count) {
    return Fail(Status::kInternal, fmt::format("the plugin counted {} runs of {} golden vectors and {} inputs",
                                               runs.size(), report.vector_count, input_count));
  }
  runs.erase(runs.begin(), runs.begin() + static_cast<ptrdiff_t>(report.vector_count));
  const auto raise = [](Cycles64& most, const Cycles64& run) {
    most = {std::max(most.instructions, run.instructions), std::max(most.cycles, run.cycles)};
  };
  Cycles64 total;
  Cycles64 glue;
  std::vector<Cycles64> layers(report.layers.size());
  for (const RunCost& run : runs) {
    raise(total, run.total);
    raise(glue, run.glue);
    for (size_t i = 0; i < layers.size(); ++i) raise(layers[i], run.layers[i]);
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

// The model linked alone, so that what it calls of the compiler's library counts and the runner doesn't.
Outcome<void> MeasureFlash(const Machine& machine, const fs::path& work, BoardCost& cost) {
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
  if (auto done = RunTool(link, work); !done) return done;
  LINNET_ASSIGN(const Finished size, RunProgram({"arm-none-eabi-size", "-A", "alone"}, work, kCompileLimit));
  std::istringstream lines(size.output);
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

Outcome<void> CheckInputs(const emit::Report& report, const std::vector<Bytes>& inputs) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].size() != report.input_bytes()) {
      return Fail(Status::kInvalidArgument,
                  fmt::format("input {} has {} bytes; the model takes {}", i, inputs[i].size(), report.input_bytes()));
    }
  }
  return {};
}

Outcome<RunResult> RunModel(Machine machine, bool board, const fs::path& model, const std::vector<Bytes>& inputs) {
  LINNET_ASSIGN(const emit::Report report, emit::ReadReport(model));
  if (auto fit = CheckInputs(report, inputs); !fit) return std::unexpected(fit.error());
  LINNET_ASSIGN(const TemporaryDirectory work, TemporaryDirectory::Create());
  if (auto built = Build(machine, model, work.path()); !built) return std::unexpected(built.error());
  if (board) {
    std::vector<std::string> functions;
    for (const auto& layer : report.layers) functions.push_back(layer.function);
    if (auto added = AddPlugin(machine, work.path(), functions); !added) return std::unexpected(added.error());
  }
  LINNET_ASSIGN(Ran ran, Run(machine, work.path(), inputs, report.output_bytes()));
  RunResult result{.outputs = std::move(ran.outputs), .cost = std::nullopt};
  if (!board) return result;

  BoardCost cost;
  cost.arena_bytes = static_cast<uint32_t>(report.arena_bytes);
  if (auto read = ReadCosts(work.path(), report, inputs.size(), cost); !read) return std::unexpected(read.error());
  for (size_t i = 0; i < inputs.size(); ++i) {
    cost.timer_instructions_max = std::max<uint64_t>(cost.timer_instructions_max, ran.costs[2 * i]);
    cost.stack_bytes_max = std::max(cost.stack_bytes_max, ran.costs[2 * i + 1]);
  }
  if (auto measured = MeasureFlash(machine, work.path(), cost); !measured) return std::unexpected(measured.error());
  result.cost = cost;
  return result;
}

}  // namespace

Outcome<RunResult> RunOnHost(const fs::path& model, const std::vector<Bytes>& inputs) {
  return RunModel(HostMachine(), false, model, inputs);
}
Outcome<RunResult> RunOnBoard(const fs::path& model, const std::vector<Bytes>& inputs) {
  return RunModel(BoardMachine(), true, model, inputs);
}

std::vector<Bytes> RandomInputs(size_t elements, size_t count, uint32_t seed) {
  uint32_t x = seed == 0 ? 1 : seed;
  std::vector<Bytes> inputs(count, Bytes(elements));
  for (Bytes& input : inputs) {
    for (uint8_t& value : input) {
      x ^= x << 13;
      x ^= x >> 17;
      x ^= x << 5;
      value = static_cast<uint8_t>(x);
    }
  }
  return inputs;
}

Outcome<Comparison> Prove(const fs::path& model, const std::vector<Bytes>& inputs) {
  LINNET_ASSIGN(const RunResult host, RunOnHost(model, inputs));
  LINNET_ASSIGN(const RunResult board, RunOnBoard(model, inputs));
  Comparison comparison{.inputs = inputs.size(), .equal = 0, .first_difference = std::nullopt, .cost = *board.cost};
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (host.outputs[i] == board.outputs[i]) {
      ++comparison.equal;
    } else if (!comparison.first_difference) {
      comparison.first_difference = i;
    }
  }
  return comparison;
}

}  // namespace linnet::profile
