// What every exporter asks of a network before it writes it.
#pragma once

#include <vector>

#include "linnet/base/error.h"
#include "linnet/train/architecture.h"
#include "linnet/train/trainer.h"

namespace linnet::train {

//   kInvalidArgument: `parameters` or `learned` are not those that the architecture has, or it has batch normalisation left
Outcome<void> CheckExported(const Architecture& architecture, const std::vector<Parameter>& parameters,
                            const Learned& learned);

}  // namespace linnet::train
