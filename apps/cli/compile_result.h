// What linnet compile says about what it made. Private to apps/cli.
#pragma once

#include <optional>

#include "compile_network.h"
#include "linnet/profile/profile.h"

namespace linnet::cli {

// Tables of layers, errors and, on request, passes as talk; the result as one JSON object or a few lines.
void ShowCompiled(const Console& console, const CompileOptions& options, const CompiledNetwork& network,
                  const emit::Report& report, const std::optional<profile::BoardCost>& cost);

}  // namespace linnet::cli
