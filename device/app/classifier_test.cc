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
constexpr uint32_t kArenaBytes = 16 + kImagePixels;
int Echo(void* arena) {
  auto* output = static_cast<uint8_t*>(arena);
  std::memcpy(output, output + 16, 10);
  return 0;
}
void Forget(void*) {}

LinnetModelDescription Description() {
  LinnetModelDescription d{};
  d.abi_version = kLinnetModelAbi;
  std::strcpy(d.name, "echo-1");
  d.arena_bytes = kArenaBytes;
  d.input_count = d.output_count = 1;
  d.inputs[0] = {kLinnetInt8, 16, kImagePixels, 1, {kImagePixels}, 1.0f / 255.0f, -128};
  d.outputs[0] = {kLinnetInt8, 0, 10, 1, {10}, 1.0f / 256.0f, -128};
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
  Model model() { return {&description_, inputs_.data(), outputs_.data(), Forget, Echo}; }

  LinnetModelDescription description_;
  std::vector<uint8_t> inputs_, outputs_;
  alignas(8) std::array<uint8_t, kArenaBytes> arena_{};
  platform::TextLine reason_;
  std::array<uint8_t, kImagePixels> pixels_{};
  Classifier classifier_;
};

TEST_F(ClassifierTest, TheGreatestOutputIsTheAnswerAndTheMarginItsLead) {
  ASSERT_EQ(classifier_.Init(model(), arena_, reason_), Status::kOk);
  pixels_[7] = 192;
  pixels_[3] = 64;
  Answer answer = classifier_.Classify(pixels_);
  EXPECT_EQ(answer.digit, 7);
  EXPECT_EQ(answer.margin_milli, 500);  // (192 - 64) / 256
}

TEST_F(ClassifierTest, TheFirstOfEqualsIsTheAnswerWithoutMargin) {
  ASSERT_EQ(classifier_.Init(model(), arena_, reason_), Status::kOk);
  pixels_[2] = pixels_[9] = 255;
  Answer answer = classifier_.Classify(pixels_);
  EXPECT_EQ(answer.digit, 2);
  EXPECT_EQ(answer.margin_milli, 0);
}

TEST_F(ClassifierTest, GoldenVectorsAreComparedBitForBit) {
  ASSERT_EQ(classifier_.Init(model(), arena_, reason_), Status::kOk);
  EXPECT_TRUE(classifier_.CheckGoldenVectors().passed());
  outputs_[13] ^= 1;
  VectorCheck check = classifier_.CheckGoldenVectors();
  EXPECT_EQ(check.equal, 1u);
  EXPECT_FALSE(check.passed());
}

TEST_F(ClassifierTest, ANetworkWithoutGoldenVectorsProvesNothing) {
  description_.vector_count = 0;
  ASSERT_EQ(classifier_.Init(model(), arena_, reason_), Status::kOk);
  EXPECT_FALSE(classifier_.CheckGoldenVectors().passed());
}

TEST_F(ClassifierTest, RefusesWhatItCantRunAndSaysWhy) {
  const auto refused = [&](auto change) {
    description_ = Description();
    change(description_);
    reason_ = {};
    return classifier_.Init(model(), arena_, reason_);
  };
  EXPECT_EQ(refused([](auto& d) { d.abi_version = 1; }), Status::kUnimplemented);
  EXPECT_EQ(reason_.text(), "it was compiled for ABI 1, this firmware runs 2");
  EXPECT_EQ(refused([](auto& d) { d.inputs[0].type = kLinnetFloat32; }), Status::kUnimplemented);
  EXPECT_EQ(reason_.text(), "it has 1 inputs, type 0; this firmware takes one of int8");
  EXPECT_EQ(refused([](auto& d) { d.output_count = 2; }), Status::kUnimplemented);
  EXPECT_EQ(reason_.text(), "it has 2 outputs, type 1; this firmware takes one of int8");
  EXPECT_EQ(refused([](auto& d) { d.inputs[0].count = 100; }), Status::kInvalidArgument);
  EXPECT_EQ(reason_.text(), "it takes 100 values, an image has 784");
  EXPECT_EQ(refused([](auto& d) { d.outputs[0].count = Classifier::kOutputsMax + 1; }), Status::kInvalidArgument);
  EXPECT_EQ(reason_.text(), "it tells 65 classes apart, this firmware 2 to 64");
  EXPECT_EQ(refused([](auto& d) { d.outputs[0].offset_bytes = kArenaBytes - 9; }), Status::kInvalidArgument);
  EXPECT_EQ(reason_.text(), "its output lies outside its arena");
  EXPECT_EQ(refused([](auto& d) { d.inputs[0].offset_bytes = 0xFFFFFFF0; }), Status::kInvalidArgument);
  EXPECT_EQ(refused([](auto& d) { d.arena_bytes += 8; }), Status::kResourceExhausted);
  EXPECT_EQ(reason_.text(), "its arena of 808 bytes is larger than the 800 that are left");
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
