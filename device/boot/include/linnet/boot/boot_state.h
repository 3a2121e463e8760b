// Which slot is confirmed, which is on trial, how the last update ended: one record in the key-value store, so that every
// step is one atomic write. Boot and firmware both use it, never at the same time.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "linnet/base/fixed.h"
#include "linnet/base/status.h"
#include "linnet/platform/flash_map.h"
#include "linnet/storage/key_value_store.h"

namespace linnet::boot {

using platform::Slot;

inline constexpr uint8_t kMaxTrialStarts = 3;
inline constexpr size_t kMaxReasonBytes = 120;

// LwM2M object 5 resource 5, the values that boot and installer give (never renumber).
enum class UpdateResult : uint8_t {
  kInitial = 0,
  kSuccess = 1,
  kNotEnoughFlash = 2,
  kIntegrityFailed = 5,
  kUnsupportedPackage = 6,
  kUpdateFailed = 8,
};

class BootState {
 public:
  // Borrows an opened store. Nothing stored yet reads as: slot A confirmed, no trial.
  explicit BootState(storage::KeyValueStore& store) : store_(store) {}
  BootState(const BootState&) = default;
  BootState& operator=(const BootState& other);  // the state; each keeps its store

  // Reads the stored state; the getters show it, and the changes below keep it up to date. kOk
  // | kDataLoss: the record is not ours; the defaults hold
  Status Load();

  // Something is stored: false on a device that was never updated, and on a production line.
  bool stored() const { return stored_; }
  Slot confirmed() const { return confirmed_; }
  std::optional<Slot> trial() const { return trial_; }
  uint8_t trial_starts() const { return trial_starts_; }
  UpdateResult last_result() const { return last_result_; }
  std::string_view last_reason() const { return last_reason_.text(); }

  // Each writes the store once and returns its status; on failure the state shown is the stored one before.
  // The next start tries `slot`, for at most kMaxTrialStarts starts. kFailedPrecondition: `slot` is the confirmed one
  Status SetTrial(Slot slot);
  // Boot is about to start the trial slot once more. kFailedPrecondition: no trial
  Status CountStart();
  // The trial slot proved itself: it is confirmed, the result is kSuccess. kOk too when nothing is on trial.
  Status Confirm();
  // The trial is over, the confirmed slot stays. `reason` is a sentence, cut at kMaxReasonBytes.
  Status Revert(UpdateResult result, std::string_view reason);
  // The confirmed slot can't be started: `slot` is the confirmed one from now on.
  Status FallBack(Slot slot, std::string_view reason);
  // Notes how an update ended that never got to a trial.
  Status Note(UpdateResult result, std::string_view reason);

 private:
  Status Store(const BootState& next);
  void Explain(UpdateResult result, std::string_view reason);

  storage::KeyValueStore& store_;
  bool stored_ = false;
  Slot confirmed_ = Slot::kA;
  std::optional<Slot> trial_;
  uint8_t trial_starts_ = 0;
  UpdateResult last_result_ = UpdateResult::kInitial;
  FixedBytes<kMaxReasonBytes> last_reason_;
};

}  // namespace linnet::boot
