// What --calibrate names: a data set, rows of an .npy file, or nothing. Private to apps/cli.
#pragma once

#include <optional>
#include <string>

#include "console.h"
#include "linnet/data/dataset.h"
#include "linnet/graph/graph.h"
#include "linnet/quantize/quantize.h"

namespace linnet::cli {

struct CompileData {
  std::optional<data::Dataset> set;
  quantize::Calibration rows;  // of an .npy file: all inputs of the network one after the other
  std::string name;            // "mnist", "inputs.npy"; empty: random inputs

  bool empty() const { return name.empty(); }
};

// `name` as CompileOptions::data. The rows fit the graph's inputs. Errors name the file or set and what was expected.
Answer<CompileData> LoadCompileData(const std::string& name, const graph::Graph& graph);

// At most `count` inputs, random ones where there is no data; and in words where they come from.
struct CalibrationInputs {
  quantize::Calibration inputs;
  std::string source;  // "500 training images of mnist"
};
Outcome<CalibrationInputs> MakeCalibration(const CompileData& data, const graph::Graph& graph, int count,
                                           uint32_t seed);

}  // namespace linnet::cli
