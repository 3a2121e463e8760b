// Rewrites of a float graph that keep its answer: a list of named passes, each timed, each with an off switch, the graph
// verified after each. Host only.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"

namespace linnet::passes {

// Returns how many places it changed. REQUIRES: graph::Verify accepts the graph; it does so afterwards as well.
using Apply = int (*)(graph::Graph&);

struct Pass {
  std::string_view name;  // "fuse-bias": for the off switch and reports
  Apply apply;
  std::string_view what;  // one line for people
};

// What RunPasses runs, in this order.
std::span<const Pass> AllPasses();

struct PassReport {
  std::string_view name;
  int changes = 0;
  double seconds = 0;
};

struct PassOptions {
  std::vector<std::string> off;  // names of passes to leave out
};

//   kInvalidArgument: the graph doesn't verify, or `off` names no pass
//   kInternal: the graph doesn't verify after a pass; the message names the pass
Outcome<std::vector<PassReport>> RunPasses(graph::Graph& graph, const PassOptions& options = {});

int DropArgMax(graph::Graph& graph);
int FoldConstants(graph::Graph& graph);
int RemoveIdentities(graph::Graph& graph);
int FuseBias(graph::Graph& graph);
int FuseActivations(graph::Graph& graph);
int RemoveReshapes(graph::Graph& graph);
int RemoveDeadCode(graph::Graph& graph);

}  // namespace linnet::passes
