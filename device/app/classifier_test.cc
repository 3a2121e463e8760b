#include "linnet/app/classifier.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "linnet/app/image_set.h"
#include "linnet/graph/fixed_point.h"

namespace linnet::app {
namespace {

// A network that answers with the first ten inputs, so that a test chooses the answer with ten pixels.
int Echo(void*, const void* input, void* output) {
  std::memcpy(output, input, 10);
  return 0;
}

LinnetModelDescription Description() {
  LinnetModelDescription d{};
  d.abi_version = 1;
  std::strcpy(d.name, "echo-1");
  d.arena_bytes = 16;
  d.input_type = d.output_type = kLinnetInt8;
  d.input_count = kImagePixels;
  d.input_scale = 1.0f / 255.0f;
  d.input_zero_point = -128;
  d.output_count = 10;
  d.output_scale = 1.0f / 256.0f;
  d.output_zero_point = -128;
  d.vector_count = 2;
  return d;
}

class ClassifierTest : public testing::Test {
 protected:
  ClassifierTest() : description_(Description()), inputs_(2 * kImagePixels), outputs_(2 * 10) {
    for (size_t i = 0; i < 10; ++i) {
      inputs_[i] = outputs_[i] = static_cast<uint8_t>(i);
      inputs_[kImagePixels + i] = outputs_[10 + i] = static_cast<uint8_t>(100 - i);
    }
  }
  Model model() { return {&description_, inputs_.data(), outputs_.data(), Echo}; }

