// Whether a compiled model answers everywhere as it should, bit for bit: its reference (nn/reference on the graph that the
// directory keeps), its C++ on this machine and its C++ on the emulated board.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/profile/profile.h"

namespace linnet::profile {

// What a layer made, hashed over the traced inputs in order: equal hashes, equal bits.
struct LayerProof {
  std::string name;
  std::string op;
  uint64_t reference = 0, host = 0, board = 0;
  bool equal() const { return reference == host && host == board; }
};

// How the float network, where the directory keeps it, answers the same inputs.
struct FloatAgreement {
  size_t same_class = 0;  // inputs for which the greatest output stands in the same place
  double error_max = 0;   // of a value of the first output
};

struct Proof {
  size_t inputs = 0;
  size_t equal = 0;  // inputs with the same outputs everywhere
  // Of the first input whose outputs differ somewhere, else of the first traced one of which a layer does: its index, the first
  // layer that differs, and where. None: proved.
  struct Difference {
    size_t input = 0;
    std::string layer;
    std::string where;  // "host and board", "reference and host"
  };
  std::optional<Difference> difference;
  size_t traced = 0;  // the first so many inputs, whose layers are compared as well
  std::vector<LayerProof> layers;
  std::optional<FloatAgreement> float_agreement;
  BoardCost cost;  // of the board's run over all inputs
};

struct ProveOptions {
  size_t traced = 200;  // layers are compared on the first so many inputs and on the first one that differs
};

// Outputs are compared on the code as it ships; layers on the same code with a call behind each of them.
//   errors of RunOnHost and RunOnBoard | kInvalidArgument: the directory keeps no graph, or one that can't be run
Outcome<Proof> Prove(const std::filesystem::path& model, const std::vector<Bytes>& inputs,
                     const ProveOptions& options = {});

}  // namespace linnet::profile
