// The address of a thing in LwM2M: /object/instance/resource/resource-instance, from the whole tree (depth 0) to depth 4.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "linnet/base/check.h"
#include "linnet/base/fixed.h"
#include "linnet/base/status.h"

namespace linnet::lwm2m {

using PathText = FixedBytes<24>;  // "/65535/65535/65535/65535"

class Path {
 public:
  constexpr Path() = default;
  constexpr Path(std::initializer_list<uint16_t> ids) {
    for (const uint16_t id : ids) ids_[depth_++] = id;
  }

  // "/3/0/13" or "3/0/13"; "/" and "" are the whole tree. kInvalidArgument: anything else, 65535 included (reserved as an id).
  static Result<Path> Parse(std::string_view text);
  // One segment more, as a Uri-Path option carries it. kInvalidArgument: not a number, or deeper than 4.
  Status Append(std::string_view segment);
  // REQUIRES: depth() < 4.
  Path Child(uint16_t id) const;
  // REQUIRES: depth() > 0.
  Path Parent() const;

  size_t depth() const { return depth_; }
  // REQUIRES: the path is as deep as the part asked for.
  uint16_t object() const { return At(0); }
  uint16_t instance() const { return At(1); }
  uint16_t resource() const { return At(2); }
  uint16_t resource_instance() const { return At(3); }

  // True when `other` is this path or lies below it.
  bool Contains(const Path& other) const;
  PathText ToText() const;  // "/3/0/13"; "/" for the whole tree

  friend bool operator==(const Path&, const Path&) = default;
  friend auto operator<=>(const Path&, const Path&) = default;

 private:
  uint16_t At(size_t i) const {
    LINNET_CHECK(i < depth_);
    return ids_[i];
  }
  std::array<uint16_t, 4> ids_{};
  uint8_t depth_ = 0;
};

}  // namespace linnet::lwm2m
