// A network small enough to read: the score of digit d is the mean of rows 2d+4 and 2d+5 of the image. It recognises nothing; it
// has all that firmware asks of a compiled network, so that boot and firmware can be tested without a compiler.
#include "linnet/model/model.h"

extern "C" {

constinit const LinnetModelDescription model_description = {
    .abi_version = 1,
    .name = "rows-1",
    .identity = {0x72, 0x6F, 0x77, 0x73},
    .arena_bytes = 64,
    .input_type = kLinnetInt8,
    .input_count = 784,
    .input_scale = 1.0f / 255.0f,
    .input_zero_point = -128,
    .output_type = kLinnetInt8,
    .output_count = 10,
    .output_scale = 1.0f / 256.0f,
    .output_zero_point = -128,
    .vector_count = 2,
};

int model_run(void* arena, const void* input, void* output) {
  const auto* pixels = static_cast<const int8_t*>(input);
  auto* sums = static_cast<int32_t*>(arena);
  for (int digit = 0; digit < 10; ++digit) {
    sums[digit] = 0;
    for (int i = 0; i < 56; ++i) sums[digit] += pixels[(2 * digit + 4) * 28 + i] + 128;
    static_cast<int8_t*>(output)[digit] = static_cast<int8_t>(sums[digit] / 56 - 128);
  }
  return 0;
}

}  // extern "C"
