// Runs a compiled model, here or on the emulated board.
#include <fmt/format.h>

#include "board_cost.h"
#include "linnet/emit/emit.h"
#include "linnet/profile/profile.h"
#include "machine.h"
#include "subprocess.h"

namespace linnet::profile {

namespace fs = std::filesystem;

namespace {

Outcome<void> CheckInputs(const emit::Report& report, const std::vector<Bytes>& inputs) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].size() != report.input_bytes()) {
      return Fail(Status::kInvalidArgument,
                  fmt::format("input {} has {} bytes; the model takes {}", i, inputs[i].size(), report.input_bytes()));
    }
  }
  return {};
}

Outcome<RunResult> RunModel(Machine machine, bool counts, const fs::path& model, const std::vector<Bytes>& inputs,
                            const RunOptions& options) {
  LINNET_ASSIGN(const emit::Report report, emit::ReadReport(model));
  if (auto fit = CheckInputs(report, inputs); !fit) return std::unexpected(fit.error());
  LINNET_ASSIGN(const TemporaryDirectory work, TemporaryDirectory::Create());
  if (auto built = BuildRunner(machine, model, work.path(), options.trace); !built)
    return std::unexpected(built.error());
  if (counts) {
    if (auto added = AddPlugin(machine, work.path(), report); !added) return std::unexpected(added.error());
  }
  LINNET_ASSIGN(Ran ran, StartRunner(machine, work.path(), inputs, report, options));
  RunResult result{.outputs = std::move(ran.outputs), .traces = std::move(ran.traces), .cost = std::nullopt};
  if (!counts) return result;

  BoardCost cost;
  cost.arena_bytes = static_cast<uint32_t>(report.arena_bytes);
  cost.timer_instructions_max = ran.timer_instructions_max;
  cost.stack_bytes_max = ran.stack_bytes_max;
  if (auto read = ReadCycles(work.path(), report, inputs.size(), cost); !read) return std::unexpected(read.error());
  if (auto measured = MeasureImage(machine, work.path(), cost); !measured) return std::unexpected(measured.error());
  result.cost = std::move(cost);
  return result;
}

}  // namespace

Outcome<RunResult> RunOnHost(const fs::path& model, const std::vector<Bytes>& inputs, const RunOptions& options) {
  return RunModel(HostMachine(), false, model, inputs, options);
}
Outcome<RunResult> RunOnBoard(const fs::path& model, const std::vector<Bytes>& inputs, const RunOptions& options) {
  return RunModel(BoardMachine(), !options.trace, model, inputs, options);
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

std::vector<Bytes> RandomInputs(const std::vector<emit::TensorReport>& tensors, size_t count, uint32_t seed) {
  size_t elements = 0;
  for (const emit::TensorReport& tensor : tensors) elements += tensor.count();
  std::vector<Bytes> inputs;
  for (const Bytes& values : RandomInputs(elements, count, seed)) {
    Bytes& input = inputs.emplace_back();
    const auto append = [&input](auto number) {
      const auto* bytes = reinterpret_cast<const uint8_t*>(&number);
      input.insert(input.end(), bytes, bytes + sizeof number);
    };
    size_t at = 0;
    for (const emit::TensorReport& tensor : tensors) {
      for (size_t i = 0; i < tensor.count(); ++i) {
        const auto value = static_cast<int8_t>(values[at++]);
        switch (tensor.type) {
          case graph::DType::kFloat32: append(static_cast<float>(value) / 128); break;
          case graph::DType::kInt32: append(int32_t{value}); break;
          case graph::DType::kInt64: append(int64_t{value}); break;
          default: append(value); break;
        }
      }
    }
  }
  return inputs;
}

}  // namespace linnet::profile
