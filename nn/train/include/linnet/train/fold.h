// Batch normalisation as part of the weights before it. C++17, see architecture.h.
#pragma once

#include <vector>

#include "linnet/train/architecture.h"

namespace linnet::train {

inline constexpr float kBatchNormEpsilon = 1e-5f;

// `tensors` hold at least what ParametersOf names (layouts as there) and, for each layer with batch normalisation,
// layer/gamma, /beta, /mean and /variance; others are ignored. *folded becomes what ParametersOf(Folded(architecture)) names.
// Returns false where one is missing or has another shape.
bool FoldBatchNorm(const Architecture& architecture, const std::vector<Parameter>& tensors,
                   std::vector<Parameter>* folded);

}  // namespace linnet::train
