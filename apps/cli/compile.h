// compile: a network that others trained becomes C++ with golden vectors and a report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "console.h"

namespace linnet::cli {

struct CompileOptions {
  std::string model;  // a file that nn/import reads
  std::string
      data;  // mnist, fashion-mnist, idx:DIR: calibrates on its training images, measures on its test images; empty: neither
  std::string name;  // what a fleet reports; empty: the output folder's name
  std::string out;
  std::vector<std::string> outputs;  // layers whose answer is wanted; empty: as the file says
  std::string input_shape;           // "1,28,28,1", for a file that doesn't say its own
  std::vector<std::string> without;  // names of passes to leave out
  int calibration_inputs = 500;      // images of a data set, or random inputs
  int vectors = 0;                   // golden vectors; 0: as many as 32 KB hold, at most 8
  std::optional<bool> try_on_board;  // default: where accuracy is measured as well
  uint64_t seed = 1;                 // of random inputs
};
Done Compile(const Console& console, const CompileOptions& options);

}  // namespace linnet::cli
