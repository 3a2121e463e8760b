// Random networks of every operator answer bit for bit as the reference interpreter does, on this machine and on the emulated
// Cortex-M4. A failure prints the seed; LINNET_TEST_SEED=n runs that seed alone, LINNET_TEST_NETWORKS=n runs n of each kind.
#include <cstdlib>

#include <gtest/gtest.h>

#include "linnet/emit/emit.h"
#include "linnet/profile/profile.h"
#include "linnet/reference/int8_interpreter.h"
#include "random_operators.h"
#include "subprocess.h"

namespace linnet::profile {
namespace {

namespace fs = std::filesystem;

int Number(const char* name, int otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::atoi(value) : otherwise;
}

bool HasTool(const std::string& tool) {
  return RunProgram({tool, "--version"}, fs::temp_directory_path(), std::chrono::seconds(30)).has_value();
}

// Random bytes, or random floats in -2..2.
std::vector<Bytes> Inputs(const graph::Graph& graph, size_t count) {
  const graph::Tensor& input = graph.tensor(graph.inputs[0]);
  const auto elements = static_cast<size_t>(graph::ElementCount(input.shape));
  if (input.type == graph::DType::kInt8) return RandomInputs(elements, count, 7);
  std::mt19937 rng(7);
  std::vector<Bytes> inputs;
  for (size_t i = 0; i < count; ++i) {
    std::vector<float> values(elements);
    for (float& v : values) v = std::uniform_real_distribution<float>(-2, 2)(rng);
    Bytes bytes(elements * sizeof(float));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    inputs.push_back(std::move(bytes));
  }
  return inputs;
}

std::vector<Bytes> Interpret(const graph::Graph& graph, const std::vector<Bytes>& inputs) {
  auto interpreter = reference::Int8Interpreter::Create(graph);
  EXPECT_TRUE(interpreter) << interpreter.error().message;
  std::vector<Bytes> outputs;
  if (!interpreter) return outputs;
  for (const Bytes& input : inputs) {
    interpreter->Reset();
    interpreter->SetInput(0, std::as_bytes(std::span(input)));
    interpreter->Run();
    Bytes bytes;
    for (const graph::TensorId id : graph.outputs) {
      const auto output = interpreter->bytes(id);
      const auto* first = reinterpret_cast<const uint8_t*>(output.data());
      bytes.insert(bytes.end(), first, first + output.size());
    }
    outputs.push_back(std::move(bytes));
  }
  return outputs;
}

void ExpectSameEverywhere(NetworkKind kind, uint32_t seed, bool board) {
  SCOPED_TRACE("LINNET_TEST_SEED=" + std::to_string(seed));
  const graph::Graph graph = RandomOperators(seed, kind).Build(24);
  const std::vector<Bytes> inputs = Inputs(graph, 5);
  const std::vector<Bytes> defined = Interpret(graph, inputs);
  if (defined.size() != inputs.size()) return;
  auto work = TemporaryDirectory::Create();
  ASSERT_TRUE(work);
  const fs::path model = work->path() / "model";
  emit::Options options;
  options.name = graph.name;
  const auto report = emit::Emit(graph, {inputs, defined}, options, model);
  ASSERT_TRUE(report) << report.error().message << "\n" << graph::ToText(graph);
  const auto host = RunOnHost(model, inputs);
  ASSERT_TRUE(host) << host.error().message;
  EXPECT_EQ(host->outputs, defined) << graph::ToText(graph);
  if (!board) return;
  const auto chip = RunOnBoard(model, inputs);
  ASSERT_TRUE(chip) << chip.error().message;
  EXPECT_EQ(chip->outputs, defined) << graph::ToText(graph);
  EXPECT_LE(chip->cost->stack_bytes_max, 1024U);
}

class Operators : public testing::TestWithParam<NetworkKind> {};

TEST_P(Operators, AnswerTheSameEverywhere) {
  const bool board = HasTool("arm-none-eabi-g++") && HasTool("qemu-system-arm") && Number("LINNET_TEST_BOARD", 1) != 0;
  const int first = Number("LINNET_TEST_SEED", 0);
  const int count = std::getenv("LINNET_TEST_SEED") != nullptr ? 1 : Number("LINNET_TEST_NETWORKS", 3);
  for (int seed = first; seed < first + count; ++seed)
    ExpectSameEverywhere(GetParam(), static_cast<uint32_t>(seed), board);
}

INSTANTIATE_TEST_SUITE_P(EveryKind, Operators,
                         testing::Values(NetworkKind::kOwnInt8, NetworkKind::kTfliteInt8, NetworkKind::kFloat),
                         [](const auto& kind) {
                           return kind.param == NetworkKind::kOwnInt8      ? "OwnInt8"
                                  : kind.param == NetworkKind::kTfliteInt8 ? "TfliteInt8"
                                                                           : "Float";
                         });

}  // namespace
}  // namespace linnet::profile
