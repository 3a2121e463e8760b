// What goes into a compiled model: a folder for what the user named, inputs from .npy files and data sets. Private to apps/cli.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "console.h"
#include "linnet/emit/emit.h"
#include "linnet/profile/profile.h"
#include "output_file.h"

namespace linnet::cli {

// The folder that was named, or one of this call alone, compiled out of sight with default options from the file that was.
struct ModelFolder {
  std::filesystem::path path;
  std::optional<ScratchFolder> scratch;
};
// `weights`, as CompileOptions::weights, and `prefer` are for files alone.
Answer<ModelFolder> CompiledModel(const Console& console, const std::string& model, const std::string& weights = "int8",
                                  std::optional<emit::Prefer> prefer = std::nullopt);

struct Inputs {
  std::vector<profile::Bytes> values;  // all input tensors of a run, one after the other
  std::vector<int> labels;             // empty where unknown
};

// A file an input of the model, in order; an array with N times the elements of an input holds N runs.
Answer<Inputs> NpyInputs(const std::vector<std::string>& files, const emit::Report& report);

// The first `count` test images of a data set, or of each class `per_class` (the demo's), as the model takes them: x / 255.
// REQUIRES: TakesImages.
Answer<Inputs> FirstImages(const std::string& data, int count, const emit::Report& report);
Answer<Inputs> ImagesOfEachClass(const std::string& data, int per_class, const emit::Report& report);
// Whether the model has one input with as many elements as the data set's images have pixels.
Answer<bool> TakesImages(const std::string& data, const emit::Report& report);

}  // namespace linnet::cli
