// The objects that Linnet's devices carry, by number. OMA's numbers and our own in the range for private objects
// (26241 to 32768, registered as experimental): never renumber.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "linnet/lwm2m/path.h"
#include "linnet/lwm2m/value.h"

namespace linnet::lwm2m {

namespace object {
inline constexpr uint16_t kSecurity = 0;
inline constexpr uint16_t kServer = 1;
inline constexpr uint16_t kDevice = 3;
inline constexpr uint16_t kConnectivityMonitoring = 4;
inline constexpr uint16_t kFirmwareUpdate = 5;
inline constexpr uint16_t kInference = 26241;  // one instance an image
inline constexpr uint16_t kMemory = 26242;
inline constexpr uint16_t kAttestation = 26243;
}  // namespace object

namespace path {
inline constexpr Path kLifetime{1, 0, 1};
inline constexpr Path kRegistrationUpdateTrigger{1, 0, 8};
inline constexpr Path kFirmwareVersion{3, 0, 3};
inline constexpr Path kReboot{3, 0, 4};
inline constexpr Path kPackage{5, 0, 0};
inline constexpr Path kPackageUri{5, 0, 1};
inline constexpr Path kUpdate{5, 0, 2};
inline constexpr Path kUpdateState{5, 0, 3};
inline constexpr Path kUpdateResult{5, 0, 5};
inline constexpr Path kMemory{26242, 0};
inline constexpr Path kRunningDigest{26243, 0, 0};
inline constexpr Path kRunningSequence{26243, 0, 1};
inline constexpr Path kRunningConfirmed{26243, 0, 2};
inline constexpr Path kRunningSlot{26243, 0, 3};
inline constexpr Path kUpdateReason{26243, 0, 4};
inline constexpr Path kRunningVersion{26243, 0, 5};
}  // namespace path

namespace inference_resource {  // of object 26241
inline constexpr uint16_t kModelName = 0;
inline constexpr uint16_t kLabel = 1;
inline constexpr uint16_t kAnswer = 2;
inline constexpr uint16_t kMarginMilli = 3;
inline constexpr uint16_t kRuns = 4;
}  // namespace inference_resource

// Object 5, resource 3.
enum class UpdateState : uint8_t { kIdle = 0, kDownloading = 1, kDownloaded = 2, kUpdating = 3 };

// Object 5, resource 5.
enum class UpdateResult : uint8_t {
  kInitial = 0,
  kSuccess = 1,
  kNotEnoughFlash = 2,
  kOutOfRam = 3,
  kConnectionLost = 4,
  kIntegrityFailed = 5,
  kUnsupportedPackage = 6,
  kInvalidUri = 7,
  kUpdateFailed = 8,
  kUnsupportedProtocol = 9,
};
// "integrity check failed": for people.
std::string_view ToString(UpdateResult result);

enum class Operations : uint8_t { kNone = 0, kRead = 1, kWrite = 2, kReadWrite = 3, kExecute = 4 };

struct ResourceDefinition {
  uint16_t id;
  ValueType type;  // kNone for executable ones
  Operations operations;
  bool multiple;  // has resource instances
  std::string_view name;
};
struct ObjectDefinition {
  uint16_t id;
  std::string_view name;
  std::span<const ResourceDefinition> resources;  // ascending
};

std::span<const ObjectDefinition> Objects();  // ascending
// Null: not known here. A path of depth 3 or 4.
const ObjectDefinition* FindObject(uint16_t id);
const ResourceDefinition* FindResource(const Path& path);

}  // namespace linnet::lwm2m
