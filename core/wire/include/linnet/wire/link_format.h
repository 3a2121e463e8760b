// CoRE link format (RFC 6690): </3/0>;ver=1.1,</>;rt="oma.lwm2m";ct=110
#pragma once

#include <optional>
#include <string_view>

#include "linnet/base/status.h"

namespace linnet::link_format {

struct Link {
  std::string_view target;      // between < and >
  std::string_view attributes;  // ";ver=1.1;ct=110", checked

  // The value of the first attribute of that name, without quotes (escapes stay as they are); an empty view for a name alone.
  std::optional<std::string_view> Attribute(std::string_view name) const;
};

// kOutOfRange: the end | kDataLoss: malformed. A failed call moves nothing.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  Result<Link> Next();

 private:
  std::string_view rest_;
  bool first_ = true;
};

}  // namespace linnet::link_format
