// One run of linnet-train from options to a written folder.
#pragma once

#include <nlohmann/json.hpp>

#include "linnet/base/error.h"
#include "linnet/train/train_config.h"
#include "linnet/train/trainer.h"

namespace linnet::train {

// Trains, looks at the test images once, and writes config.out: graph.pb, checkpoint.bin, train.json. With `resume` it goes on
// from config.out/checkpoints where a run with the same options stands there. Returns what train.json holds.
//   kInvalidArgument: what the user asked for can't be | data::Load's, ReadCheckpoint's, LoadRunState's and WriteOutputFolder's |
//   kInternal: LibTorch failed
Outcome<nlohmann::ordered_json> RunTraining(const TrainConfig& config, bool resume, const Progress& progress);

// What RunTraining would do, as train_config.h's Fingerprint; nothing is trained or written. Errors as RunTraining's first ones.
Outcome<std::string> DescribePlan(const TrainConfig& config);

}  // namespace linnet::train
