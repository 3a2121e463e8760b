// The whole way from other people's file to an int8 network, on real images.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "linnet/data/dataset.h"
#include "linnet/import/import.h"
#include "linnet/passes/passes.h"
#include "linnet/quantize/images.h"

namespace linnet::quantize {
namespace {

std::filesystem::path SharedModel(const std::string& name) {
  const char* folder = std::getenv("LINNET_MODELS");
  return (folder != nullptr ? std::filesystem::path(folder)
                            : std::filesystem::path(LINNET_SOURCE_DIR) / "../shared/models") /
         name;
}

TEST(SharedModels, DeepMlpInInt8IsAsGoodAsInFloat) {
  const auto path = SharedModel("deep_mlp.pb");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here; set LINNET_MODELS to its folder";
  const auto mnist = data::Load("mnist");
  if (!mnist) GTEST_SKIP() << mnist.error().message;

  auto graph = import::ImportFile(path);
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  const auto passes = passes::RunPasses(*graph);
  ASSERT_TRUE(passes.has_value()) << passes.error().message;
  EXPECT_EQ(graph->nodes.size(), 3U) << graph::ToText(*graph);
  EXPECT_EQ(graph->tensor(graph->outputs[0]).name, "logits");

  const auto calibration = CalibrationFrom(mnist->train, *graph);
  ASSERT_TRUE(calibration.has_value()) << calibration.error().message;
  const auto quantized = Quantize(*graph, *calibration);
  ASSERT_TRUE(quantized.has_value()) << quantized.error().message;

  auto real = reference::FloatInterpreter::Create(*graph);
  auto int8 = reference::Int8Interpreter::Create(quantized->graph);
  ASSERT_TRUE(real && int8);
  const auto start = std::chrono::steady_clock::now();
  const int correct_float = CountCorrect(*real, mnist->test);
  const auto middle = std::chrono::steady_clock::now();
  const int correct_int8 = CountCorrect(*int8, mnist->test);
  const auto end = std::chrono::steady_clock::now();
  std::printf(
      "%sdeep_mlp.pb, output 'logits', pixels / 255, %d test images: float %d right (%.2f s), int8 %d right (%.2f s)\n",
      ToText(quantized->errors).c_str(), mnist->test.count, correct_float,
      std::chrono::duration<double>(middle - start).count(), correct_int8,
      std::chrono::duration<double>(end - middle).count());
  EXPECT_GE(correct_float, 9500);  // it has 95.55 %; the network is nearly indifferent to the scale of its input
  EXPECT_GE(correct_int8, correct_float - 10);  // 0.1 points of 10,000

  Options double_rounding;
  double_rounding.arithmetic = graph::Arithmetic::kTflite;
  double_rounding.range = {.method = RangeMethod::kMeanSquareError};
  const auto other = Quantize(*graph, *calibration, double_rounding);
  ASSERT_TRUE(other.has_value()) << other.error().message;
  auto tflite = reference::Int8Interpreter::Create(other->graph);
  ASSERT_TRUE(tflite.has_value());
  EXPECT_GE(CountCorrect(*tflite, mnist->test), correct_float - 10);
}

TEST(SharedModels, Cifar10CnnIsQuantised) {
  const auto path = SharedModel("cifar10_cnn.pb");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here; set LINNET_MODELS to its folder";
  auto graph = import::ImportFile(path);
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  ASSERT_TRUE(passes::RunPasses(*graph).has_value());
  EXPECT_EQ(graph->nodes.size(), 6U + 2 + 1 + 3) << graph::ToText(*graph);
  const auto quantized = Quantize(*graph, RandomCalibration(*graph, 20));
  ASSERT_TRUE(quantized.has_value()) << quantized.error().message;
  EXPECT_GT(quantized->errors.back().signal_to_noise_db, 15) << ToText(quantized->errors);
}

}  // namespace
}  // namespace linnet::quantize
