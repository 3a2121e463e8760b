// Several networks, trained side by side and studied, each in a folder of its own that is kept. Private to apps/cli: table and
// sweep.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "console.h"
#include "network_study.h"

namespace linnet::cli {

// What a verb passes on to every training.
struct TrainingChoice {
  std::string data = "mnist";
  std::string preset;  // empty: linnet-train's own
  int epochs = 0;      // 0: the preset's
  int limit = 0;       // 0: all training images
  uint64_t seed = 1;
};
std::vector<std::string> ArgumentsOf(const TrainingChoice& choice);

struct NetworkJob {
  std::string name;                    // its folder within the common one, and what a fleet reports
  std::vector<std::string> arguments;  // linnet-train's, but for --out and --json
  Json options;                        // what decides the network beyond `arguments`: its layers
};

struct JobOptions {
  std::filesystem::path folder;
  int parallel = 2;  // a training keeps one core busy
  bool float_too = true;
  bool pictures = true;
  // Asked after each network's study; may add to it. A failure counts as the network's.
  std::function<Done(const NetworkJob& job, Json& study)> finish;
};

struct MadeNetworks {
  std::vector<Json> studies;          // of those that could be made, in the order of the jobs
  std::vector<std::string> failures;  // of the others, each with its network's name
};

// A network that stands there finished with the same options is not made again; one whose training was cut off goes on from its
// checkpoint. A network that fails does not stop the others. Says on `console` what is going on; linnet-train's own words lie in
// folder/log/NAME.log.
// Interrupted: exit code 130, finished networks are kept.
Answer<MadeNetworks> MakeNetworks(const Console& console, const std::vector<NetworkJob>& jobs,
                                  const JobOptions& options);

}  // namespace linnet::cli
