// What a model costs on the emulated board, in words and as JSON. Private to apps/cli.
#pragma once

#include <string>

#include "console.h"
#include "linnet/profile/profile.h"

namespace linnet::cli {

// The figures of a whole network; `profile` adds the layers.
Json CostJson(const profile::BoardCost& cost);
std::string CostText(const profile::BoardCost& cost);

// "12.3 uJ", always an estimate: cycles x 0.37 nJ.
std::string Energy(uint64_t cycles);
double EnergyMicrojoules(uint64_t cycles);

}  // namespace linnet::cli
