// The folder a training run leaves: all of its files or none.
#pragma once

#include <map>
#include <string>

#include "linnet/base/error.h"

namespace linnet::train {

inline constexpr const char* kGraphFile = "graph.pb";
inline constexpr const char* kOnnxFile = "graph.onnx";
inline constexpr const char* kCheckpointFile = "checkpoint.bin";
inline constexpr const char* kReportFile = "train.json";

// Whether a run may write there, asked before hours of training: the folder, or the one it will stand in, is writable,
// and it holds no .pb but graph.pb, because whoever compiles the folder must find exactly one.
Outcome<void> CheckOutputFolder(const std::string& folder);

// Writes `files` (name -> bytes) beside the folder and moves them in by rename, graph.pb last, so that a reader never
// sees half a file and a graph.pb always has its company. Files of an earlier run are replaced.
//   kResourceExhausted, kPermissionDenied: nothing was left behind
Outcome<void> WriteOutputFolder(const std::string& folder, const std::map<std::string, std::string>& files);

}  // namespace linnet::train
