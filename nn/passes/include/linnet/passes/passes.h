// Rewrites of a graph that keep its answer: a list of named passes, each timed, each with an off switch, the graph verified
// after each. In an int8 graph no bit of the answer changes; in a float graph the order of sums and products may, so the answer
// stays within float's rounding. Host only.
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
  std::string_view what;    // one line for people
  bool on_request = false;  // changes what the network's ends are: runs only where PassOptions::on names it
};

// What RunPasses runs, in this order, again until nothing changes any more.
std::span<const Pass> AllPasses();

struct PassReport {
  std::string_view name;
  std::string_view what;
  int changes = 0;  // over all rounds
  double seconds = 0;
};

struct PassOptions {
  std::vector<std::string> off = {};  // names of passes to leave out
  std::vector<std::string> on = {};   // names of passes that run on request only
};

// One report a pass that ran.
//   kInvalidArgument: the graph doesn't verify, or `off` or `on` names no pass; the message lists them
//   kInternal: the graph doesn't verify after a pass; the message names the pass
Outcome<std::vector<PassReport>> RunPasses(graph::Graph& graph, const PassOptions& options = {});

int DropArgMax(graph::Graph& graph);
int Int8Ends(graph::Graph& graph);
int FoldConstants(graph::Graph& graph);
int RemoveIdentities(graph::Graph& graph);
int RemoveQuantizePairs(graph::Graph& graph);
int FuseBias(graph::Graph& graph);
int FoldBatchNorm(graph::Graph& graph);
int RemoveTransposes(graph::Graph& graph);
int FusePadding(graph::Graph& graph);
int FuseActivations(graph::Graph& graph);
int MergeSlices(graph::Graph& graph);
int RemoveReshapes(graph::Graph& graph);
int RemoveDeadCode(graph::Graph& graph);

}  // namespace linnet::passes
