// What a compiled network looks like to whoever runs it: firmware, host process, profiler. Generated code defines
// these symbols; there is one network a link. Plain C++ with no pointers in constant data, so that the same object
// is position-independent.
//
//   model_reset(arena);                          // once, and whenever a network with state is to forget
//   copy the input to arena + inputs[0].offset_bytes;
//   model_run(arena);
//   read the answer at arena + outputs[0].offset_bytes;
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

enum LinnetModelType : uint32_t {
  kLinnetFloat32 = 0,
  kLinnetInt8 = 1,
  kLinnetInt32 = 2,
  kLinnetInt64 = 3,
  kLinnetInt16 = 4,
};

enum : uint32_t {
  kLinnetModelAbi = 2,
  kLinnetTensorsMax = 4,  // inputs, and outputs
  kLinnetRankMax = 6,
};

// Never renumber or reorder the fields of the two structures: the layout is ABI version 2.
struct LinnetTensorDescription {
  uint32_t type;          // LinnetModelType
  uint32_t offset_bytes;  // in the arena, a multiple of 4, of 8 for int64
  uint32_t count;         // elements, not bytes
  uint32_t rank;          // of shape; the dimensions behind it are 0
  uint32_t shape[kLinnetRankMax];
  float scale;  // real = scale * (q - zero_point); 1 and 0 where the type is neither int8 nor int16
  int32_t zero_point;
};

// One arena holds every writable byte but the stack: state, inputs, outputs and what the layers work in.
struct LinnetModelDescription {
  uint32_t abi_version;  // kLinnetModelAbi
  char name[32];         // zero-terminated, the version a fleet reports: "dnn-2"
  uint8_t identity[32];  // SHA-256 over weights, shapes and quantisation: two equal identities answer alike
  uint32_t arena_bytes;  // a multiple of 8
  uint32_t state_bytes;  // the first bytes of the arena, kept from run to run (LSTM, SVDF); 0 for most networks
  uint32_t input_count;  // at most kLinnetTensorsMax, as the outputs
  uint32_t output_count;
  LinnetTensorDescription inputs[kLinnetTensorsMax];  // unused ones are zero
  LinnetTensorDescription outputs[kLinnetTensorsMax];
  uint32_t vector_count;  // golden vectors below
};

extern const LinnetModelDescription model_description;

// Golden vectors: vector_count times the inputs one after the other, and the outputs that every target must give for them,
// bit for bit. Each holds for a run straight after model_reset.
extern const uint8_t model_vector_inputs[];
extern const uint8_t model_vector_outputs[];

// Gives the state its first value; touches nothing else of the arena. Call it before the first run.
// `arena` holds arena_bytes, 8-byte aligned.
void model_reset(void* arena);

// Runs the network once on the inputs in the arena, which may be overwritten. Outputs stay until the next run. All but the
// state and the inputs may hold anything before. Returns 0. Reentrant with distinct arenas; no heap, no statics.
int model_run(void* arena);

}  // extern "C"

static_assert(sizeof(LinnetTensorDescription) == 48 && sizeof(LinnetModelDescription) == 472);
