// Runs the compiled network on images and on its own golden vectors. Bit for bit the same on host and board: the pixels are
// quantised with IEEE division and a rounding of our own, once for each of the 256 values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"
#include "linnet/model/model.h"

namespace linnet::app {

// The symbols of a compiled network as values, so that a test can bring its own.
struct Model {
  const LinnetModelDescription* description;
  const uint8_t* vector_inputs;
  const uint8_t* vector_outputs;
  int (*run)(void* arena, const void* input, void* output);

  // The network this program is linked with.
  static Model Linked();
  std::string_view name() const;
};

struct Answer {
  uint8_t digit;          // the output with the greatest value; the first of equals
  uint16_t margin_milli;  // its probability minus that of the second, in thousandths
};

struct VectorCheck {
  uint32_t equal;
  uint32_t count;
  bool passed() const { return count > 0 && equal == count; }
};

class Classifier {
 public:
  static constexpr size_t kOutputsMax = 64;

  // `arena` is 8-byte aligned and outlives the classifier. kOk | kUnimplemented: another ABI, or not int8 in and out
  // | kInvalidArgument: the network doesn't take kImagePixels inputs, or gives fewer than 2 or more than kOutputsMax
  // outputs | kResourceExhausted: it needs a larger arena
  Status Init(const Model& model, MutableByteSpan arena);

  // REQUIRES: Init gave kOk; `pixels` holds kImagePixels.
  Answer Classify(ByteSpan pixels);
  VectorCheck CheckGoldenVectors();

 private:
  Model model_{};
  MutableByteSpan arena_;
  std::array<int8_t, 256> quantised_{};  // of each pixel value
};

// q = clamp(round(pixel / 255 / scale) + zero_point), round half away from zero; the first division in single, the second in
// double precision, as the compiler's own tools do it (nn/graph, QuantizeValue): a board sees the inputs that were calibrated.
int8_t QuantisePixel(uint8_t pixel, float scale, int32_t zero_point);

}  // namespace linnet::app
