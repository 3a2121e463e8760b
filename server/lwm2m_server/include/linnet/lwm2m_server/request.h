// What the server asks of a device, and what comes back.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "linnet/base/bytes.h"
#include "linnet/base/error.h"
#include "linnet/events/events.h"
#include "linnet/lwm2m/path.h"
#include "linnet/lwm2m/response_code.h"

namespace linnet::lwm2m_server {

// A body too large to hold for every device at once: read block by block while it is pushed.
class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual uint32_t size_bytes() const = 0;
  // Fills `out` from `offset_bytes`. False: it cannot be read any more; the push fails.
  virtual bool Read(uint32_t offset_bytes, MutableByteSpan out) = 0;
};

enum class Operation { kRead, kWrite, kExecute, kObserve, kCancelObserve };

struct Request {
  Operation operation = Operation::kRead;
  lwm2m::Path path;
  events::Value value{};                                        // kWrite without a source
  std::string arguments{};                                      // kExecute, text/plain; may be empty
  std::shared_ptr<BodySource> source{};                         // kWrite: pushed as opaque blocks of 1024 bytes
  std::function<void(uint32_t bytes_acknowledged)> progress{};  // with source: after each block
};

struct Answer {
  lwm2m::ResponseCode code = lwm2m::ResponseCode::kInternalServerError;  // what the device said, success or not
  std::vector<events::Record> records{};                                 // of a 2.05
};

// Called once, on the server's thread, never from within Submit.
//   kDeadlineExceeded: no answer | kAborted: it rejected the message, registered again or deregistered meanwhile
//   | kDataLoss: an answer that can't be read | kUnimplemented: in a content format we don't know
using Done = std::function<void(Outcome<Answer>)>;

}  // namespace linnet::lwm2m_server
