// Verbs about compiled networks: run, profile, prove.
#pragma once

#include <string>

#include "console.h"

namespace linnet::cli {

struct RunOptions {
  std::string model;
  std::string input;   // an .npy file, or
  std::string data;    // a data set's test images
  int images = 1;      // the first so many of them
  bool board = false;  // on the emulated board instead of this machine
};
Done Run(const Console& console, const RunOptions& options);

struct ProfileOptions {
  std::string model;  // a compiled model, or a network's file, which is compiled out of sight with default options
  int inputs = 20;    // random ones; the figures are the most over them
};
Done Profile(const Console& console, const ProfileOptions& options);

struct ProveOptions {
  std::string model;
  std::string data = "mnist";
  int images_per_class = 2;  // of the test set: the demo's twenty
  int random_inputs = 500;
  uint64_t seed = 1;
};
// Exit code 1 where one bit differs between host and emulated board.
Done Prove(const Console& console, const ProveOptions& options);

}  // namespace linnet::cli
