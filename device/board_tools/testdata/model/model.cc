// A network small enough to read: the score of digit d is the mean of rows 2d+4 and 2d+5 of the image. It recognises nothing; it
// has all that firmware asks of a compiled network, so that boot and firmware can be tested without a compiler.
#include "linnet/model/model.h"

extern "C" {

constinit const LinnetModelDescription model_description = {
    .abi_version = kLinnetModelAbi,
    .name = "rows-1",
    .identity = {0x72, 0x6F, 0x77, 0x73},
    .arena_bytes = 800,
    .state_bytes = 0,
    .input_count = 1,
    .output_count = 1,
    .inputs = {{.type = kLinnetInt8,
                .offset_bytes = 16,
                .count = 784,
                .rank = 4,
                .shape = {1, 28, 28, 1},
                .scale = 1.0f / 255.0f,
                .zero_point = -128}},
    .outputs = {{.type = kLinnetInt8,
                 .offset_bytes = 0,
                 .count = 10,
                 .rank = 2,
                 .shape = {1, 10},
                 .scale = 1.0f / 256.0f,
                 .zero_point = -128}},
    .vector_count = 2,
};

void model_reset(void*) {}

int model_run(void* arena) {
  auto* output = static_cast<int8_t*>(arena);
  const int8_t* pixels = output + 16;
  for (int digit = 0; digit < 10; ++digit) {
    int sum = 0;
    for (int i = 0; i < 56; ++i) sum += pixels[(2 * digit + 4) * 28 + i] + 128;
    output[digit] = static_cast<int8_t>(sum / 56 - 128);
  }
  return 0;
}

}  // extern "C"
