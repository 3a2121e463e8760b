#include "constants.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "linnet/graph/build.h"

namespace linnet::tflite {
namespace {

TEST(TfliteConstants, HalvesAreExact) {
  EXPECT_EQ(HalfToFloat(0x0000), 0.0F);
  EXPECT_TRUE(std::signbit(HalfToFloat(0x8000)));
  EXPECT_EQ(HalfToFloat(0x3C00), 1.0F);
  EXPECT_EQ(HalfToFloat(0xC580), -5.5F);
  EXPECT_EQ(HalfToFloat(0x7BFF), 65504.0F);
  EXPECT_EQ(HalfToFloat(0x0001), std::ldexp(1.0F, -24));
  EXPECT_EQ(HalfToFloat(0x0400), std::ldexp(1.0F, -14));
  EXPECT_EQ(HalfToFloat(0xFC00), -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(HalfToFloat(0x7E00)));
}

TEST(TfliteConstants, TransposedElementsAndAxis) {
  graph::Tensor t;
  t.type = graph::DType::kInt16;
  t.constant = true;
  t.shape = {2, 3, 1};
  for (uint8_t i = 0; i < 6; ++i) t.data.insert(t.data.end(), {i, static_cast<uint8_t>(i + 100)});
  t.quantization = {{1, 2}, {0, 0}, 0};
  const graph::Tensor turned = Transposed(t, {1, 2, 0});
  EXPECT_EQ(turned.shape, (graph::Shape{3, 1, 2}));
  EXPECT_EQ(turned.data, (std::vector<uint8_t>{0, 100, 3, 103, 1, 101, 4, 104, 2, 102, 5, 105}));
  EXPECT_EQ(turned.quantization.axis, 2);
}

TEST(TfliteConstants, DequantizedAlongAnInnerAxis) {
  graph::Tensor t;
  t.type = graph::DType::kInt8;
  t.constant = true;
  t.shape = {2, 2, 1};
  t.data = {1, 2, 3, 255};
  t.quantization = {{0.5F, 2}, {0, 1}, 1};
  EXPECT_EQ(graph::FloatValues(Dequantized(t)), (std::vector<float>{0.5F, 2, 1.5F, -4}));
}

}  // namespace
}  // namespace linnet::tflite
