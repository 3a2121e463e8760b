// The answers of TensorFlow Lite Micro's reference kernels for two published int8 networks (../shared/models/golden).
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "linnet/reference/int8_interpreter.h"
#include "linnet/tflite/import_tflite.h"

namespace linnet::reference {
namespace {

std::vector<uint8_t> ReadFile(const std::string& name) {
  const char* models = std::getenv("LINNET_MODELS");
  const auto folder =
      models != nullptr ? std::filesystem::path(models) : std::filesystem::path(LINNET_SOURCE_DIR) / "../shared/models";
  std::ifstream file(folder / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The bytes of `generator` in golden/*/meta.json.
struct Xorshift32 {
  uint32_t x = 1;
  int8_t Next() {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return static_cast<int8_t>(x & 0xFF);
  }
};

// What the softmax of the network reads.
std::optional<graph::TensorId> LogitsOf(const graph::Graph& graph) {
  for (const graph::Node& node : graph.nodes) {
    if (node.op == graph::OpKind::kSoftmax) return node.inputs[0];
  }
  return std::nullopt;
}

class GoldenAnswers : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(GoldenAnswers, AreGivenBitForBit) {
  const auto& [folder, file] = GetParam();
  const std::vector<uint8_t> model = ReadFile(file);
  const std::vector<uint8_t> outputs = ReadFile("golden/" + folder + "/output.bin");
  const std::vector<uint8_t> logits = ReadFile("golden/" + folder + "/logits.bin");
  if (model.empty() || outputs.empty() || logits.empty()) GTEST_SKIP() << "../shared/models has no " << file;

  const auto graph = tflite::ImportTflite(model);
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  auto network = Int8Interpreter::Create(*graph);
  ASSERT_TRUE(network.has_value()) << network.error().message;
  const auto logits_id = LogitsOf(*graph);
  ASSERT_TRUE(logits_id.has_value());

  Xorshift32 generator;
  std::vector<int8_t> input(network->value(graph->inputs.at(0)).size());
  std::vector<uint8_t> our_outputs;
  std::vector<uint8_t> our_logits;
  for (int run = 0; run < 20; ++run) {
    for (int8_t& q : input) q = generator.Next();
    network->Run(input);
    our_outputs.insert(our_outputs.end(), network->output().begin(), network->output().end());
    our_logits.insert(our_logits.end(), network->value(*logits_id).begin(), network->value(*logits_id).end());
  }
  EXPECT_EQ(our_logits, logits);
  EXPECT_EQ(our_outputs, outputs);
}

INSTANTIATE_TEST_SUITE_P(Models, GoldenAnswers,
                         testing::Values(std::pair{"kws", "kws_ref_model.tflite"},
                                         std::pair{"ic", "pretrainedResnet_quant.tflite"}),
                         [](const auto& test) { return test.param.first; });

}  // namespace
}  // namespace linnet::reference
