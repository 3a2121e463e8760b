#include "machine.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "subprocess.h"
#include "target/platform.h"

namespace linnet::profile {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::minutes kCompileLimit{5};
constexpr std::chrono::minutes kRunLimit{20};

fs::path Root() {
  const char* root = std::getenv("LINNET_ROOT");
  return root != nullptr && *root != '\0' ? fs::path(root) : fs::path(LINNET_CONFIGURED_ROOT);
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

void Append(Bytes& bytes, uint32_t value) {
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

// Reads a file of numbers that the runner wrote.
template <typename T>
Outcome<std::vector<T>> ReadNumbers(const fs::path& file, size_t count) {
  LINNET_ASSIGN(const Bytes bytes, ReadWholeFile(file));
  if (bytes.size() != count * sizeof(T))
    return Fail(Status::kInternal, "the runner wrote less than its inputs ask for into " + file.filename().string());
  std::vector<T> numbers(count);
  if (count > 0) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

}  // namespace

Arguments operator+(Arguments a, const Arguments& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Machine HostMachine() {
  return {.compiler = "g++", .flags = {}, .sources = {"runner_main.cc", "host_platform.cc"}, .link = {}, .start = {}};
}

Machine BoardMachine() {
  const Arguments cpu = {"-mcpu=cortex-m4",     "-mthumb",         "-mfpu=fpv4-sp-d16",
                         "-mfloat-abi=hard",    "-fno-exceptions", "-fno-rtti",
                         "-ffunction-sections", "-fdata-sections", "-fcallgraph-info=su"};
  return {.compiler = "arm-none-eabi-g++",
          .flags = cpu,
          .sources = {"runner_main.cc", "board_platform.cc", "board_start.cc"},
          .link = {"--specs=nano.specs", "-nostartfiles", "-Wl,--gc-sections", "-T",
                   (Root() / "nn/profile/target/board.ld").string()},
          .start = {"qemu-system-arm", "-M", "mps2-an386", "-nographic", "-monitor", "none", "-serial", "none",
                    "-semihosting-config", "enable=on,target=native", "-icount", "shift=6"}};
}

Outcome<std::string> RunTool(const Arguments& arguments, const fs::path& directory) {
  LINNET_ASSIGN(const Finished finished, RunProgram(arguments, directory, kCompileLimit));
  if (finished.exit_code == 0) return finished.output;
  return Fail(Status::kFailedPrecondition,
              fmt::format("{} ended with {}:\n{}", arguments[0], finished.exit_code, finished.output.substr(0, 4000)));
}

Outcome<void> BuildRunner(const Machine& machine, const fs::path& model, const fs::path& work, bool trace) {
  const fs::path root = Root();
  if (!fs::exists(root / "nn/kernels/include/linnet/kernels/kernels.h")) {
    return Fail(Status::kFailedPrecondition, root.string() + " holds no source tree of Linnet; set LINNET_ROOT to one");
  }
  Arguments compile =
      Arguments{machine.compiler, "-std=c++23", "-O2", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off"} +
      machine.flags +
      Arguments{"-I" + (root / "nn/kernels/include").string(), "-I" + (root / "core/model/include").string()};
  if (trace) compile.emplace_back("-DLINNET_TRACE");
  std::error_code error;
  for (const char* file : {"model.cc", "model_vectors.cc"}) {
    const fs::path source = fs::absolute(model / file, error);
    if (!fs::exists(source)) return Fail(Status::kInvalidArgument, source.string() + " is missing: no compiled model");
    const std::string object = fs::path(file).stem().string() + ".o";
    if (auto done = RunTool(compile + Arguments{"-c", source.string(), "-o", object}, work); !done)
      return std::unexpected(done.error());
  }
  Arguments link = compile;
  for (const auto& source : machine.sources) link.push_back((root / "nn/profile/target" / source).string());
  const auto linked = RunTool(link + Arguments{"model.o", "model_vectors.o", "-o", "runner"} + machine.link, work);
  if (!linked) return std::unexpected(linked.error());
  return {};
}

Outcome<Ran> StartRunner(const Machine& machine, const fs::path& work, const std::vector<Bytes>& inputs,
                         const emit::Report& report, const RunOptions& options) {
  Bytes all;
  Append(all, static_cast<uint32_t>(inputs.size()));
  Append(all, options.keep_state ? target::kKeepState : 0);
  for (const Bytes& input : inputs) all.insert(all.end(), input.begin(), input.end());
  if (auto written = WriteWholeFile(work / "inputs.bin", all); !written) return std::unexpected(written.error());

  Arguments start = machine.start;
  if (!start.empty()) start.emplace_back("-kernel");
  LINNET_ASSIGN(const Finished finished, RunProgram(start + Arguments{(work / "runner").string()}, work, kRunLimit));
  if (finished.exit_code != 0) return Explain(finished.exit_code, finished.output);

  const size_t output_bytes = report.output_bytes(), layers = report.layers.size();
  LINNET_ASSIGN(const auto outputs, ReadNumbers<uint8_t>(work / "outputs.bin", inputs.size() * output_bytes));
  LINNET_ASSIGN(const auto costs, ReadNumbers<uint32_t>(work / "costs.bin", inputs.size() * 2));
  std::vector<uint64_t> hashes;
  if (options.trace) {
    LINNET_ASSIGN(hashes, ReadNumbers<uint64_t>(work / "traces.bin", inputs.size() * layers));
  }
  Ran ran;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto output = outputs.begin() + static_cast<ptrdiff_t>(i * output_bytes);
    ran.outputs.emplace_back(output, output + static_cast<ptrdiff_t>(output_bytes));
    ran.timer_instructions_max = std::max(ran.timer_instructions_max, costs[2 * i]);
    ran.stack_bytes_max = std::max(ran.stack_bytes_max, costs[2 * i + 1]);
    if (!options.trace) continue;
    const auto trace = hashes.begin() + static_cast<ptrdiff_t>(i * layers);
    ran.traces.emplace_back(trace, trace + static_cast<ptrdiff_t>(layers));
  }
  return ran;
}

}  // namespace linnet::profile
