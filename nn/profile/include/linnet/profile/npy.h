// NumPy's .npy files, versions 1 to 3 (NEP 1): what `linnet run --input` takes. C order only.
#pragma once

#include <cstdint>
#include <vector>

#include "linnet/base/bytes.h"
#include "linnet/base/error.h"
#include "linnet/graph/graph.h"

namespace linnet::profile {

enum class NpyType : uint8_t { kFloat32, kFloat64, kInt8, kUint8, kInt16, kInt32, kInt64 };

struct NpyArray {
  NpyType type = NpyType::kFloat32;
  std::vector<int64_t> shape;
  std::vector<uint8_t> data;  // little-endian elements, row-major
};

//   kInvalidArgument: not an .npy file or a malformed header | kUnimplemented: another type, or Fortran order
//   kDataLoss: fewer bytes than the shape needs
Outcome<NpyArray> ParseNpy(ByteSpan file);

// What a network's input takes.
struct InputKind {
  graph::DType type = graph::DType::kInt8;  // or kInt16, kFloat32, kInt32, kInt64
  size_t elements = 0;
  float scale = 1;  // of kInt8 and kInt16
  int32_t zero_point = 0;
};

// One input a row of `kind.elements`, as the network's bytes. For an int8 input: int8 arrays as they stand, real numbers as
// round(x / scale) + zero_point, halves away from zero, clamped (graph::QuantizeValue). For a float input: the real numbers.
// int16 inputs likewise, by int16 arrays. uint8 arrays are pixels and mean the real number x / 255. Integer inputs take whole numbers.
//   kInvalidArgument: the element count is no multiple of `elements`, or a number is not finite, not whole or out of range
Outcome<std::vector<std::vector<uint8_t>>> ConvertInputs(const NpyArray& array, const InputKind& kind);

}  // namespace linnet::profile
