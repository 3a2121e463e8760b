// What the agent needs of the firmware around it, and what it tells: the contracts of device/agent.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"
#include "linnet/base/time.h"
#include "linnet/lwm2m/objects.h"

namespace linnet::agent {

// Takes the datagrams the agent wants sent to its server. Borrows until return.
class Outbox {
 public:
  virtual ~Outbox() = default;
  virtual void Send(ByteSpan datagram) = 0;
};

// Where a firmware package goes: object 5's hands. Calls come in the order Begin, Write*, Finish, Apply.
class FirmwareTarget {
 public:
  virtual ~FirmwareTarget() = default;
  // A new package starts; whatever was stored of an older one is dropped. kOk | kDataLoss: the flash failed
  virtual Status Begin() = 0;
  // The next bytes of the package, without gaps. kOk | kUnauthenticated, kDataLoss, kFailedPrecondition, kResourceExhausted,
  // kInvalidArgument as in Finish, as soon as it is known.
  virtual Status Write(ByteSpan bytes) = 0;
  // The package is complete. kOk: stored, verified, ready to apply | kUnauthenticated: signature or key unknown
  // | kDataLoss: a digest differs or bytes are missing | kFailedPrecondition: made for another board
  // | kInvalidArgument: not a package | kResourceExhausted: larger than the slot
  virtual Status Finish() = 0;
  // Boot it on trial at the next reset. kOk: the caller resets soon | kFailedPrecondition: nothing finished
  virtual Status Apply() = 0;
  // A sentence on why the last call failed, for people; empty: the agent finds one for the status. Valid until the next call.
  virtual std::string_view reason() const { return {}; }
};

// What the boot record and the running image say of themselves (object 26243).
struct RunningImage {
  std::array<uint8_t, 32> digest{};  // of the image in its slot, measured at boot
  uint64_t sequence_number = 0;      // of its manifest
  uint8_t slot = 0;                  // 0 A, 1 B
  bool confirmed = false;
  std::string_view version;  // of its manifest
};

// How the update that was last tried ended, kept over resets: resource 5 of object 5.
using UpdateResult = lwm2m::UpdateResult;

struct MemoryFigures {  // object 26242, bytes
  uint32_t heap_used = 0, heap_peak = 0, stack_peak = 0, stack_size = 0, static_ram = 0, arena = 0;
};

struct Inference {  // object 26241, one instance an image
  uint16_t image_index = 0;
  uint8_t label = 0;
  uint8_t answer = 0;
  uint16_t margin_milli = 0;  // best minus second-best probability, in thousandths
};

// What the agent asks of the firmware around it. Called from within the agent's own calls.
class Host {
 public:
  virtual ~Host() = default;
  virtual RunningImage running_image() const = 0;
  virtual MemoryFigures memory() const = 0;
  virtual std::string_view model_name() const = 0;
  // The server acknowledged a registration (called at each, so also after a re-registration).
  virtual void OnRegistered() = 0;
  // Reset now: an update is to be applied, or the server executed /3/0/4. The answer was handed to the Outbox before.
  virtual void RequestReset() = 0;
};

struct Config {
  std::string_view endpoint;                   // at most 64 bytes
  Duration lifetime = Duration::Seconds(120);  // slirp forgets an idle UDP mapping after 240 s
  std::string_view manufacturer = "Linnet";
  std::string_view model_number;  // "mps2-an386"
  std::string_view serial_number;
  UpdateResult last_update = UpdateResult::kInitial;
  std::string_view last_update_reason;  // a sentence, empty when there is nothing to say
  uint32_t random_seed = 0;             // different at each start: message ids, tokens, back-off jitter
};

inline constexpr size_t kEndpointBytesMax = 64;
inline constexpr size_t kImagesMax = 32;
inline constexpr size_t kInferencesWaitingMax = 64;
inline constexpr size_t kInferencesASend = 10;  // a datagram holds them with room to spare

}  // namespace linnet::agent
