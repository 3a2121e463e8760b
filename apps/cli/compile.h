// compile: a network that others trained becomes C++ with golden vectors and a report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "console.h"
#include "linnet/emit/emit.h"

namespace linnet::cli {

enum class AnswerKind { kAsUsual, kScores, kIndex };

struct CompileOptions {
  std::string model;  // a file that nn/import reads
  std::string out;
  std::string name;  // what a fleet reports; empty: the output folder's name

  std::vector<std::string> outputs;          // layers whose answer is wanted; empty: as the file says
  std::string input_shape;                   // "1,28,28,1", for a file that doesn't say its own
  AnswerKind answer = AnswerKind::kAsUsual;  // of a last ArgMax: scores for float files, the index for int8 files
  std::vector<std::string> without;          // names of passes to leave out
  bool int8_io = false;                      // pass int8-ends
  bool passes = false;                       // show what each pass changed

  bool keep_float = false;  // don't quantise
  // mnist, fashion-mnist, idx:DIR, csv:FILE, png:DIR: training images give the ranges, test images the accuracy and golden
  // vectors; FILE.npy: a row an input; empty: random inputs.
  std::string data;
  std::string range = "minmax";
  std::string weights = "int8";       // or "int4", or "int4:fc1,fc2"
  std::string rounding;               // "single" or "double"; empty: single for what is quantised here
  int calibration_inputs = 500;       // images, rows or random inputs, at most
  uint32_t seed = 1;                  // of random inputs
  int vectors = 0;                    // golden vectors; 0: as many as 32 KB hold, at most 8
  std::optional<bool> try_on_board;   // default: where a data set gives the accuracy as well
  std::optional<uint64_t> ram_bytes;  // refuse an arena above
  emit::Prefer prefer = emit::Prefer::kInstructions;
};
Done Compile(const Console& console, const CompileOptions& options);

}  // namespace linnet::cli
