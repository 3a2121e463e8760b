// The promise of the whole module: an int8 graph answers the same bits before and after the passes, a float graph the same numbers
// within float's rounding.
#include "random_graphs.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "linnet/passes/passes.h"
#include "linnet/reference/float_interpreter.h"
#include "linnet/reference/int8_interpreter.h"

namespace linnet::passes {
namespace {

using graph::Arithmetic;
using graph::Graph;

uint32_t FirstSeed() {
  const char* seed = std::getenv("LINNET_TEST_SEED");
  return seed != nullptr ? static_cast<uint32_t>(std::strtoul(seed, nullptr, 10)) : 1;
}
int Count() { return std::getenv("LINNET_TEST_SEED") != nullptr ? 1 : 1000; }

std::vector<float> RandomInput(const Graph& graph, std::mt19937& rng) {
  std::vector<float> input(static_cast<size_t>(graph::ElementCount(graph.tensor(graph.inputs[0]).shape)));
  std::uniform_real_distribution<float> values(-4, 4);
  for (float& v : input) v = values(rng);
  return input;
}

std::vector<std::vector<std::byte>> Int8Answers(const Graph& graph, std::span<const float> input) {
  auto network = reference::Int8Interpreter::Create(graph);
  if (!network) {
    ADD_FAILURE() << network.error().message;
    return {};
  }
  network->RunFloat(input);
  std::vector<std::vector<std::byte>> answers;
  for (const graph::TensorId id : graph.outputs) {
    const auto bytes = network->bytes(id);
    answers.emplace_back(bytes.begin(), bytes.end());
  }
  return answers;
}

void ExpectSameBits(uint32_t seed, Arithmetic arithmetic) {
  SCOPED_TRACE("replay with LINNET_TEST_SEED=" + std::to_string(seed));
  const Graph before = RandomGraph(seed, true, arithmetic).Build(8);
  Graph after = before;
  const auto passed = RunPasses(after, {.off = {"drop-argmax"}});
  ASSERT_TRUE(passed.has_value()) << passed.error().message;
  std::mt19937 rng(seed);
  for (int i = 0; i < 3; ++i) {
    const std::vector<float> input = RandomInput(before, rng);
    ASSERT_EQ(Int8Answers(before, input), Int8Answers(after, input)) << graph::ToText(before) << "\nbecame\n"
                                                                     << graph::ToText(after);
  }
}

TEST(RandomGraphs, Int8AnswersTheSameBits) {
  for (int i = 0; i < Count() && !HasFailure(); ++i)
    ExpectSameBits(FirstSeed() + static_cast<uint32_t>(i), Arithmetic::kSingleRounding);
}

TEST(RandomGraphs, Int8OfTensorFlowLiteAnswersTheSameBits) {
  for (int i = 0; i < Count() && !HasFailure(); ++i)
    ExpectSameBits(FirstSeed() + static_cast<uint32_t>(i), Arithmetic::kTflite);
}

void ExpectSameNumbers(uint32_t seed) {
  SCOPED_TRACE("replay with LINNET_TEST_SEED=" + std::to_string(seed));
  const Graph before = RandomGraph(seed, false, Arithmetic::kSingleRounding).Build(8);
  Graph after = before;
  const auto passed = RunPasses(after);
  ASSERT_TRUE(passed.has_value()) << passed.error().message;
  auto one = reference::FloatInterpreter::Create(before);
  auto other = reference::FloatInterpreter::Create(after);
  ASSERT_TRUE(one && other);
  std::mt19937 rng(seed);
  const std::vector<float> input = RandomInput(before, rng);
  one->Run(input);
  other->Run(input);
  for (size_t o = 0; o < before.outputs.size(); ++o) {
    float largest = 0;
    for (const float v : one->output(o)) largest = std::max(largest, std::fabs(v));
    ASSERT_EQ(one->output(o).size(), other->output(o).size());
    for (size_t i = 0; i < one->output(o).size(); ++i) {
      ASSERT_NEAR(one->output(o)[i], other->output(o)[i], 1e-5 * static_cast<double>(largest) + 1e-12)
          << graph::ToText(before) << "\nbecame\n"
          << graph::ToText(after);
    }
  }
}

TEST(RandomGraphs, FloatAnswersTheSameNumbers) {
  for (int i = 0; i < Count() && !HasFailure(); ++i) ExpectSameNumbers(FirstSeed() + static_cast<uint32_t>(i));
}

// A property that never meets a change says nothing.
TEST(RandomGraphs, EveryPassFindsWork) {
  std::map<std::string_view, int> changes;
  for (uint32_t seed = 1; seed <= 200; ++seed) {
    for (const bool int8 : {false, true}) {
      Graph graph = RandomGraph(seed, int8, Arithmetic::kSingleRounding).Build(8);
      const auto reports = RunPasses(graph);
      ASSERT_TRUE(reports.has_value());
      for (const PassReport& report : *reports) changes[report.name] += report.changes;
    }
  }
  for (const auto& [name, count] : changes) {
    if (name == "drop-argmax" || name == "fold-constants") continue;  // the random graphs have nothing for them
    EXPECT_GT(count, 0) << name;
  }
}

}  // namespace
}  // namespace linnet::passes
