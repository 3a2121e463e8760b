// What a compiled network looks like to whoever runs it: firmware, host process, profiler. Generated code defines
// these symbols; there is one network a link. Plain C++ with no pointers in constant data, so that the same object
// is position-independent.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

enum LinnetModelType : uint32_t { kLinnetFloat32 = 0, kLinnetInt8 = 1 };

// Never renumber or reorder: the layout is ABI version 1.
struct LinnetModelDescription {
  uint32_t abi_version;  // 1
  char name[32];         // zero-terminated, the version a fleet reports: "dnn-2"
  uint8_t identity[32];  // SHA-256 over weights, shapes and quantisation: two equal identities answer alike
  uint32_t arena_bytes;  // what model_run needs, aligned to 8
  uint32_t input_type;   // LinnetModelType
  uint32_t input_count;  // elements, not bytes
  float input_scale;     // real = scale * (q - zero_point); 1 and 0 for float
  int32_t input_zero_point;
  uint32_t output_type;
  uint32_t output_count;
  float output_scale;
  int32_t output_zero_point;
  uint32_t vector_count;  // golden vectors below
};

extern const LinnetModelDescription model_description;

// Golden vectors: vector_count inputs one after the other and the outputs that every target must give, bit for bit.
extern const uint8_t model_vector_inputs[];
extern const uint8_t model_vector_outputs[];

// Runs the network once. `arena` holds arena_bytes, 8-byte aligned, contents arbitrary before and after.
// `input` and `output` hold input_count and output_count elements and may not overlap the arena.
// Returns 0. Reentrant with distinct arenas; no heap, no statics.
int model_run(void* arena, const void* input, void* output);

}  // extern "C"
