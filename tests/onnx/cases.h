// Networks in ONNX that two programs are to answer alike.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace linnet::tests {

struct OnnxCase {
  std::string name;
  std::vector<uint8_t> file;
  std::vector<int64_t> input_shape;  // as ONNX has it
  bool int8 = false;                 // QDQ: answers may differ by a step
};

// Each operator and the forms it has; a few whole networks.
std::vector<OnnxCase> HandMadeCases();

// Chains of operators with random kinds and sizes. The same seed gives the same cases.
std::vector<OnnxCase> RandomCases(uint32_t seed, int count);

// The networks of HandMadeCases that have an int8 form, with scales from running the float form.
std::vector<OnnxCase> QuantizedCases();

// What nn/train exports: its built-in networks and a crooked one with random weights, in float, with 8-bit and with 4-bit weights.
std::vector<OnnxCase> ExportedCases();

}  // namespace linnet::tests
