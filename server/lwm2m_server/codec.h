// Between the wire's values (borrowed, core/lwm2m) and the server's own (events::Value), in every content format.
#pragma once

#include <cstdint>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/events/events.h"
#include "linnet/lwm2m/body.h"

namespace linnet::lwm2m_server {

// The resources of a body. Types come from the format, and from the object's definition where the format has none (TLV).
// kDataLoss: malformed | kUnimplemented: an unknown format | kInvalidArgument: a path outside `base`
Outcome<std::vector<events::Record>> DecodeBody(uint16_t content_format, const lwm2m::Path& base, ByteSpan body);

// One resource as a body of that format. kInvalidArgument: the resource, or the format, holds no such value
Outcome<std::vector<uint8_t>> EncodeValue(lwm2m::ContentFormat format, const lwm2m::Path& path,
                                          const events::Value& value);

}  // namespace linnet::lwm2m_server
