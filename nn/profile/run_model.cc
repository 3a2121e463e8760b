// Builds the runner around a model and lets it run, here or on the emulated board.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <random>
#include <sstream>

#include <fmt/format.h>

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
                    "-semihosting-config", "enable=on,target=native", "-icount", "shift=6", "-kernel"}};
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
    case target::kGuardBroken: return Fail(Status::kInternal, "the model wrote outside its arena or output");
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

  LINNET_ASSIGN(const Finished finished,
                RunProgram(machine.start + Arguments{(work / "runner").string()}, work, kRunLimit));
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

// The model linked alone, so that what it calls of the compiler's library counts and the runner doesn't.
Outcome<void> MeasureFlash(const Machine& machine, const fs::path& work, BoardCost& cost) {
  const Arguments link = Arguments{machine.compiler} + machine.flags +
                         Arguments{"--specs=nano.specs",
                                   "-nostartfiles",
                                   "-Wl,--gc-sections",
                                   "-Wl,-e,model_run",
                                   "-Wl,-u,model_description",
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

Outcome<RunResult> RunModel(const Machine& machine, bool board, const fs::path& model,
                            const std::vector<Bytes>& inputs) {
  LINNET_ASSIGN(const emit::Report report, emit::ReadReport(model));
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].size() != report.input_count) {
      return Fail(Status::kInvalidArgument,
                  fmt::format("input {} has {} bytes; the model takes {}", i, inputs[i].size(), report.input_count));
    }
  }
  LINNET_ASSIGN(const TemporaryDirectory work, TemporaryDirectory::Create());
  if (auto built = Build(machine, model, work.path()); !built) return std::unexpected(built.error());
  LINNET_ASSIGN(Ran ran, Run(machine, work.path(), inputs, report.output_count));
  RunResult result{.outputs = std::move(ran.outputs), .cost = std::nullopt};
  if (!board) return result;

  BoardCost cost{.arena_bytes = static_cast<uint32_t>(report.arena_bytes)};
  for (size_t i = 0; i < inputs.size(); ++i) {
    const uint64_t instructions = ran.costs[2 * i];
    cost.instructions_max = std::max(cost.instructions_max, instructions);
    cost.instructions_min = i == 0 ? instructions : std::min(cost.instructions_min, instructions);
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

std::vector<Bytes> RandomInputs(size_t elements, size_t count, uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::vector<Bytes> inputs(count, Bytes(elements));
  for (Bytes& input : inputs) {
    for (uint8_t& value : input) value = static_cast<uint8_t>(rng() >> 56);
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
