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

namespace {

Status CheckEnd(const char* which, uint32_t tensors, const LinnetTensorDescription& t, uint32_t arena_bytes,
                platform::TextLine& reason) {
  if (tensors != 1 || t.type != kLinnetInt8) {
    reason << "it has " << tensors << ' ' << which << "s, type " << t.type << "; this firmware takes one of int8";
    return Status::kUnimplemented;
  }
  if (t.offset_bytes > arena_bytes || t.count > arena_bytes - t.offset_bytes) {
    reason << "its " << which << " lies outside its arena";
    return Status::kInvalidArgument;
  }
  return Status::kOk;
}

Status CheckDescription(const LinnetModelDescription& d, size_t arena_bytes, platform::TextLine& reason) {
  if (d.abi_version != kLinnetModelAbi) {
    reason << "it was compiled for ABI " << d.abi_version << ", this firmware runs " << uint32_t{kLinnetModelAbi};
    return Status::kUnimplemented;
  }
  if (Status s = CheckEnd("input", d.input_count, d.inputs[0], d.arena_bytes, reason); !Ok(s)) return s;
  if (Status s = CheckEnd("output", d.output_count, d.outputs[0], d.arena_bytes, reason); !Ok(s)) return s;
  if (d.inputs[0].count != kImagePixels) {
    reason << "it takes " << d.inputs[0].count << " values, an image has " << kImagePixels;
    return Status::kInvalidArgument;
  }
  if (const uint32_t classes = d.outputs[0].count; classes < 2 || classes > Classifier::kOutputsMax) {
    reason << "it tells " << classes << " classes apart, this firmware 2 to " << Classifier::kOutputsMax;
    return Status::kInvalidArgument;
  }
  if (d.arena_bytes > arena_bytes) {
    reason << "its arena of " << d.arena_bytes << " bytes is larger than the " << arena_bytes << " that are left";
    return Status::kResourceExhausted;
  }
  return Status::kOk;
}

}  // namespace

Status Classifier::Init(const Model& model, MutableByteSpan arena, platform::TextLine& reason) {
  const LinnetModelDescription& d = *model.description;
  if (Status s = CheckDescription(d, arena.size(), reason); !Ok(s)) return s;
  model_ = model;
  arena_ = arena;
  for (uint32_t pixel = 0; pixel < 256; ++pixel) {
    quantised_[pixel] = QuantisePixel(static_cast<uint8_t>(pixel), d.inputs[0].scale, d.inputs[0].zero_point);
  }
  return Status::kOk;
}

void Classifier::Run() { LINNET_CHECK(model_.run(arena_.data()) == 0); }

Answer Classifier::Classify(ByteSpan pixels) {
  LINNET_CHECK(pixels.size() == kImagePixels);
  model_.reset(arena_.data());
  for (size_t i = 0; i < pixels.size(); ++i) input()[i] = quantised_[pixels[i]];
  Run();

  const LinnetTensorDescription& classes = model_.description->outputs[0];
  const int8_t* scores = output();
  size_t best = 0;
  int32_t second = -129;
  for (size_t i = 1; i < classes.count; ++i) {
    if (scores[i] > scores[best]) {
      second = scores[best];
      best = i;
    } else if (scores[i] > second) {
      second = scores[i];
    }
  }
  float margin = static_cast<float>(scores[best] - second) * classes.scale;
  auto milli = static_cast<int32_t>(std::clamp(margin, 0.0f, 1.0f) * 1000.0f + 0.5f);
  return {.digit = static_cast<uint8_t>(best), .margin_milli = static_cast<uint16_t>(milli)};
}

VectorCheck Classifier::CheckGoldenVectors() {
  const LinnetModelDescription& d = *model_.description;
  VectorCheck check{.equal = 0, .count = d.vector_count};
  const uint32_t inputs = d.inputs[0].count, outputs = d.outputs[0].count;
  for (uint32_t i = 0; i < d.vector_count; ++i) {
    model_.reset(arena_.data());
    std::copy_n(model_.vector_inputs + i * inputs, inputs, input());
    Run();
    const uint8_t* expected = model_.vector_outputs + i * outputs;
    if (std::equal(expected, expected + outputs, reinterpret_cast<const uint8_t*>(output()))) ++check.equal;
  }
  return check;
}

}  // namespace linnet::app
