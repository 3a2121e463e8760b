// sweep: networks of a grid of widths and depths, trained, compiled and measured; how their figures go together.
#pragma once

#include <string>
#include <vector>

#include "console.h"
#include "network_jobs.h"

namespace linnet::cli {

struct SweepOptions {
  TrainingChoice training;
  std::vector<std::string> archs = {"dnn"};  // dnn, cnn
  std::vector<int> widths;  // neurons or features of every hidden layer; empty: 16, 32, 64, 128; cnn 4, 8, 16, 32
  std::vector<int> depths = {1, 2, 3};  // hidden layers
  std::string out;
  int parallel = 2;
  bool firmware = false;  // build each into a firmware, start it on the emulated board and take its memory by owner
  std::string server;     // linnetd's address, which gets the rows; empty: nobody
};
// Leaves in `out` a folder for each network, sweep.toml (their layers), sweep.csv, sweep.json, correlations.csv and scatter plots.
// Exit code 1 where a network could not be made; the files then hold the others.
Done Sweep(const Console& console, const SweepOptions& options);

// A network of the grid: its name and its layers, as linnet.toml has them.
struct GridNetwork {
  std::string name, arch;
  int width = 0, depth = 0;
  std::vector<std::string> layers;
};
// dnn: flatten, `depth` dense layers of `width` with relu, dense 10. cnn: `depth` times a 3x3 convolution of `width` features with
// relu and a 2x2 max-pool, flatten, dense 10.
std::vector<GridNetwork> GridOf(const SweepOptions& options);
std::string ProjectFileOf(const std::vector<GridNetwork>& networks);

}  // namespace linnet::cli
