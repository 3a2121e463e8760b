// The whole of linnet compile but what it says: from a network's file to a folder of C++ that the board has tried. Private to
// apps/cli: compile, train, table and sweep stand on it.
#pragma once

#include <optional>

#include "compile_network.h"
#include "linnet/profile/profile.h"

namespace linnet::cli {

struct Compiled {
  CompiledNetwork network;
  emit::Report report;
  std::optional<profile::BoardCost> cost;  // over the golden vectors, where the board was asked
};

// Writes options.out; where the board is to be tried, only what has given the golden answers there comes to stand in it.
// Errors name the file and, where there is one, the layer.
Answer<Compiled> CompileModel(const Console& console, const CompileOptions& options);

}  // namespace linnet::cli
