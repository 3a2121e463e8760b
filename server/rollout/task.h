// One device of a running rollout.
#pragma once

#include <optional>
#include <string>

#include "linnet/lwm2m/objects.h"
#include "linnet/rollout/rollouts.h"

namespace linnet::rollout {

// What is asked next. Stages follow each other in this order; kAwaitRunning goes back to kAskState between two polls.
enum class Stage {
  kCheck,     // which image runs? then push, or be done
  kPush,      // blocks under way
  kAskState,  // /5/0/3: downloaded, still verifying, or refused?
  kRunning,   // executed: does the new image run and is it confirmed?
};

struct Rollouts::Task {
  std::string rollout;
  store::Artifact artifact;
  store::RolloutDevice row;
  Stage stage = Stage::kCheck;
  Instant wake;         // the next step
  Instant deadline;     // patience ends
  uint64_t serial = 0;  // of the request under way; an answer to an older one is not ours any more
  bool asking = false;
  bool executed = false;
  int pushes = 0;
  double progress_saved = 0;
  std::optional<lwm2m::UpdateResult> result;  // read, while its reason is being asked for
  std::string push_refusal;                   // the code that ended the last push, empty when it went through
  std::string last_trouble;                   // why the device did not answer last, for the reason when patience ends
};

// What /26243/0 says, as far as it says it.
struct Attestation {
  std::string digest;  // hex
  int slot = -1;
  bool confirmed = false;
};
Attestation AttestationOf(const std::vector<events::Record>& records);

// The integer at the only record of an answer.
std::optional<int64_t> IntegerOf(const lwm2m_server::Answer& answer);
std::string TextOf(const lwm2m_server::Answer& answer);

// True: that image is the artifact's for the slot it runs in.
bool Runs(const Attestation& attestation, const store::Artifact& artifact);

// "refused: signature not by a trusted key (result 5)", "reverted: not confirmed in 3 starts (result 8)"
std::string FailureSentence(lwm2m::UpdateResult result, const std::string& reason);

}  // namespace linnet::rollout
