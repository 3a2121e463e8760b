// Verbs about compiled networks: run, profile, prove.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "console.h"
#include "linnet/emit/emit.h"

namespace linnet::cli {

// `model` is a compiled model's folder, or a network's file, which is compiled out of sight with default options.
struct RunOptions {
  std::string model;
  std::vector<std::string> inputs;  // .npy files, one an input of the network, or
  std::string data;                 // a data set's test images
  int images = 1;                   // the first so many of them
  std::string target = "host";      // or mps2-an386
  bool reset_state = false;         // before each run instead of before the first
};
Done Run(const Console& console, const RunOptions& options);

struct ProfileOptions {
  std::string model;
  int inputs = 20;                     // random ones; the figures are the most over them
  std::optional<emit::Prefer> prefer;  // of a network's file: what was compiled has chosen already
  std::string weights = "int8";        // of a network's file, as CompileOptions::weights
};
Done Profile(const Console& console, const ProfileOptions& options);

struct ProveOptions {
  std::string model;
  std::string data = "mnist";
  int images = 0;            // the first so many of the test set, or
  int images_per_class = 2;  // of each class: the demo's twenty
  int random_inputs = 500;
  uint32_t seed = 1;
};
// Exit code 1 where one bit differs between reference, host and emulated board.
Done Prove(const Console& console, const ProveOptions& options);

}  // namespace linnet::cli
