// The serial terminal: text for a person. May block about 87 us a byte at 115,200 baud.
#pragma once

#include <string_view>

namespace linnet::platform {

class Serial {
 public:
  virtual ~Serial() = default;
  virtual void Write(std::string_view text) = 0;
};

}  // namespace linnet::platform
