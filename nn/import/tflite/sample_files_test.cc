// The sample files import, hold every operator, and damage at any byte gives an error or a graph.
#include "sample_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "test_text.h"

namespace linnet::tflite {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TfliteSamples, EachImportsAndTogetherTheyHoldEveryOperator) {
  std::string operators;
  for (size_t i = 0; i < kSampleCount; ++i) {
    TfliteBuilder sample = Sample(i);
    EXPECT_THAT(TextOf(sample), Not(HasSubstr("error: "))) << "sample " << i;
    for (const auto& code : sample.model.operator_codes)
      operators += std::string(", ") + schema::EnumNameBuiltinOperator(code->builtin_code) + ", ";
  }
  std::string all = SupportedOperators() + ", ";
  for (size_t end = all.find(", "); end != std::string::npos; end = all.find(", ")) {
    EXPECT_THAT(operators, HasSubstr(", " + all.substr(0, end) + ", "));
    all.erase(0, end + 2);
  }
}

TEST(TfliteSamples, DamagedAtAnyByteOrCutTheyAreErrorsOrGraphs) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed) + "; replay by setting it in place of random_device");
  std::mt19937 random(seed);
  for (size_t i = 0; i < kSampleCount; ++i) {
    const std::vector<uint8_t> bytes = Sample(i).Bytes();
    for (size_t at = 0; at < bytes.size(); ++at) {
      std::vector<uint8_t> wrong = bytes;
      wrong[at] = static_cast<uint8_t>(random());
      const auto damaged = ImportTflite(wrong);
      EXPECT_TRUE(!damaged.has_value() || graph::Verify(*damaged).has_value()) << "sample " << i << " byte " << at;
      const auto cut = ImportTflite(std::span(bytes).first(at));
      EXPECT_TRUE(!cut.has_value() || graph::Verify(*cut).has_value()) << "sample " << i << " cut at " << at;
    }
  }
}

}  // namespace
}  // namespace linnet::tflite