  LinnetModelDescription description_;
  std::vector<uint8_t> inputs_, outputs_;
  alignas(8) std::array<uint8_t, 16> arena_{};
  std::array<uint8_t, kImagePixels> pixels_{};
  Classifier classifier_;
};

TEST_F(ClassifierTest, TheGreatestOutputIsTheAnswerAndTheMarginItsLead) {
  ASSERT_EQ(classifier_.Init(model(), arena_), Status::kOk);
  pixels_[7] = 192;
  pixels_[3] = 64;
  Answer answer = classifier_.Classify(pixels_);
  EXPECT_EQ(answer.digit, 7);
  EXPECT_EQ(answer.margin_milli, 500);  // (192 - 64) / 256
}

TEST_F(ClassifierTest, TheFirstOfEqualsIsTheAnswerWithoutMargin) {
  ASSERT_EQ(classifier_.Init(model(), arena_), Status::kOk);
  pixels_[2] = pixels_[9] = 255;
  Answer answer = classifier_.Classify(pixels_);
  EXPECT_EQ(answer.digit, 2);
  EXPECT_EQ(answer.margin_milli, 0);
}

TEST_F(ClassifierTest, GoldenVectorsAreComparedBitForBit) {
  ASSERT_EQ(classifier_.Init(model(), arena_), Status::kOk);
  EXPECT_TRUE(classifier_.CheckGoldenVectors().passed());
  outputs_[13] ^= 1;
  VectorCheck check = classifier_.CheckGoldenVectors();
  EXPECT_EQ(check.equal, 1u);
  EXPECT_FALSE(check.passed());
}

TEST_F(ClassifierTest, ANetworkWithoutGoldenVectorsProvesNothing) {
  description_.vector_count = 0;
  ASSERT_EQ(classifier_.Init(model(), arena_), Status::kOk);
  EXPECT_FALSE(classifier_.CheckGoldenVectors().passed());
}

TEST_F(ClassifierTest, RefusesWhatItCantRun) {
  description_.abi_version = 2;
  EXPECT_EQ(classifier_.Init(model(), arena_), Status::kUnimplemented);
  description_ = Description();
  description_.input_type = kLinnetFloat32;
  EXPECT_EQ(classifier_.Init(model(), arena_), Status::kUnimplemented);
  description_ = Description();
  description_.input_count = 100;
  EXPECT_EQ(classifier_.Init(model(), arena_), Status::kInvalidArgument);
  description_ = Description();
  description_.output_count = Classifier::kOutputsMax + 1;
  EXPECT_EQ(classifier_.Init(model(), arena_), Status::kInvalidArgument);
  description_ = Description();
  description_.arena_bytes = arena_.size() + 1;
  EXPECT_EQ(classifier_.Init(model(), arena_), Status::kResourceExhausted);
}

TEST(QuantisePixel, RoundsAndClamps) {
  EXPECT_EQ(QuantisePixel(0, 1.0f / 255, -128), -128);
  EXPECT_EQ(QuantisePixel(255, 1.0f / 255, -128), 127);
  EXPECT_EQ(QuantisePixel(255, 1.0f / 127, 0), 127);
  EXPECT_EQ(QuantisePixel(255, 1.0f / 1000, 0), 127);  // 1,000 steps
  EXPECT_EQ(QuantisePixel(255, 1e-30f, -128), 127);
}

TEST(QuantisePixel, IsTheNearestStepForEveryPixel) {
  for (float scale : {1.0f / 255, 1.0f / 256, 0.0078125f, 0.00389f, 0.0125f}) {
    for (int pixel = 0; pixel < 256; ++pixel) {
      double exact = pixel / 255.0 / scale;
      int q = QuantisePixel(static_cast<uint8_t>(pixel), scale, -128) + 128;
      if (q < 255) {
        EXPECT_LE(std::abs(q - exact), 0.5001) << "pixel " << pixel << " scale " << scale;
      }
    }
  }
}

// A board sees the inputs that the compiler calibrated and measured accuracy with.
TEST(QuantisePixel, IsTheCompilersOwnQuantisation) {
  constexpr unsigned kSeed = 7;
  std::mt19937 random(kSeed);
  std::uniform_real_distribution<float> scales(1e-4f, 0.05f);
  for (int i = 0; i < 2000; ++i) {
    const float scale = i < 1000 ? 1.0f / static_cast<float>(i + 1) : scales(random);
    const int32_t zero_point = static_cast<int32_t>(random() % 256) - 128;
    for (int pixel = 0; pixel < 256; ++pixel) {
      ASSERT_EQ(QuantisePixel(static_cast<uint8_t>(pixel), scale, zero_point),
                graph::QuantizeValue(static_cast<float>(pixel) / 255.0f, scale, zero_point))
          << "pixel " << pixel << " scale " << scale << " zero point " << zero_point << " seed " << kSeed;
    }
  }
}

TEST(ImageSet, ReadsRecordsInOrder) {
  std::vector<uint8_t> records(2 * ImageSet::kRecordBytes);
  records[0] = 4;   // index
  records[1] = 2;   // label
  records[2] = 17;  // first pixel
  records[ImageSet::kRecordBytes] = 5;
  records[ImageSet::kRecordBytes + 1] = 9;
  records[2 * ImageSet::kRecordBytes - 1] = 33;  // last pixel
  auto set = ImageSet::Parse(records);
  ASSERT_TRUE(set);
  ASSERT_EQ(set->size(), 2u);
  EXPECT_EQ(set->image(0).index, 4);
  EXPECT_EQ(set->image(0).label, 2);
  EXPECT_EQ(set->image(0).pixels[0], 17);
  EXPECT_EQ(set->image(1).label, 9);
  EXPECT_EQ(set->image(1).pixels[kImagePixels - 1], 33);
}

TEST(ImageSet, RefusesPartsOfRecords) {
  std::vector<uint8_t> records(65 * ImageSet::kRecordBytes);
  EXPECT_FALSE(ImageSet::Parse({}));
  EXPECT_FALSE(ImageSet::Parse(ByteSpan(records).first(ImageSet::kRecordBytes - 1)));
  EXPECT_FALSE(ImageSet::Parse(records));
  EXPECT_TRUE(ImageSet::Parse(ByteSpan(records).first(64 * ImageSet::kRecordBytes)));
}

}  // namespace
}  // namespace linnet::app
