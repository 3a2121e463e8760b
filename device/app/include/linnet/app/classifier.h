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
#include "linnet/platform/text_line.h"

namespace linnet::app {

// The symbols of a compiled network as values, so that a test can bring its own.
struct Model {
  const LinnetModelDescription* description;
  const uint8_t* vector_inputs;
  const uint8_t* vector_outputs;
  void (*reset)(void* arena);
  int (*run)(void* arena);

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

  // `arena` is 8-byte aligned and outlives the classifier. What refuses the network adds why to `reason`, for the terminal:
  // "its arena of 70000 bytes is larger than the 50000 that are left".
  // kOk | kUnimplemented: another ABI, more than one input or output, or not int8 in and out
  // | kInvalidArgument: the network doesn't take kImagePixels inputs, gives fewer than 2 or more than kOutputsMax outputs, or
  // describes a tensor outside its arena | kResourceExhausted: it needs a larger arena
  Status Init(const Model& model, MutableByteSpan arena, platform::TextLine& reason);

  // Starts from the network's first state each time. REQUIRES: Init gave kOk; `pixels` holds kImagePixels.
  Answer Classify(ByteSpan pixels);
  VectorCheck CheckGoldenVectors();

 private:
  int8_t* input() const {
    return reinterpret_cast<int8_t*>(arena_.data()) + model_.description->inputs[0].offset_bytes;
  }
  const int8_t* output() const {
    return reinterpret_cast<const int8_t*>(arena_.data()) + model_.description->outputs[0].offset_bytes;
  }
  void Run();

  Model model_{};
  MutableByteSpan arena_;
  std::array<int8_t, 256> quantised_{};  // of each pixel value
};

// q = clamp(round(pixel / 255 / scale) + zero_point), round half away from zero; the first division in single, the second in
// double precision, as the compiler's own tools do it (nn/graph, QuantizeValue): a board sees the inputs that were calibrated.
int8_t QuantisePixel(uint8_t pixel, float scale, int32_t zero_point);

}  // namespace linnet::app
