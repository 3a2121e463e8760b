// A memory plan in words, for people. Host only; pure functions.
#pragma once

#include <string>

#include "linnet/plan/plan.h"

namespace linnet::plan {

// One line a layer in the order in which they run: bytes in use, a picture of the arena from its first byte to its last, and
// who holds how many bytes.
std::string TimelineText(const Plan& plan);

// Why the network doesn't run in `ram_bytes`: the layers that exceed it and by how much, what holds memory while the worst
// of them runs, and the cheapest way out. REQUIRES: plan.arena_bytes > ram_bytes.
std::string ExplainExcess(const Plan& plan, size_t ram_bytes);

}  // namespace linnet::plan
