// Pruned fully-connected layers: whether leaving the zeros out pays, and the code that does. Private to nn/emit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "linnet/emit/emit.h"
#include "linnet/kernels/pack.h"
#include "linnet/kernels/pack_sparse.h"
#include "weighted.h"

namespace linnet::emit {

// What a layer takes on a Cortex-M4, by the model in sparse.cc.
struct KernelCost {
  int64_t flash_bytes = 0;  // weights, numbers of each channel and, for a sparse form, its kernel
  int64_t instructions = 0;
};

// Of a fully-connected layer whose weights are all stored, a byte each.
KernelCost DenseCost(const Weighted& w, kernels::Packing packing);

struct SparseForm {
  kernels::Gaps gaps;
  KernelCost cost;
};

// The form of the fewest bytes: fewer than `dense` takes and, unless flash is preferred, with no more instructions.
// Nothing where no sparse form is worth it.
std::optional<SparseForm> ChooseSparse(const Weighted& w, const KernelCost& dense, Prefer prefer);

//   kUnimplemented: as ChannelsOf
Outcome<void> LowerSparse(const graph::Node& node, const Weighted& w, kernels::Gaps gaps, Layer& layer);

}  // namespace linnet::emit
