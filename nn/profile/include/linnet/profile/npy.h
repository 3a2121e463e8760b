// NumPy's .npy files, versions 1 to 3 (NEP 1): what `linnet run --input` takes. C order only.
#pragma once

#include <cstdint>
#include <vector>

#include "linnet/base/bytes.h"
#include "linnet/base/error.h"

namespace linnet::profile {

enum class NpyType : uint8_t { kFloat32, kFloat64, kInt8, kUint8 };

struct NpyArray {
  NpyType type = NpyType::kFloat32;
  std::vector<int64_t> shape;
  std::vector<uint8_t> data;  // little-endian elements, row-major
};

//   kInvalidArgument: not an .npy file or a malformed header | kUnimplemented: another type, or Fortran order
//   kDataLoss: fewer bytes than the shape needs
Outcome<NpyArray> ParseNpy(ByteSpan file);

// One int8 input a row of `elements`: int8 arrays as they stand, floats as round(x / scale) + zero_point, halves away
// from zero, clamped (graph::QuantizeValue); uint8 arrays are pixels and mean x / 255.
//   kInvalidArgument: the element count is no multiple of `elements`, or a float is not finite
Outcome<std::vector<std::vector<uint8_t>>> QuantizeInputs(const NpyArray& array, size_t elements, float scale,
                                                          int32_t zero_point);

}  // namespace linnet::profile
