// One UDP socket towards one server. Not thread-safe.
#pragma once

#include <cstddef>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"

namespace linnet::platform {

class Datagram {
 public:
  virtual ~Datagram() = default;
  // Sends one datagram. kOk: handed to the network, may still be lost | kUnavailable: no address or route yet
  // | kResourceExhausted: no buffer free, try again after a poll
  virtual Status Send(ByteSpan datagram) = 0;
  // Receives one datagram into `buffer` and returns its length. kUnavailable: none waits
  // | kResourceExhausted: longer than `buffer`, dropped
  virtual Result<size_t> Receive(MutableByteSpan buffer) = 0;
};

}  // namespace linnet::platform
