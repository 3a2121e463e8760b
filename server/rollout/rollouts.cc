#include "linnet/rollout/rollouts.h"

#include <algorithm>
#include <set>
#include <utility>

#include "task.h"

namespace linnet::rollout {

using store::DeviceState;
using store::RolloutState;

namespace {

bool IsOver(DeviceState state) { return state == DeviceState::kUpdated || state == DeviceState::kFailed; }

}  // namespace

Rollouts::Rollouts(store::Store& store, Artifacts& artifacts, lwm2m_server::Lwm2mServer& server,
                   std::function<Instant()> now, std::function<int64_t()> unix_ms, const Options& options)
    : store_(store),
      artifacts_(artifacts),
      server_(server),
      now_(std::move(now)),
      unix_ms_(std::move(unix_ms)),
      options_(options) {}
Rollouts::~Rollouts() = default;

Outcome<void> Rollouts::Resume() {
  LINNET_ASSIGN(const auto rollouts, store_.ListRollouts());
  for (const store::Rollout& rollout : rollouts) {
    if (rollout.state != RolloutState::kRunning) continue;
    LINNET_ASSIGN(const auto artifact, store_.GetArtifact(rollout.artifact));
    LINNET_ASSIGN(const auto devices, store_.ListRolloutDevices(rollout.id));
    Adopt(rollout, artifact, devices);
    CloseIfDone(rollout.id);
  }
  return {};
}

void Rollouts::Adopt(const store::Rollout& rollout, const store::Artifact& artifact,
                     const std::vector<store::RolloutDevice>& devices) {
  open_devices_[rollout.id] = 0;
  for (const store::RolloutDevice& row : devices) {
    if (IsOver(row.state)) continue;
    ++open_devices_[rollout.id];
    auto task = std::make_unique<Task>();
    task->rollout = rollout.id;
    task->artifact = artifact;
    task->row = row;
    task->wake = now_();
    if (row.state == DeviceState::kInstalling) {
      // The server was away while the device installed: how it ended is asked, nothing is sent again.
      task->stage = Stage::kRunning;
    } else {
      task->row.state = DeviceState::kWaiting;
      task->row.progress = 0;
    }
    Patience(*task);
    tasks_[row.endpoint] = std::move(task);
  }
}

Outcome<std::string> Rollouts::Start(std::string_view artifact_id, const std::vector<std::string>& endpoints) {
  LINNET_ASSIGN(const auto artifact, store_.GetArtifact(artifact_id));
  LINNET_ASSIGN(const auto known, store_.ListDevices());
  std::set<std::string> names;
  for (const std::string& endpoint : endpoints) {
    if (endpoint == "*") {
      for (const auto& row : known) {
        if (row.device.online) names.insert(row.device.endpoint);
      }
      if (names.empty()) return Fail(Status::kFailedPrecondition, "no device is registered");
      continue;
    }
    const bool found =
        std::any_of(known.begin(), known.end(), [&](const auto& row) { return row.device.endpoint == endpoint; });
    if (!found) return Fail(Status::kNotFound, "no device " + endpoint);
    names.insert(endpoint);
  }
  if (names.empty()) return Fail(Status::kInvalidArgument, "a rollout needs at least one endpoint");
  for (const std::string& name : names) {
    const auto task = tasks_.find(name);
    if (task != tasks_.end()) {
      return Fail(Status::kFailedPrecondition, name + " is still part of rollout " + task->second->rollout);
    }
  }
  LINNET_ASSIGN(const auto rollouts, store_.ListRollouts());
  const store::Rollout rollout{.id = "r" + std::to_string(rollouts.size() + 1),
                               .artifact = artifact.id,
                               .state = RolloutState::kRunning,
                               .created_at_ms = unix_ms_()};
  std::vector<store::RolloutDevice> devices;
  for (const std::string& name : names) devices.push_back({.endpoint = name, .since_ms = unix_ms_()});
  if (auto added = store_.AddRollout(rollout, devices); !added) return std::unexpected(added.error());
  Adopt(rollout, artifact, devices);
  return rollout.id;
}

Outcome<RolloutView> Rollouts::Get(std::string_view id) {
  RolloutView view;
  LINNET_ASSIGN(view.rollout, store_.GetRollout(id));
  LINNET_ASSIGN(view.devices, store_.ListRolloutDevices(id));
  for (store::RolloutDevice& row : view.devices) {
    const auto task = tasks_.find(row.endpoint);
    if (task != tasks_.end() && task->second->rollout == id) row = task->second->row;  // progress is newer here
  }
  return view;
}

Outcome<std::vector<RolloutView>> Rollouts::List() {
  std::vector<RolloutView> views;
  LINNET_ASSIGN(const auto rollouts, store_.ListRollouts());
  for (const store::Rollout& rollout : rollouts) {
    LINNET_ASSIGN(views.emplace_back(), Get(rollout.id));
  }
  return views;
}

void Rollouts::OnEvent(const events::Event& event) {
  const auto* registered = std::get_if<events::Registered>(&event);
  if (registered == nullptr) return;
  const auto task = tasks_.find(registered->registration.endpoint);
  if (task != tasks_.end() && !task->second->asking) task->second->wake = now_();
}

void Rollouts::Poll() {
  const Instant now = now_();
  // Steps may end tasks: collect first.
  std::vector<std::string> due;
  for (const auto& [endpoint, task] : tasks_) {
    if (task->deadline <= now || (!task->asking && task->wake <= now)) due.push_back(endpoint);
  }
  for (const std::string& endpoint : due) {
    const auto task = tasks_.find(endpoint);
    if (task != tasks_.end()) Step(*task->second);
  }
}

Instant Rollouts::next_deadline() const {
  Instant next = Instant::Never();
  for (const auto& [endpoint, task] : tasks_) {
    next = Earlier(next, task->deadline);
    if (!task->asking) next = Earlier(next, task->wake);
  }
  return next;
}

void Rollouts::Enter(Task& task, DeviceState state) {
  Patience(task);
  if (task.row.state == state) return;
  task.row.state = state;
  task.row.since_ms = unix_ms_();
  Save(task);
}

void Rollouts::Finish(Task& task, DeviceState state, std::string reason) {
  task.row.reason = std::move(reason);
  task.row.state = state;
  task.row.since_ms = unix_ms_();
  if (state == DeviceState::kUpdated) task.row.progress = 1;
  Save(task);
  const std::string rollout = task.rollout;
  --open_devices_[rollout];
  tasks_.erase(tasks_.find(task.row.endpoint));
  CloseIfDone(rollout);
}

void Rollouts::CloseIfDone(const std::string& rollout) {
  if (open_devices_[rollout] != 0) return;
  open_devices_.erase(rollout);
  const auto devices = store_.ListRolloutDevices(rollout);
  if (!devices) return;  // still "running" in the store: the next start closes it
  const bool all =
      std::all_of(devices->begin(), devices->end(), [](const auto& d) { return d.state == DeviceState::kUpdated; });
  (void)store_.SetRolloutState(rollout, all ? RolloutState::kSucceeded : RolloutState::kFailed);
}

// A store that fails loses progress, not truth: the device is asked again after the next start.
void Rollouts::Save(Task& task) {
  task.progress_saved = task.row.progress;
  (void)store_.PutRolloutDevice(task.rollout, task.row);
}

void Rollouts::Patience(Task& task) { task.deadline = now_() + options_.patience; }

void Rollouts::Later(Task& task) { task.wake = now_() + options_.poll_interval; }

}  // namespace linnet::rollout
