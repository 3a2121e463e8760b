// What happens at the server's edge, told once to whoever wants to know: devices come and go, values arrive.
// Plain data of its own, so that a listener includes neither the LwM2M endpoint nor any other listener.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "linnet/base/status.h"

namespace linnet::events {

using Opaque = std::vector<uint8_t>;

// An LwM2M value by its own type; monostate: none (an answer without payload, a type that is not modelled).
using Value = std::variant<std::monostate, bool, int64_t, double, std::string, Opaque>;

// One resource of a device: `path` as "/26241/3/2". `time_s` as SenML has it: below 2^28 relative to the arrival, so -3 is
// three seconds ago (RFC 8428 4.5.3), otherwise seconds since 1970.
struct Record {
  std::string path;
  Value value;
  std::optional<double> time_s = {};
};

// A device's registration as it stands. `address` is where it is reached now ("127.0.0.1:51234"), never who it is.
struct Registration {
  std::string endpoint;
  std::string location;  // the last segment of the location path: /rd/<location>
  std::string address;
  std::string lwm2m_version;  // "1.1"
  std::string binding;        // "U"
  int64_t lifetime_s = 0;
  std::string links;  // object links as registered, RFC 6690 text
};

struct Registered {
  Registration registration;
  bool replaced = false;  // an older registration of the same endpoint name gave way
};
struct Updated {
  Registration registration;
  bool links_changed = false;
};
enum class GoneReason { kDeregistered, kExpired };
struct Gone {
  std::string endpoint;
  GoneReason reason = GoneReason::kExpired;
};
struct Notified {
  std::string endpoint;
  std::string path;  // the observed path
  std::vector<Record> records;
};
// A Send that was stored (after the sink's `done`).
struct Sent {
  std::string endpoint;
  size_t record_count = 0;
};

using Event = std::variant<Registered, Updated, Gone, Notified, Sent>;

// What one Send of a device carried.
struct SendBatch {
  std::string endpoint;
  int64_t received_unix_ms = 0;
  std::vector<Record> records;
};

// Takes what devices send. `done` is called exactly once, possibly from another thread, after the batch is durable
// (kOk) or when it is certain that it will not be: kResourceExhausted: the queue is full, the device should try again
// | kUnavailable: shutting down | kDataLoss: the storage failed.
class SendSink {
 public:
  virtual ~SendSink() = default;
  virtual void Append(SendBatch batch, std::function<void(Status)> done) = 0;
};

}  // namespace linnet::events
