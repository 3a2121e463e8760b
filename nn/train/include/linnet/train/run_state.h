// Where a run stands, kept on disk after each epoch so that it can go on after a kill. Files under OUT/checkpoints:
//   last.bin  the state after the last epoch, with the best one's tensors
//   best.bin  the best epoch's tensors of the stage, to start another run from (--init)
// Both are checkpoints (docs/formats/checkpoint.md) whose notes are JSON.
#pragma once

#include <optional>
#include <string>

#include "linnet/base/error.h"
#include "linnet/train/trainer.h"

namespace linnet::train {

inline constexpr const char* kCheckpointFolder = "checkpoints";

// Writes both files, each in one step, last.bin last. `fingerprint` names the options (train_config.h).
//   kResourceExhausted, kPermissionDenied
Outcome<void> SaveRunState(const std::string& out, const std::string& architecture, const std::string& fingerprint,
                           const TrainerState& state);

// The state of the run in `out`; nothing where it has not finished an epoch yet.
//   kFailedPrecondition: of a run with other options; the message says which differ | kDataLoss: cut short or changed
Outcome<std::optional<TrainerState>> LoadRunState(const std::string& out, const std::string& fingerprint);

// Removes what an earlier run left there.
void ClearRunState(const std::string& out);

// Held while a run writes to `out`, so that two can't mix their states; the system lets go of it when the process ends, killed or not.
class RunLock {
 public:
  RunLock() = default;
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;
  // Makes OUT/checkpoints where there is none. Once only.
  //   kFailedPrecondition: another run holds it | kResourceExhausted, kPermissionDenied
  Outcome<void> Take(const std::string& out);

 private:
  int file_ = -1;
};

}  // namespace linnet::train
