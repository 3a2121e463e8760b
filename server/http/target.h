// The path of a request, decoded and cut at its slashes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "linnet/base/error.h"

namespace linnet::http {

// "/api/v1/devices/board%201/resources/3/0/3?x=1" -> {"api","v1","devices","board 1","resources","3","0","3"}.
// An escaped slash stays part of its segment. kInvalidArgument: a broken escape, a control character
Outcome<std::vector<std::string>> SegmentsOf(std::string_view target);

}  // namespace linnet::http
