// The images that a board carries in flash, as device/app reads them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet/base/error.h"

namespace linnet::cli {

// The first `per_class` test images of every class, class by class: records of {u8 index, u8 label, pixels}.
Outcome<std::vector<uint8_t>> DemoImages(const std::string& dataset, int per_class);

}  // namespace linnet::cli
