// What can be told of a file's bytes before memory is spent on them.
#pragma once

#include "linnet/onnx/import_onnx.h"

namespace linnet::onnx {

// Walks the fields without building anything: tells a file that was cut short from one that never was ONNX, and counts
// nodes, fields and packed numbers, which grow when parsed.
//   kDataLoss: cut short | kInvalidArgument: not an ONNX model | kResourceExhausted: over the limits
Outcome<void> Survey(std::span<const uint8_t> bytes, const ImportOptions& options);

}  // namespace linnet::onnx
