// A compiled model's graph run by nn/reference, as the runner runs its code. Private to nn/profile.
#pragma once

#include <filesystem>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/emit/emit.h"
#include "linnet/profile/profile.h"
#include "linnet/profile/prove.h"

namespace linnet::profile {

struct ReferenceResult {
  std::vector<Bytes> outputs;
  std::vector<std::vector<uint64_t>> traces;  // a hash a layer of the report; 0 for one whose tensor the graph lacks
};

// Each input starts with fresh state.
//   kInvalidArgument: the directory keeps no graph, or one that can't be run
Outcome<ReferenceResult> RunReference(const std::filesystem::path& model, const emit::Report& report,
                                      const std::vector<Bytes>& inputs, bool trace);

// The float network where the directory keeps it: inputs are turned to real numbers, outputs compared as real numbers.
//   kInvalidArgument: there is a file, but not a graph that can be run or that fits the report
Outcome<std::optional<FloatAgreement>> CompareWithFloat(const std::filesystem::path& model, const emit::Report& report,
                                                        const std::vector<Bytes>& inputs,
                                                        const std::vector<Bytes>& outputs);

}  // namespace linnet::profile
