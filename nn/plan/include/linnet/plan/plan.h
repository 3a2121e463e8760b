// Where every writable byte of a network lives: state, inputs, tensors between layers, working memory and outputs get exact
// offsets in one arena; constants stay in flash. Host only; pure functions.
//
// Time is counted in steps: -1 is when the caller writes the inputs, then one a layer, then one for the caller to read
// the outputs.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"
#include "linnet/plan/place.h"

namespace linnet::plan {

// A position in a layer's operands, and how many bytes behind the output's beginning that operand begins; 0 for the same
// address. A multiple of 4.
struct InPlace {
  size_t operand = 0;
  size_t lead_bytes = 0;
};

// What a layer asks of memory: one node, or several that are computed together.
struct LayerUse {
  std::string name;
  std::vector<graph::TensorId> operands;      // read while it runs; constants are passed over
  graph::TensorId output = graph::kNoTensor;  // all of it is written
  // Operands over which the output may be written where nothing needs them afterwards.
  std::vector<InPlace> in_place = {};
  // The output is operand 0's bytes from there on: where both share memory there is nothing to do.
  bool view = false;
  size_t view_offset_bytes = 0;
  // A concatenation that copies bytes as they are: where in the output each operand belongs. Else empty.
  std::vector<size_t> part_offsets_bytes = {};
  size_t scratch_bytes = 0;  // working memory, contents arbitrary
  size_t wide_scratch_bytes =
      0;                   // with so much the layer would be faster; granted where the arena doesn't grow; 0: no wish
  size_t state_bytes = 0;  // kept from run to run
};

enum class Home { kNone, kFlash, kArena };

struct Place {
  Home home = Home::kNone;
  size_t offset_bytes = 0;  // in the arena
  bool operator==(const Place&) const = default;
};

// Who holds which bytes, and when.
enum class Role { kState, kInput, kTensor, kScratch, kOutput };
struct Holding {
  Role role = Role::kTensor;
  std::string name;  // the tensor's, or the layer's
  size_t offset_bytes = 0;
  size_t bytes = 0;
  int first = 0;  // steps, both included
  int last = 0;
};

struct Plan {
  std::vector<size_t> order;       // positions in the given layers, as they should run
  std::vector<Place> tensors;      // by TensorId; kNone for tensors that no layer touches
  std::vector<Place> scratch;      // by step, as all that follows by layer; kNone where the layer needs none
  std::vector<Place> state;        // the first bytes of the arena
  std::vector<bool> wide;          // wide_scratch_bytes was granted
  std::vector<size_t> live_bytes;  // bytes in use while the layer runs; what two hold together counts once
  std::vector<std::string> layer_names;
  std::vector<Holding> holdings;  // by offset
  size_t state_bytes = 0;         // multiple of 8
  size_t arena_bytes = 0;         // multiple of 8
  size_t lower_bound_bytes = 0;   // the greatest of live_bytes: with this sharing no arena can be smaller
};

// REQUIRES: the graph passes graph::Verify; every layer stands after those that make its operands.
//   kInvalidArgument: a tensor of unknown size, or an operand or output that nothing makes; the message names it
Outcome<Plan> PlanArena(const graph::Graph& graph, std::span<const LayerUse> layers);

// Plays the plan through, byte for byte: every operand and output holds what its maker wrote, scratch destroys what it
// covers, a layer that doesn't work in place never writes where it reads. For tests, and before code is written.
//   kInternal: the plan is wrong; the message says where
Outcome<void> CheckPlan(const graph::Graph& graph, std::span<const LayerUse> layers, const Plan& plan);

}  // namespace linnet::plan
