// What the server must still know after a restart: devices, artifacts, rollouts. A contract with one implementation a
// database (sqlite.h); store_contract.h is the test suite that every implementation passes.
// One thread. Times are milliseconds since 1970 (UTC). An Error is kNotFound, kAlreadyExists, kInvalidArgument,
// or kDataLoss with the database's own words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/base/error.h"

namespace linnet::store {

// A device's registration and what it last said of itself. Identity is `endpoint`; `address` is only where it was.
struct Device {
  std::string endpoint = {};
  std::string location = {};  // registration id: the last segment of /rd/<location>
  std::string address = {};   // "127.0.0.1:51234"
  std::string lwm2m_version = {};
  std::string binding = {};
  int64_t lifetime_s = 0;
  std::string links = {};
  int64_t registered_at_ms = 0;
  int64_t last_seen_ms = 0;
  bool online = false;  // false: deregistered or expired
  bool operator==(const Device&) const = default;
};

// What the device answered when it was asked for /3/0/3 and /26243/0. Empty or -1: not asked yet, or it has none.
struct DeviceFacts {
  std::string firmware_version = {};
  std::string digest = {};         // hex of /26243/0/0, the running image
  int64_t sequence = -1;           // /26243/0/1
  int confirmed = -1;              // /26243/0/2: 0 on trial, 1 confirmed
  int slot = -1;                   // /26243/0/3: 0 A, 1 B
  std::string image_version = {};  // /26243/0/5
  bool operator==(const DeviceFacts&) const = default;
};

struct DeviceRow {
  Device device;
  DeviceFacts facts;
};

// A firmware package as uploaded; its bytes are the file <data>/artifacts/<id>.
struct Artifact {
  std::string id = {};  // hex SHA-256 of the file
  std::string version = {};
  uint64_t sequence = 0;
  uint64_t size_bytes = 0;
  std::string digest_a = {}, digest_b = {};  // hex, of the image in slot A and in slot B
  std::string class_id = {};                 // hex UUID of the board it is made for
  std::string board = {};                    // that board's name; empty: none that this server knows
  std::string key_id = {};                   // hex, of the signature; not verified here
  int64_t created_at_ms = 0;
  bool operator==(const Artifact&) const = default;
};

// Stored: never renumber.
enum class RolloutState { kRunning = 0, kSucceeded = 1, kFailed = 2 };
enum class DeviceState { kWaiting = 0, kSending = 1, kInstalling = 2, kUpdated = 3, kFailed = 4 };
std::string_view ToString(RolloutState state);  // "running"
std::string_view ToString(DeviceState state);   // "waiting"

struct Rollout {
  std::string id = {};
  std::string artifact = {};
  RolloutState state = RolloutState::kRunning;
  int64_t created_at_ms = 0;
  bool operator==(const Rollout&) const = default;
};

struct RolloutDevice {
  std::string endpoint = {};
  DeviceState state = DeviceState::kWaiting;
  double progress = 0;      // 0..1 of the package's bytes
  std::string reason = {};  // why it failed or what it waits for; empty when there is nothing to say
  std::string digest = {};  // hex, of the image it was seen running last
  int64_t since_ms = 0;     // when it entered `state`
  bool operator==(const RolloutDevice&) const = default;
};

class Store {
 public:
  virtual ~Store() = default;

  // What is put between Begin and Commit becomes durable together; without them each call stands alone. Not nested.
  virtual Outcome<void> Begin() = 0;
  virtual Outcome<void> Commit() = 0;

  // Inserts or replaces by endpoint; facts are kept.
  virtual Outcome<void> PutDevice(const Device& device) = 0;
  // kNotFound: no such endpoint
  virtual Outcome<void> PutFacts(std::string_view endpoint, const DeviceFacts& facts) = 0;
  virtual Outcome<DeviceRow> GetDevice(std::string_view endpoint) = 0;
  virtual Outcome<std::vector<DeviceRow>> ListDevices() = 0;  // by endpoint

  // kAlreadyExists: the same bytes were uploaded before
  virtual Outcome<void> AddArtifact(const Artifact& artifact) = 0;
  virtual Outcome<Artifact> GetArtifact(std::string_view id) = 0;
  virtual Outcome<std::vector<Artifact>> ListArtifacts() = 0;  // oldest first

  // Stores the rollout and its devices in one go. kAlreadyExists | kNotFound: no such artifact
  virtual Outcome<void> AddRollout(const Rollout& rollout, const std::vector<RolloutDevice>& devices) = 0;
  virtual Outcome<void> SetRolloutState(std::string_view id, RolloutState state) = 0;
  virtual Outcome<Rollout> GetRollout(std::string_view id) = 0;
  virtual Outcome<std::vector<Rollout>> ListRollouts() = 0;  // oldest first
  // Replaces the row of device.endpoint. kNotFound: not part of the rollout
  virtual Outcome<void> PutRolloutDevice(std::string_view rollout, const RolloutDevice& device) = 0;
  virtual Outcome<std::vector<RolloutDevice>> ListRolloutDevices(std::string_view rollout) = 0;  // by endpoint
};

}  // namespace linnet::store
