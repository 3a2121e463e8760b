// Bringing an artifact to devices, each through: waiting (is it there, does it run this already?) -> sending (blocks to
// /5/0/0) -> installing (/5/0/3 is 2, execute /5/0/2, wait) -> updated, or failed with the reason. A device counts as
// updated only when the digest of its running image (/26243/0/0) is the artifact's for its slot and it says confirmed
// (/26243/0/2). All states are in the store: a restarted server goes on where it was. One thread, the endpoint's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/base/time.h"
#include "linnet/events/events.h"
#include "linnet/lwm2m_server/server.h"
#include "linnet/rollout/artifacts.h"
#include "linnet/store/store.h"

namespace linnet::rollout {

struct Options {
  // How long a device may stay without a step forward: not there, no block acknowledged, not confirmed. A device needs up to
  // three starts or five minutes to revert.
  Duration patience = Duration::Seconds(360);
  Duration poll_interval = Duration::Seconds(2);
  int pushes_max = 3;  // of one package to one device, when it restarts or moves meanwhile
};

struct RolloutView {
  store::Rollout rollout;
  std::vector<store::RolloutDevice> devices;  // by endpoint
};

class Rollouts {
 public:
  // All references outlive the object. `now` is the clock of the endpoint, `unix_ms` the one of the store.
  Rollouts(store::Store& store, Artifacts& artifacts, lwm2m_server::Lwm2mServer& server, std::function<Instant()> now,
           std::function<int64_t()> unix_ms, const Options& options = {});
  ~Rollouts();
  Rollouts(const Rollouts&) = delete;
  Rollouts& operator=(const Rollouts&) = delete;

  // Takes up what the store says is running. Once, at start.
  Outcome<void> Resume();

  // Starts a rollout to these endpoints; "*" stands for all that are registered now. Answers its id.
  //   kNotFound: no such artifact, or a name that never registered | kInvalidArgument: no endpoint
  //   | kFailedPrecondition: nothing is registered ("*"), or a device is still part of a running rollout
  Outcome<std::string> Start(std::string_view artifact, const std::vector<std::string>& endpoints);

  Outcome<RolloutView> Get(std::string_view id);
  Outcome<std::vector<RolloutView>> List();

  // A device that was waited for may be back.
  void OnEvent(const events::Event& event);
  void Poll();
  Instant next_deadline() const;

 private:
  struct Task;
  struct Running;
  using Handler = void (Rollouts::*)(Task&, lwm2m_server::Answer);

  void Adopt(const store::Rollout& rollout, const store::Artifact& artifact,
             const std::vector<store::RolloutDevice>& devices);
  void Step(Task& task);
  void Ask(Task& task, lwm2m_server::Request request, Handler handler);
  void Later(Task& task);
  void Enter(Task& task, store::DeviceState state);
  void Finish(Task& task, store::DeviceState state, std::string reason);
  void Patience(Task& task);
  void Save(Task& task);
  void CloseIfDone(const std::string& rollout);

  void StartPush(Task& task);
  void OnAttestation(Task& task, lwm2m_server::Answer answer);
  void OnPushed(Task& task, lwm2m_server::Answer answer);
  void OnUpdateState(Task& task, lwm2m_server::Answer answer);
  void OnExecuted(Task& task, lwm2m_server::Answer answer);
  void OnUpdateResult(Task& task, lwm2m_server::Answer answer);
  void OnReason(Task& task, lwm2m_server::Answer answer);
  void RetryPush(Task& task, const std::string& why);

  store::Store& store_;
  Artifacts& artifacts_;
  lwm2m_server::Lwm2mServer& server_;
  const std::function<Instant()> now_;
  const std::function<int64_t()> unix_ms_;
  const Options options_;
  std::map<std::string, std::unique_ptr<Task>, std::less<>> tasks_;  // by endpoint: one rollout a device at a time
  std::map<std::string, size_t, std::less<>> open_devices_;          // not yet updated or failed, by rollout
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);       // answers may come after we are gone
};

}  // namespace linnet::rollout
