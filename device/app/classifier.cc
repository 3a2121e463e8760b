#include "linnet/app/classifier.h"

#include <algorithm>

#include "linnet/app/image_set.h"
#include "linnet/base/check.h"

namespace linnet::app {

std::string_view Model::name() const {
  const char* begin = description->name;
  return {begin, static_cast<size_t>(std::find(begin, begin + sizeof(description->name), '\0') - begin)};
}

int8_t QuantisePixel(uint8_t pixel, float scale, int32_t zero_point) {
  const float real = static_cast<float>(pixel) / 255.0f;
  const double steps = static_cast<double>(real) / static_cast<double>(scale);
  // The cast truncates: pixels and scales are not negative. Beyond 512 steps the clamp decides anyway.
  const auto rounded = static_cast<int32_t>(std::min(steps, 512.0) + 0.5);
  return static_cast<int8_t>(std::clamp<int32_t>(rounded + zero_point, -128, 127));
}

Status Classifier::Init(const Model& model, MutableByteSpan arena) {
  const LinnetModelDescription& d = *model.description;
  if (d.abi_version != 1 || d.input_type != kLinnetInt8 || d.output_type != kLinnetInt8) return Status::kUnimplemented;
  if (d.input_count != kImagePixels || d.output_count < 2 || d.output_count > kOutputsMax)
    return Status::kInvalidArgument;
  if (d.arena_bytes > arena.size()) return Status::kResourceExhausted;
  model_ = model;
  arena_ = arena;
  for (uint32_t pixel = 0; pixel < 256; ++pixel) {
    quantised_[pixel] = QuantisePixel(static_cast<uint8_t>(pixel), d.input_scale, d.input_zero_point);
  }
  return Status::kOk;
}

Answer Classifier::Classify(ByteSpan pixels) {
  LINNET_CHECK(pixels.size() == kImagePixels);
  std::array<int8_t, kImagePixels> input;
  std::array<int8_t, kOutputsMax> output;
  for (size_t i = 0; i < pixels.size(); ++i) input[i] = quantised_[pixels[i]];
  LINNET_CHECK(model_.run(arena_.data(), input.data(), output.data()) == 0);

  size_t best = 0;
  int32_t second = -129;
  for (size_t i = 1; i < model_.description->output_count; ++i) {
    if (output[i] > output[best]) {
      second = output[best];
      best = i;
    } else if (output[i] > second) {
      second = output[i];
    }
  }
  float margin = static_cast<float>(output[best] - second) * model_.description->output_scale;
  auto milli = static_cast<int32_t>(std::clamp(margin, 0.0f, 1.0f) * 1000.0f + 0.5f);
  return {.digit = static_cast<uint8_t>(best), .margin_milli = static_cast<uint16_t>(milli)};
}

VectorCheck Classifier::CheckGoldenVectors() {
  const LinnetModelDescription& d = *model_.description;
  VectorCheck check{.equal = 0, .count = d.vector_count};
  std::array<uint8_t, kOutputsMax> output;
  for (uint32_t i = 0; i < d.vector_count; ++i) {
    LINNET_CHECK(model_.run(arena_.data(), model_.vector_inputs + i * d.input_count, output.data()) == 0);
    if (std::equal(output.begin(), output.begin() + d.output_count, model_.vector_outputs + i * d.output_count)) {
      ++check.equal;
    }
  }
  return check;
}

}  // namespace linnet::app
