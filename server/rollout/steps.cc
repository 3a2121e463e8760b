// One device's way through a rollout: what is asked, and what each answer means.
#include <utility>

#include "linnet/package/describe.h"
#include "task.h"

namespace linnet::rollout {

using lwm2m::UpdateResult;
using lwm2m::UpdateState;
using lwm2m_server::Answer;
using lwm2m_server::Operation;
using lwm2m_server::Request;
using store::DeviceState;

namespace {

constexpr lwm2m::Path kAttestation{lwm2m::object::kAttestation, 0};

bool Succeeded(const Answer& answer) { return Ok(lwm2m::ToStatus(answer.code)); }

std::string CodeText(const Answer& answer) {
  const auto text = lwm2m::Format(answer.code);
  return {text.data(), text.size()};
}

std::string Minutes(Duration d) {
  const int64_t s = d.seconds();
  return s % 60 == 0 && s > 0 ? std::to_string(s / 60) + " minutes" : std::to_string(s) + " seconds";
}

}  // namespace

void Rollouts::Step(Task& task) {
  if (task.deadline <= now_()) {
    const std::string after = " for " + Minutes(options_.patience);
    std::string reason;
    if (!server_.IsRegistered(task.row.endpoint)) {
      reason = "unreachable: not registered" + after;
    } else if (!task.last_trouble.empty()) {
      reason = "unreachable" + after + ": " + task.last_trouble;
    } else if (task.row.state == DeviceState::kInstalling) {
      reason = "the new image is not confirmed after " + Minutes(options_.patience) + "; still running " +
               task.row.digest.substr(0, 12);
    } else {
      reason = "no progress" + after;
    }
    return Finish(task, DeviceState::kFailed, std::move(reason));
  }
  switch (task.stage) {
    case Stage::kCheck:
    case Stage::kRunning:
      return Ask(task, {.operation = Operation::kRead, .path = kAttestation}, &Rollouts::OnAttestation);
    case Stage::kPush: return StartPush(task);
    case Stage::kAskState:
      return Ask(task, {.operation = Operation::kRead, .path = lwm2m::path::kUpdateState}, &Rollouts::OnUpdateState);
  }
}

void Rollouts::Ask(Task& task, Request request, Handler handler) {
  const uint64_t serial = ++task.serial;
  const std::string endpoint = task.row.endpoint;
  const bool is_push = request.source != nullptr;
  const auto done = [this, alive = std::weak_ptr(alive_), endpoint, serial, handler, is_push](Outcome<Answer> answer) {
    if (alive.expired()) return;
    const auto found = tasks_.find(endpoint);
    if (found == tasks_.end() || found->second->serial != serial) return;
    Task& asked = *found->second;
    asked.asking = false;
    if (answer) {
      asked.last_trouble.clear();
      return (this->*handler)(asked, std::move(*answer));
    }
    asked.last_trouble = answer.error().message;
    if (is_push) return RetryPush(asked, answer.error().message);
    Later(asked);
  };
  const Status submitted = server_.Submit(now_(), endpoint, std::move(request), done);
  task.asking = Ok(submitted);
  if (!Ok(submitted)) Later(task);  // not registered now, or busy
}

void Rollouts::OnAttestation(Task& task, Answer answer) {
  if (answer.code == lwm2m::ResponseCode::kNotFound) {
    return Finish(task, DeviceState::kFailed,
                  "it has no attestation object (/26243/0), so nothing proves which image it runs");
  }
  if (!Succeeded(answer)) return Later(task);
  const Attestation attestation = AttestationOf(answer.records);
  task.row.digest = attestation.digest;
  if (Runs(attestation, task.artifact)) {
    if (attestation.confirmed) return Finish(task, DeviceState::kUpdated, {});
    // On trial, by us or from before: the device confirms or reverts by itself.
    task.stage = Stage::kRunning;
    if (task.row.state != DeviceState::kInstalling) Enter(task, DeviceState::kInstalling);
    return Later(task);
  }
  if (task.stage == Stage::kCheck) {
    task.stage = Stage::kPush;
    return StartPush(task);
  }
  task.stage = Stage::kAskState;  // another image: not there yet, or back again?
  Step(task);
}

void Rollouts::StartPush(Task& task) {
  auto source = artifacts_.Open(task.artifact);
  if (!source) return Finish(task, DeviceState::kFailed, source.error().message);
  ++task.pushes;
  task.executed = false;
  task.push_refusal.clear();
  Enter(task, DeviceState::kSending);
  Request request{.operation = Operation::kWrite, .path = lwm2m::path::kPackage};
  request.source = *source;
  request.progress = [this, alive = std::weak_ptr(alive_), endpoint = task.row.endpoint,
                      size = task.artifact.size_bytes](uint32_t bytes) {
    if (alive.expired()) return;
    const auto found = tasks_.find(endpoint);
    if (found == tasks_.end() || found->second->stage != Stage::kPush) return;
    Task& pushed = *found->second;
    pushed.row.progress = static_cast<double>(bytes) / static_cast<double>(size);
    Patience(pushed);
    if (pushed.row.progress >= pushed.progress_saved + 0.1) Save(pushed);
  };
  Ask(task, std::move(request), &Rollouts::OnPushed);
}

void Rollouts::RetryPush(Task& task, const std::string& why) {
  if (task.pushes >= options_.pushes_max) {
    return Finish(task, DeviceState::kFailed,
                  "unreachable: the package was sent " + std::to_string(task.pushes) + " times in vain; " + why);
  }
  task.stage = Stage::kCheck;
  task.row.progress = task.progress_saved = 0;
  Enter(task, DeviceState::kWaiting);
  Later(task);
}

void Rollouts::OnPushed(Task& task, Answer answer) {
  if (Succeeded(answer)) {
    task.row.progress = 1;
    Patience(task);
  } else {
    task.push_refusal = "the package was answered with " + CodeText(answer);  // /5/0/5 may say more
  }
  task.stage = Stage::kAskState;
  Step(task);
}

void Rollouts::OnUpdateState(Task& task, Answer answer) {
  const auto state = IntegerOf(answer);
  if (!Succeeded(answer) || !state) {
    return Finish(task, DeviceState::kFailed,
                  "its update object can't be read: /5/0/3 was answered with " + CodeText(answer));
  }
  switch (static_cast<UpdateState>(*state)) {
    case UpdateState::kDownloaded:
      if (task.executed) break;
      return Ask(task, {.operation = Operation::kExecute, .path = lwm2m::path::kUpdate}, &Rollouts::OnExecuted);
    case UpdateState::kIdle:
      return Ask(task, {.operation = Operation::kRead, .path = lwm2m::path::kUpdateResult}, &Rollouts::OnUpdateResult);
    case UpdateState::kDownloading:
    case UpdateState::kUpdating: break;
  }
  if (task.row.state == DeviceState::kInstalling) task.stage = Stage::kRunning;
  Later(task);
}

void Rollouts::OnExecuted(Task& task, Answer answer) {
  if (!Succeeded(answer)) {
    return Finish(task, DeviceState::kFailed, "refused: executing /5/0/2 was answered with " + CodeText(answer));
  }
  task.executed = true;
  task.stage = Stage::kRunning;
  Enter(task, DeviceState::kInstalling);
  Later(task);
}

void Rollouts::OnUpdateResult(Task& task, Answer answer) {
  const auto value = IntegerOf(answer);
  const auto result = value ? static_cast<UpdateResult>(*value) : UpdateResult::kInitial;
  if (result != UpdateResult::kInitial && result != UpdateResult::kSuccess) {
    task.result = result;
    return Ask(task, {.operation = Operation::kRead, .path = lwm2m::path::kUpdateReason}, &Rollouts::OnReason);
  }
  if (!task.push_refusal.empty()) return Finish(task, DeviceState::kFailed, "refused: " + task.push_refusal);
  if (task.row.state == DeviceState::kInstalling) {
    task.stage = Stage::kRunning;  // not back yet with the new image, or about to say why not
    return Later(task);
  }
  RetryPush(task, "the device forgot the package; it restarted before it was complete");
}

void Rollouts::OnReason(Task& task, Answer answer) {
  Finish(task, DeviceState::kFailed, FailureSentence(*task.result, TextOf(answer)));
}

}  // namespace linnet::rollout
