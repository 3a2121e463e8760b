// linnet.toml, the project file: networks of a user's own as lists of layers.
//
//   [network.digits]
//   layers = ["conv 16 5x5 batch-norm relu", "max-pool 2x2", "dropout keep 0.9", "depthwise 3x3 relu",
//             "conv 32 1x1 stride 2 relu", "average-pool global", "flatten", "dense 10"]
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/train/architecture.h"

namespace linnet::train {

inline constexpr const char* kProjectFile = "linnet.toml";

// The layers that `lines` say, named by kind and number (conv1, conv2, fc1). Words in any order after the kind:
//   conv N KxK [stride S] [batch-norm] [relu]    depthwise KxK [stride S] [batch-norm] [relu]    dense N [batch-norm] [relu]
//   max-pool KxK    average-pool global    dropout keep P    flatten
// K is 1 to 31 and odd for convolutions, N 1 to 65,536, S 1 to 8, P above 0 and at most 1.
//   kInvalidArgument: the message names the line, the word and what was expected; also where the last layer is not `dense 10`
//   without relu, or a dense layer's input is not flat
Outcome<std::vector<Layer>> ParseLayers(const std::vector<std::string>& lines);

// The network `name` of a project file.
//   kNotFound: no such file, or no such network in it (the message lists those there are) | kDataLoss: not TOML (with line and
//   column) | as ParseLayers
Outcome<Architecture> ReadProjectNetwork(const std::string& path, const std::string& name, int height, int width);

}  // namespace linnet::train
